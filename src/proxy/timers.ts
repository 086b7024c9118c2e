/** The named timers of one session. */
export class Timers {
  readonly #fire: (name: string) => void;
  readonly #running = new Map<string, NodeJS.Timeout>();

  constructor(fire: (name: string) => void) {
    this.#fire = fire;
  }

  /** Starts the timer anew when it runs already. */
  set(name: string, ms: number): void {
    this.clear(name);
    const timer = setTimeout(() => {
      this.#running.delete(name);
      this.#fire(name);
    }, ms);
    this.#running.set(name, timer);
  }

  clear(name: string): void {
    clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clearAll(): void {
    for (const timer of this.#running.values()) clearTimeout(timer);
    this.#running.clear();
  }
}

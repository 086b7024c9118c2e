/** What evaluating a script may cost: characters read and written. Everything is paid for before it is done, because a
 *  few words of a script can make a text of any length. */
export class ScriptRoom {
  #left: number;
  #isExhausted = false;

  constructor(characters: number) {
    this.#left = characters;
  }

  /** Whether something was refused. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** False, and nothing is taken, when so many are not left. */
  take(characters: number): boolean {
    if (!(characters <= this.#left)) {
      this.#isExhausted = true;
      return false;
    }
    this.#left -= characters;
    return true;
  }
}

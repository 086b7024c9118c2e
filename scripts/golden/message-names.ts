/** Which message a sequence number means: its UID as far as that is known. */
export class MessageNames {
  #names: string[] = [];
  #mailboxes = 0;

  command(line: string): void {
    if (/^\S+ (?:SELECT|EXAMINE) /i.test(line)) this.#select();
  }

  response(line: string): void {
    const [, count, what] = /^\* (\d+) (EXISTS|EXPUNGE)$/.exec(line) ?? [];
    if (what === "EXISTS") while (this.#names.length < Number(count)) this.#names.push(this.#name(this.#names.length + 1));
    if (what === "EXPUNGE") this.#names.splice(Number(count) - 1, 1);
    const [, sequence, uid] = /^\* (\d+) FETCH \((?:.* )?UID (\d+)/.exec(line) ?? [];
    if (uid !== undefined) this.#names[Number(sequence) - 1] = this.#name(uid);
  }

  of(sequence: number): string {
    return this.#names[sequence - 1] ?? this.#name(sequence);
  }

  #select(): void {
    this.#names = [];
    this.#mailboxes += 1;
  }

  /** The same numbers of another mailbox are other messages, though it is selected again and again. */
  #name(number: number | string): string {
    return this.#mailboxes > 1 ? `${number}.${this.#mailboxes}` : String(number);
  }
}

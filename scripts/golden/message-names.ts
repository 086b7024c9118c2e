/** What is known of the commands and responses before: which message a sequence number means (its UID as far as that is
 *  known), and how long the partials are that were asked for. */
export class MessageNames {
  #names: string[] = [];
  #mailboxes = 0;
  readonly #partials = new Map<string, string>();

  command(line: string): void {
    for (const [, item = "", offset = "", length = ""] of line.toUpperCase().matchAll(PARTIAL)) {
      this.#partials.set(`${item.replace(".PEEK", "")}<${offset}>`, length);
    }
    if (/^\S+ (?:SELECT|EXAMINE) /i.test(line)) this.#select();
  }

  response(line: string): void {
    const [, count, what] = /^\* (\d+) (EXISTS|EXPUNGE)$/.exec(line) ?? [];
    if (what === "EXISTS")
      while (this.#names.length < Number(count)) this.#names.push(this.#name(this.#names.length + 1));
    if (what === "EXPUNGE") this.#names.splice(Number(count) - 1, 1);
    const [, sequence, uid] = /^\* (\d+) FETCH \((?:.* )?UID (\d+)/.exec(line) ?? [];
    if (uid !== undefined) this.#names[Number(sequence) - 1] = this.#name(uid);
  }

  of(sequence: number): string {
    return this.#names[sequence - 1] ?? this.#name(sequence);
  }

  /** Octets that were asked for of `BODY[]<0>`. */
  partial(item: string): string | undefined {
    return this.#partials.get(item);
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

const PARTIAL = /((?:BODY|BINARY)(?:\.PEEK)?\[[^\]]*\])<(\d+)\.(\d+)>/g;

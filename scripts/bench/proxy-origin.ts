/** The mail server of the proxy benchmark: IMAP out of memory, plainly on one port and over TLS on another.
 *  Started as `node proxy-origin.ts PLAIN-PORT TLS-PORT CERTIFICATE KEY`. The name in LOGIN says what is in the mailbox:
 *  `s10240n1000d20` are 1,000 messages of 10 KiB, and every answer comes 20 ms late. */
import { readFileSync } from "node:fs";
import { createServer as createPlainServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { benchMessage, benchRange } from "./proxy-message.ts";

const [plainPort, tlsPort, certificate = "", key = ""] = process.argv.slice(2);
const tls = { cert: readFileSync(certificate), key: readFileSync(key), noDelay: true };
createPlainServer({ noDelay: true }, serve).listen({ host: "127.0.0.1", port: Number(plainPort), backlog: 8_192 });
createTlsServer(tls, serve).listen({ host: "127.0.0.1", port: Number(tlsPort), backlog: 8_192 });

function serve(socket: Socket): void {
  const session = new OriginSession(socket);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => session.receive(chunk));
}

class OriginSession {
  readonly #socket: Socket;
  #rest = "";
  #size = 10_240;
  #count = 1_000;
  #delayMs = 0;
  #idleTag = "";

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.write("* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n");
  }

  receive(chunk: Buffer): void {
    this.#rest += chunk.toString("latin1");
    for (let end = this.#rest.indexOf("\r\n"); end >= 0; end = this.#rest.indexOf("\r\n")) {
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 2);
      if (this.#delayMs === 0) this.#command(line);
      else setTimeout(() => this.#command(line), this.#delayMs);
    }
  }

  #command(line: string): void {
    if (this.#idleTag !== "" && line.toUpperCase() === "DONE") {
      this.#write(`${this.#idleTag} OK done\r\n`);
      this.#idleTag = "";
      return;
    }
    const [tag = "*", ...words] = line.split(" ");
    if (words[0]?.toUpperCase() === "UID") words.shift();
    const [name = "", first = ""] = words;
    switch (name.toUpperCase()) {
      case "LOGIN": {
        const [, size, count, delay] = /s(\d+)n(\d+)(?:d(\d+))?/.exec(first) ?? [];
        this.#size = Number(size ?? this.#size);
        this.#count = Number(count ?? this.#count);
        this.#write(`${tag} OK logged in\r\n`);
        this.#delayMs = Number(delay ?? 0);
        return;
      }
      case "CAPABILITY":
        this.#write(`* CAPABILITY IMAP4rev1 IDLE\r\n${tag} OK\r\n`);
        return;
      case "LIST":
        this.#write(`* LIST () "/" INBOX\r\n${tag} OK\r\n`);
        return;
      case "SELECT":
      case "EXAMINE":
        this.#write(
          `* FLAGS (\\Seen)\r\n* ${this.#count} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] valid\r\n` +
            `* OK [UIDNEXT ${this.#count + 1}] next\r\n${tag} OK [READ-WRITE] selected\r\n`,
        );
        return;
      case "IDLE":
        this.#idleTag = tag;
        this.#write("+ idling\r\n");
        return;
      case "FETCH":
        this.#fetch(tag, first, words.slice(2).join(" "));
        return;
      case "LOGOUT":
        this.#socket.end(`* BYE\r\n${tag} OK bye\r\n`);
        return;
      default:
        this.#write(`${tag} OK done\r\n`);
    }
  }

  #fetch(tag: string, set: string, items: string): void {
    const partial = /BODY(?:\.PEEK)?\[\](?:<(\d+)\.(\d+)>)?/i.exec(items);
    this.#socket.cork();
    for (const range of set.split(",")) {
      const [from = "1", to = from] = range.split(":");
      const last = to === "*" ? this.#count : Number(to);
      for (let number = Number(from); number <= last; number += 1) {
        if (partial === null) this.#write(`* ${number} FETCH (UID ${number} FLAGS ())\r\n`);
        else this.#message(number, partial[1], partial[2]);
      }
    }
    this.#write(`${tag} OK fetched\r\n`);
    this.#socket.uncork();
  }

  #message(number: number, offset: string | undefined, length: string | undefined): void {
    const message = benchMessage(this.#size, number);
    const start = Math.min(Number(offset ?? 0), message.bytes);
    const end = Math.min(start + Number(length ?? message.bytes), message.bytes);
    const place = offset === undefined ? "" : `<${offset}>`;
    this.#write(`* ${number} FETCH (UID ${number} BODY[]${place} {${end - start}}\r\n`);
    for (const piece of benchRange(message, start, end)) {
      for (let at = 0; at < piece.length; at += CHUNK_BYTES) this.#socket.write(piece.subarray(at, at + CHUNK_BYTES));
    }
    this.#write(")\r\n");
  }

  #write(text: string): void {
    this.#socket.write(text, "latin1");
  }
}

const CHUNK_BYTES = 128 * 1024;

/** Relays to compare the proxy with: plain towards the client, TLS towards the origin.
 *  Started as `node proxy-relay.ts KIND LISTEN-PORT ORIGIN-PORT CERTIFICATE [CLAMD-SOCKET]`. */
import { readFileSync } from "node:fs";
import { connect as connectPlain, createServer, type Socket } from "node:net";
import { connect, createSecureContext, type TLSSocket } from "node:tls";

/** `pipe` does what streams do; `onread` reads into one buffer and scans nothing: what Node can reach; `clamd` holds each
 *  message and has clamd look at its octets: what a classic scanning proxy pays. */
export type RelayKind = "pipe" | "onread" | "clamd";

const [kind = "pipe", listenPort, originPort, certificate = "", clamdSocket = ""] = process.argv.slice(2);
const secureContext = createSecureContext({ ca: readFileSync(certificate) });
const upstream = { host: "127.0.0.1", port: Number(originPort), servername: "localhost", secureContext, noDelay: true };

const relays: Record<string, (client: Socket) => TLSSocket> = { pipe, onread, clamd };
createServer({ noDelay: true }, (client) => {
  const origin = relays[kind]?.(client) ?? pipe(client);
  for (const socket of [client, origin]) {
    const end = (): void => {
      client.destroy();
      origin.destroy();
    };
    socket.on("error", end);
    socket.on("close", end);
  }
}).listen({ host: "127.0.0.1", port: Number(listenPort), backlog: 8_192 });

function pipe(client: Socket): TLSSocket {
  const origin = connect(upstream);
  client.pipe(origin);
  origin.pipe(client);
  return origin;
}

/** One write for what one turn of the event loop brings, in buffers that are used again. */
function onread(client: Socket): TLSSocket {
  const free: Slab[] = [];
  let slab: Slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let sent = 0;
  let filled = 0;
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    if (filled === sent || client.destroyed) return;
    const piece = slab.subarray(sent, filled);
    const full = SLAB_BYTES - filled < RECORD_BYTES ? slab : undefined;
    sent = filled;
    if (full !== undefined) {
      slab = free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
      sent = 0;
      filled = 0;
    }
    const isTaken = client.write(piece, () => {
      if (full !== undefined) free.push(full);
    });
    if (!isTaken) origin.pause();
  };
  const reading = {
    buffer: () => slab.subarray(filled, filled + RECORD_BYTES),
    callback(count: number): boolean {
      filled += count;
      if (SLAB_BYTES - filled < RECORD_BYTES) flush();
      else if (!isScheduled) {
        isScheduled = true;
        setImmediate(flush);
      }
      return true;
    },
  };
  // The types of node:tls leave out `onread`, which tls.connect hands on to the socket.
  const origin: TLSSocket = connect(Object.assign({ ...upstream }, { onread: reading }));
  client.on("drain", () => origin.resume());
  client.on("data", (chunk) => origin.write(chunk));
  return origin;
}

function clamd(client: Socket): TLSSocket {
  const origin = connect(upstream);
  let held: Buffer[] = [];
  let tag = "";
  client.on("data", (chunk: Buffer) => {
    const [, fetchTag = ""] = /^(\S+) UID FETCH/.exec(chunk.toString("latin1")) ?? [];
    tag = fetchTag;
    origin.write(chunk);
  });
  origin.on("data", (chunk: Buffer) => {
    if (tag === "") {
      client.write(chunk);
      return;
    }
    held.push(chunk);
    const tail = Buffer.concat(held.slice(-4)).subarray(-TAIL_BYTES).toString("latin1");
    if (!tail.endsWith("\r\n") || !tail.includes(`\r\n${tag} `)) return;
    const answer = held;
    held = [];
    tag = "";
    askClamd(answer, () => {
      client.cork();
      for (const piece of answer) client.write(piece);
      client.uncork();
    });
  });
  return origin;
}

function askClamd(pieces: readonly Buffer[], isClean: () => void): void {
  const socket = connectPlain({ path: clamdSocket });
  let reply = "";
  socket.on("data", (chunk: Buffer) => {
    reply += chunk.toString("latin1");
  });
  socket.on("error", (error) => process.stderr.write(`clamd: ${error.message}\n`));
  socket.on("end", () => {
    if (reply.includes("stream: OK")) isClean();
    else process.stderr.write(`clamd says ${reply}\n`);
  });
  socket.cork();
  socket.write("zINSTREAM\0");
  for (const piece of pieces) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(piece.length);
    socket.write(head);
    socket.write(piece);
  }
  socket.write(Buffer.alloc(4));
  socket.uncork();
}

const SLAB_BYTES = 128 * 1024;
const RECORD_BYTES = 16 * 1024;
const TAIL_BYTES = 128;

type Slab = Buffer<ArrayBuffer>;

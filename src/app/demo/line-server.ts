/** A loopback listener for dialogues of lines, as the demonstration's mail server needs it. */
import { createServer, type Socket } from "node:net";
import { LF, latin1 } from "../../core/bytes.ts";

/** What a dialogue answers to a line: octets to send, and whether that was the end. */
export interface Reply {
  readonly bytes: Uint8Array | string;
  readonly isLast?: boolean;
}

/** One client's dialogue; lines come without their line end. */
export interface Dialogue {
  readonly greeting: string;
  answer(line: string): Reply;
}

export interface LineServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function startLineServer(open: () => Dialogue): Promise<LineServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    converse(socket, open());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function converse(socket: Socket, dialogue: Dialogue): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.write(dialogue.greeting, "latin1");
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let end = pending.indexOf(LF); end >= 0; end = pending.indexOf(LF)) {
      const line = latin1(pending, 0, end).replace(/\r$/, "");
      pending = pending.subarray(end + 1);
      const reply = dialogue.answer(line);
      socket.write(typeof reply.bytes === "string" ? Buffer.from(reply.bytes, "latin1") : reply.bytes);
      if (reply.isLast === true) {
        socket.end();
        return;
      }
    }
    if (pending.length > MAX_LINE_BYTES) socket.destroy();
  });
}

const MAX_LINE_BYTES = 8 * 1024;

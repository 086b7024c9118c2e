/** A wire between two peers that writes down what passes, and reads it again as IMAP that may be compressed. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { constants, inflateRawSync } from "node:zlib";

export interface Conversation {
  /** Whether both sides turned to DEFLATE (RFC 4978) and their streams can be read. */
  readonly isCompressed: boolean;
  /** Whether the server agreed to it. */
  readonly isAgreed: boolean;
  /** All that the client said, decompressed. */
  readonly client: Buffer;
  /** All that the server said, decompressed. */
  readonly server: Buffer;
}

export interface Tap {
  readonly port: number;
  /** One for each connection so far, in the order in which they came. */
  conversations(): Conversation[];
  close(): Promise<void>;
}

/** Listens on loopback and hands each connection on to `port`. */
export async function startTap(port: number): Promise<Tap> {
  const wires: Wire[] = [];
  const server = createServer({ noDelay: true }, (client) => wires.push(joined(client, port)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    conversations: () => wires.map(conversationOf),
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const { sockets } of wires) for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Wire {
  readonly sockets: readonly Socket[];
  readonly client: Buffer[];
  readonly server: Buffer[];
}

function joined(client: Socket, port: number): Wire {
  const server = connect({ port, host: "127.0.0.1", noDelay: true });
  const wire: Wire = { sockets: [client, server], client: [], server: [] };
  for (const [from, to, octets] of [[client, server, wire.client] as const, [server, client, wire.server] as const]) {
    from.on("data", (bytes: Buffer) => octets.push(bytes));
    from.on("error", () => to.destroy());
    from.on("close", () => to.end());
    from.pipe(to);
  }
  return wire;
}

function conversationOf(wire: Wire): Conversation {
  const client = Buffer.concat(wire.client);
  const server = Buffer.concat(wire.server);
  const asked = /(?:^|\n)(\S+) COMPRESS DEFLATE\r\n/i.exec(client.toString("latin1"));
  const tag = asked?.[1]?.replace(/[^A-Za-z0-9]/g, "\\$&");
  const granted =
    tag === undefined ? null : new RegExp(`\\r\\n${tag} OK[^\\r\\n]*\\r\\n`).exec(server.toString("latin1"));
  if (asked === null || granted === null) return { isCompressed: false, isAgreed: false, client, server };
  const plain = [
    inflatedFrom(client, asked.index + asked[0].length),
    inflatedFrom(server, granted.index + granted[0].length),
  ];
  const [said = client, answered = server] = plain;
  return { isCompressed: !plain.includes(undefined), isAgreed: true, client: said, server: answered };
}

/** Undefined when what follows is no such stream. */
function inflatedFrom(octets: Buffer, start: number): Buffer | undefined {
  try {
    const plain = inflateRawSync(octets.subarray(start), { finishFlush: constants.Z_SYNC_FLUSH });
    return Buffer.concat([octets.subarray(0, start), plain]);
  } catch {
    return undefined;
  }
}

/** The real IMAP servers that mail clients are tested against, each behind mailward with a tap on both of its sides. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cyrusProblem, startCyrus } from "../support/cyrus.ts";
import { dovecotProblem, PASSWORD, startDovecot } from "../support/dovecot.ts";
import { startTap, type Tap } from "../support/tcp-tap.ts";
import { scratchDirectory, startServe } from "./executable.ts";
import type { Place } from "./mail-clients.ts";

export interface MailServer {
  readonly name: string;
  /** Why it can not be run here, or undefined when it can. */
  readonly problem: string | undefined;
  start(): Promise<RunningServer>;
}

interface RunningServer {
  readonly port: number;
  /** Makes a user whose INBOX holds those of `messages` that the server takes; answers which it took. */
  addUser(name: string, messages: readonly Uint8Array[]): Promise<boolean[]>;
  stop(): Promise<void>;
}

export const MAIL_SERVERS: readonly MailServer[] = [
  {
    name: "Dovecot",
    problem: dovecotProblem(),
    async start() {
      const { ports, addUser, stop } = await startDovecot();
      return {
        port: ports.imap,
        async addUser(name, messages) {
          addUser(name, messages);
          return messages.map(() => true);
        },
        stop,
      };
    },
  },
  { name: "Cyrus", problem: cyrusProblem(), start: startCyrus },
];

/** A server and mailward's fixed forward to it. */
export interface GuardedServer extends RunningServer {
  /** Where a client of `user` finds the server. */
  direct(user: string): Place;
  /** Where it finds mailward. */
  through(user: string): Place;
  /** Between client and mailward. */
  readonly clientTap: Tap;
  /** Between mailward and server. */
  readonly serverTap: Tap;
}

/** Starts all four. */
export async function startGuarded(server: MailServer): Promise<GuardedServer> {
  const scratch = scratchDirectory("guarded");
  const config = join(scratch.path, "config.jsonc");
  const running = await server.start();
  const serverTap = await startTap(running.port);
  const forward = [`127.0.0.1:0=imap://127.0.0.1:${serverTap.port}`];
  writeFileSync(config, JSON.stringify({ listen: { pop3: [], imap: [] }, forward }));
  const serving = await startServe(["--config", config], 1);
  const [listener] = serving.listeners;
  const clientTap = await startTap(Number(listener?.address.split(":").at(-1)));
  const place = (port: number, user: string): Place => ({
    protocol: "imap",
    host: "127.0.0.1",
    port,
    user,
    password: PASSWORD,
  });
  return {
    port: running.port,
    addUser: running.addUser,
    direct: (user) => place(running.port, user),
    through: (user) => place(clientTap.port, user),
    clientTap,
    serverTap,
    async stop() {
      await clientTap.close();
      const code = await serving.stop();
      await serverTap.close();
      await running.stop();
      scratch.dispose();
      if (code !== 0) throw new Error(`mailward ended with ${code}:\n${serving.log()}`);
    },
  };
}

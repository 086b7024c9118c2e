/** The first statements of the bundle: on a Node that is too old they say so instead of failing somewhere inside. They
 *  are written in the JavaScript of 2015, and the bundle after them has no syntax that such a Node can not read. */

/** The oldest Node that the bundle runs on. */
export const OLDEST_NODE = 22;

/** JavaScript that ends the process with exit code 2 on a Node older than `OLDEST_NODE`. */
export function nodeGuard(): string {
  return [
    `if (Number(process.versions.node.split(".")[0]) < ${OLDEST_NODE}) {`,
    `  process.stderr.write("mailward needs Node ${OLDEST_NODE} or newer; this is " + process.version + "\\n");`,
    "  process.exit(2);",
    "}",
  ].join("\n");
}

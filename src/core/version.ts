/** The program's version. The bundler replaces this module by one that holds the version alone. */
import manifest from "../../package.json" with { type: "json" };

export const version: string = manifest.version;

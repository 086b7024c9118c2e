import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkLayout, importsOf, lastPureRank, packageHomes, ranks } from "../../../scripts/layout.ts";

const root = join(import.meta.dirname, "../../..");

function messages(path: string, text: string): string[] {
  return checkLayout(new Map([[path, text]])).map((violation) => violation.message);
}

describe("checkLayout() ranks", () => {
  it("accepts the own folder and lower ranks", () => {
    const text =
      'import { a } from "./a.ts";\nimport type { B } from "../core/b.ts";\nimport "../protocol/pop3/c.ts";\n';
    expect(messages("src/proxy/x.ts", text)).toEqual([]);
    expect(messages("src/protocol/pop3/x.ts", 'import { a } from "../imap/a.ts";\n')).toEqual([]);
  });

  it.each([
    ["static", 'import { a } from "../cli/a.ts";'],
    ["type only", 'import type { A } from "../cli/a.ts";'],
    ["for its effect", 'import "../cli/a.ts";'],
    ["dynamic", 'const a = await import("../cli/a.ts");'],
    ["in a type", 'type A = import("../cli/a.ts").A;'],
    ["re-exported", 'export { a } from "../cli/a.ts";'],
    ["over several lines", 'import {\n  a,\n  b,\n} from "../cli/a.ts";'],
  ])("finds an import upwards that is %s", (_name, text) => {
    expect(messages("src/app/x.ts", text)).toEqual([
      "src/app (rank 6) imports src/cli (rank 8): only lower ranks and its own folder",
    ]);
  });

  it("finds an import of a peer", () => {
    expect(messages("src/scan/engines/x.ts", 'import { a } from "../../storage/a.ts";')).toEqual([
      "src/scan (rank 3) imports src/storage (rank 3): only lower ranks and its own folder",
    ]);
  });

  it("keeps the entry apart", () => {
    expect(messages("src/main.ts", 'import { run } from "./cli/run.ts";')).toEqual([]);
    expect(messages("src/main.ts", 'import { a } from "./core/a.ts";')).toHaveLength(1);
    expect(messages("src/cli/x.ts", 'import "../main.ts";')).toHaveLength(1);
  });

  it("lets nothing but the version come from outside src", () => {
    const text = 'import manifest from "../../package.json" with { type: "json" };';
    expect(messages("src/core/version.ts", text)).toEqual([]);
    expect(messages("src/core/other.ts", text)).toEqual(["imports package.json, outside src"]);
  });

  it("names the line and leaves comments alone", () => {
    const text =
      '/** As `import("../cli/a.ts")` does.\n * import "../cli/b.ts" */\n// import "../cli/c.ts";\n\nimport "../cli/d.ts";';
    expect(checkLayout(new Map([["src/app/x.ts", text]])).map(({ line }) => line)).toEqual([5]);
  });
});

describe("checkLayout() packages", () => {
  it("lets a package be imported by its home only", () => {
    expect(messages("src/pki/x.ts", 'import forge from "node-forge";')).toEqual([]);
    expect(messages("src/scan/x.ts", 'import forge from "node-forge";')).toEqual([
      "imports node-forge, which belongs to src/pki",
    ]);
    expect(messages("src/scan/x.ts", 'import { x } from "mailparser/lib/y.js";')).toHaveLength(1);
  });

  it("refuses a package without a home", () => {
    expect(messages("src/cli/x.ts", 'import { x } from "@some/thing/part";')).toEqual([
      "imports @some/thing: no folder is its home",
    ]);
  });

  it("keeps I/O out of ranks 0-2", () => {
    expect(messages("src/mime/x.ts", 'import { readFile } from "node:fs/promises";')).toHaveLength(1);
    expect(messages("src/mime/x.ts", 'import { createHash } from "node:crypto";')).toEqual([]);
    expect(messages("src/scan/x.ts", 'import { readFile } from "node:fs/promises";')).toEqual([]);
  });
});

describe("checkLayout() reads", () => {
  it("lets src/platform alone ask for the operating system", () => {
    expect(messages("src/platform/x.ts", 'if (process.platform === "linux") a();')).toEqual([]);
    expect(messages("src/proxy/x.ts", 'if (process.platform === "linux") a();')).toHaveLength(1);
    expect(messages("src/proxy/x.ts", "a(); // not process.platform")).toEqual([]);
  });

  it("lets src/core/bytes.ts alone make text of UTF-16", () => {
    expect(messages("src/scan/x.ts", 'const text = bytes.toString("utf16le");')).toHaveLength(1);
    expect(messages("src/scan/x.ts", "const text = bytes.toString('ucs2', 0, 2);")).toHaveLength(1);
    expect(messages("src/core/bytes.ts", 'const text = bytes.toString("utf16le");')).toEqual([]);
    expect(messages("src/scan/x.ts", 'const bytes = Buffer.from(text, "utf16le");')).toEqual([]);
  });

  it("lets main.ts alone end the process, and chance stay out of ranks 0-2", () => {
    expect(messages("src/cli/x.ts", "process.exit(1);")).toHaveLength(1);
    expect(messages("src/protocol/x.ts", "const tag = Math.random();")).toHaveLength(1);
    expect(messages("src/proxy/x.ts", "const jitter = Math.random();")).toEqual([]);
  });
});

describe("checkLayout() places", () => {
  it("fixes the visible top level", () => {
    expect(messages("notes.md", "")).toHaveLength(1);
    expect(messages("tools/x.ts", "")).toHaveLength(1);
    expect(messages("README.md", "")).toEqual([]);
    expect(messages(".gitignore", "")).toEqual([]);
  });

  it("finds drawers, folders without a rank, and files beside main.ts", () => {
    expect(messages("src/cli/utils/x.ts", "")).toHaveLength(1);
    expect(messages("test/helpers/x.ts", "")).toHaveLength(1);
    expect(messages("src/thing/x.ts", "")).toHaveLength(1);
    expect(messages("src/other.ts", "")).toHaveLength(1);
    expect(messages("src/main.ts", "")).toEqual([]);
  });

  it("caps code files at 400 lines", () => {
    expect(messages("src/core/x.ts", "a;\n".repeat(400))).toEqual([]);
    expect(messages("src/core/x.ts", "a;\n".repeat(401))).toEqual(["401 lines; the cap is 400: split it"]);
    expect(messages("test/unit/x.txt", "a\n".repeat(401))).toEqual([]);
  });

  it("finds the test string of virus scanners in any file, plain or as base64", () => {
    const plain = ["X5O!P%@AP[4\\P", "ZX54(P^)7CC)7}$"].join("");
    expect(messages("README.md", `a ${plain}`)).toHaveLength(1);
    expect(messages("test/unit/x.test.ts", Buffer.from(plain).toString("base64"))).toHaveLength(1);
  });
});

describe("importsOf()", () => {
  it("takes no other text for an import", () => {
    expect(
      importsOf('const NAMES = ["subject", "from", "date"];\nexport const from = "here";\na.from("x");\n'),
    ).toEqual([]);
  });

  it("gives each import with the line it ends on", () => {
    expect(importsOf('import a from "a";\n\nimport {\n  b,\n} from "b";\nconst c = await import("c");\n')).toEqual([
      { specifier: "a", line: 1 },
      { specifier: "b", line: 5 },
      { specifier: "c", line: 6 },
    ]);
  });
});

describe("biome.json", () => {
  const config = JSON.parse(readFileSync(join(root, "biome.json"), "utf8")) as BiomeConfig;

  it.each(Object.keys(ranks))("restricts src/%s as the ranks and package homes say", (folder) => {
    const rank = ranks[folder] ?? Number.NaN;
    const denied = deniedImports(folder);
    const higher = Object.keys(ranks).filter((other) => other !== folder && (ranks[other] ?? 0) >= rank);
    expect(denied.filter((pattern) => pattern.startsWith("**/")).sort()).toEqual(
      higher.map((name) => `**/${name}/**`).sort(),
    );
    for (const [name, homes] of Object.entries(packageHomes)) {
      expect(denied.includes(name), `${name} in src/${folder}`).toBe(!homes.includes(folder));
    }
    expect(denied.includes("node:*")).toBe(rank <= lastPureRank);
  });

  function deniedImports(folder: string): string[] {
    const override = config.overrides.find(
      ({ includes, linter }) => includes.includes(`src/${folder}/**`) && linter.rules.style?.noRestrictedImports,
    );
    const patterns = override?.linter.rules.style?.noRestrictedImports?.options.patterns ?? [];
    return patterns.flatMap(({ group }) => group);
  }
});

interface BiomeConfig {
  readonly overrides: readonly {
    readonly includes: readonly string[];
    readonly linter: {
      readonly rules: {
        readonly style?: {
          readonly noRestrictedImports?: {
            readonly options: { readonly patterns: readonly { readonly group: readonly string[] }[] };
          };
        };
      };
    };
  }[];
}

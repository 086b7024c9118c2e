/** The signature loader and its matcher, to be fuzzed: databases of every form, and content to look for them in. */
import { SignatureCompiler } from "../../src/scan/engines/signatures/signature-compiler.ts";
import { createSignatureEngine } from "../../src/scan/engines/signatures/signature-engine.ts";
import { unpackIntact } from "../../src/scan/engines/signatures/table-file.ts";
import { TarReader } from "../../src/scan/engines/signatures/tar-reader.ts";
import type { FuzzParser } from "./parsers.ts";

/** A million inputs for the loader over all forms of databases, most of them where most is parsed. */
export function signatureParsers(): FuzzParser[] {
  const engine = compile(
    Object.fromEntries(Object.entries(DATABASES).map(([name, { lines }]) => [name, lines.join("\n")])),
  );
  return [
    ...Object.entries(DATABASES).map(
      ([extension, { inputs }]): FuzzParser => ({
        name: `signatures-${extension}`,
        inputs,
        run: (input) =>
          void compile({ [extension]: input }).inspect({ bytes: CONTENT, origin: "entry", name: "evil.exe" }),
      }),
    ),
    {
      name: "signatures-content",
      inputs: 1_000_000,
      run: (bytes) => {
        for (const origin of ["decoded", "header", "encoded", "message"] as const) {
          engine.inspect({ bytes, origin, name: "evil.exe", type: "text/html" });
        }
      },
    },
    {
      name: "signatures-compiled",
      inputs: 1_000_000,
      run: (input) => void unpackIntact(Buffer.from(input)),
    },
    {
      name: "signatures-tar",
      inputs: 1_000_000,
      run: (input) => void new TarReader(10_000, 100).receive(input),
    },
  ];
}

/** Valid input, by the name of the parser. */
export function signatureSeeds(): Map<string, Buffer[]> {
  const compiler = new SignatureCompiler();
  compiler.add({ path: "a.ndb", bytes: Buffer.from(DATABASES.ndb.lines.join("\n")) });
  return new Map([
    ...Object.entries(DATABASES).map(([extension, { lines }]): [string, Buffer[]] => [
      `signatures-${extension}`,
      [Buffer.from(lines.join("\n")), ...lines.map((line) => Buffer.from(line))],
    ]),
    ["signatures-content", [CONTENT, Buffer.concat([Buffer.from("MZ"), Buffer.alloc(300), CONTENT])]],
    ["signatures-compiled", [Buffer.from(compiler.finish().file)]],
    ["signatures-tar", [Buffer.alloc(2_048)]],
  ]);
}

function compile(files: Readonly<Record<string, string | Buffer>>): ReturnType<typeof createSignatureEngine> {
  const compiler = new SignatureCompiler({ includesUnwanted: true });
  for (const [extension, content] of Object.entries(files)) {
    compiler.add({ path: `a.${extension}`, bytes: Buffer.from(content) });
  }
  return createSignatureEngine(compiler.finish());
}

const CONTENT = Buffer.from(
  "<html><p>alpha123 needle one...two A\0l\0p\0h\0a\0 begin and the end bbbeta evil.exe</p></html>",
);
const DATABASES = {
  ndb: {
    inputs: 300_000,
    lines: [
      "Needle-1:0:*:6e6565646c65",
      "Gap-2:0:*:6f6e65{2-9}74776f*(61|62??)!(7879|7a7a){-5}6?65",
      "At-3:1:EP+0,30:6e6565??646c65",
      "At-4:0:EOF-20,9:(B)6576696c(W)",
      "Html-5:3:*:3c703e616c706861",
    ],
  },
  ldb: {
    inputs: 300_000,
    lines: [
      "Logic-1;Engine:81-255,Target:0;(0|1)>1,2&2=0;616c706861::i;626567696e;6e6f7468696e67::wf",
      "Logic-2;Engine:81-255,Target:0,FileSize:1-9999,Container:CL_TYPE_ZIP;0&1;616c706861;0(>>5#dbe3#>122,<999)",
      "Logic-3;Engine:81-255,Target:7;0&1;3,90:6e6565646c65;0/b{2,9}(?:eta|[^a-z]+)\\x00?/is",
    ],
  },
  hdb: {
    inputs: 100_000,
    lines: ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:5:Digest-1", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb:*:Digest-2:73"],
  },
  mdb: { inputs: 50_000, lines: ["512:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:Section-1"] },
  cdb: { inputs: 100_000, lines: ["Box-1:CL_TYPE_ZIP:1-99:^evil[.](?:exe|com)$:*:10-100:*:*:1234abcd:*"] },
  ign2: { inputs: 50_000, lines: ["Needle-1", "Other:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] },
  fp: { inputs: 50_000, lines: ["cccccccccccccccccccccccccccccccc:5:Good-1"] },
  db: { inputs: 50_000, lines: ["Old.Name (Clam)=6e6565646c65"] },
};

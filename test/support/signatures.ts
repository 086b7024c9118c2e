/** Databases for tests: compiled from text, and asked about content. */
import type { Content, EngineNotes } from "../../src/scan/engine.ts";
import { compileSignatures } from "../../src/scan/engines/signatures/compile-signatures.ts";
import type { CompiledSignatures } from "../../src/scan/engines/signatures/compiled-signatures.ts";
import { createSignatureEngine } from "../../src/scan/engines/signatures/signature-engine.ts";

/** By file name: its text, or its octets. */
export function compileTexts(files: Readonly<Record<string, string | Uint8Array>>): Promise<CompiledSignatures> {
  return compileSignatures(
    Object.entries(files).map(([path, text]) => ({
      path,
      bytes: typeof text === "string" ? Buffer.from(text, "latin1") : text,
    })),
  );
}

/** The names found in `content`, and what the engine has to say besides. */
export function inspectWith(
  signatures: CompiledSignatures,
  content: Buffer | Content,
): { readonly names: string[]; readonly notes: string[] } {
  const notes: string[] = [];
  const told: EngineNotes = {
    incomplete: (detail) => void notes.push(detail),
    dependsOnParent: () => void notes.push("depends on its parent"),
  };
  const given: Content = Buffer.isBuffer(content) ? { bytes: content, origin: "decoded", name: "" } : content;
  const found = createSignatureEngine(signatures).inspect(given, told);
  return { names: found.map(({ name }) => name), notes };
}

/** The names found in `content` with databases of these texts. */
export async function namesFound(
  files: Readonly<Record<string, string | Uint8Array>>,
  content: Buffer | Content,
): Promise<string[]> {
  return inspectWith(await compileTexts(files), content).names;
}

/** PDF documents built by hand (ISO 32000-2): objects, a cross-reference table, a trailer, nothing more. */

/** The text of an object, or a stream. Objects are numbered from 1. */
export type PdfPart = string | Buffer | PdfStreamPart;

export interface PdfStreamPart {
  /** What is between the angle brackets; `/Length` is added unless `length` is given. */
  readonly entries: string;
  readonly data: Buffer;
  /** Instead of the true one; empty for none. */
  readonly length?: string;
  /** Between `stream` and the data. */
  readonly lead?: string;
  /** Between the data and `endobj`. */
  readonly tail?: string;
}

export interface PdfPlan {
  readonly header?: string;
  /** Entries of the trailer besides `/Size` and `/Root`. */
  readonly trailer?: string;
}

/** A document whose catalog is object 1. */
export function buildPdf(
  parts: readonly PdfPart[],
  { header = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", trailer = "" }: PdfPlan = {},
): Buffer {
  const pieces: Buffer[] = [Buffer.from(header, "latin1")];
  const offsets: number[] = [];
  let position = pieces[0]?.length ?? 0;
  for (const [index, part] of parts.entries()) {
    const bytes = objectBytes(index + 1, part);
    offsets.push(position);
    pieces.push(bytes);
    position += bytes.length;
  }
  const lines = ["xref", `0 ${parts.length + 1}`, "0000000000 65535 f "];
  for (const offset of offsets) lines.push(`${String(offset).padStart(10, "0")} 00000 n `);
  lines.push(
    "trailer",
    `<< /Size ${parts.length + 1} /Root 1 0 R ${trailer} >>`,
    "startxref",
    String(position),
    "%%EOF",
    "",
  );
  return Buffer.concat([...pieces, Buffer.from(lines.join("\n"), "latin1")]);
}

/** An object as it stands in a file. */
export function objectBytes(number: number, part: PdfPart): Buffer {
  const wrap = (body: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${number} 0 obj\n`, "latin1"), body, Buffer.from("\nendobj\n", "latin1")]);
  if (typeof part === "string") return wrap(Buffer.from(part, "latin1"));
  if (Buffer.isBuffer(part)) return wrap(part);
  const { entries, data, length = `/Length ${data.length}`, lead = "stream\r\n", tail = "\nendstream" } = part;
  const start = Buffer.from(`<< ${entries} ${length} >>\n${lead}`, "latin1");
  return wrap(Buffer.concat([start, data, Buffer.from(tail, "latin1")]));
}

/** A page with a document attached: objects 1 to 4, the file being object 5; further parts follow. */
export function pdfWithFile(
  file: PdfPart,
  further: readonly PdfPart[] = [],
  plan: PdfPlan & { readonly name?: string } = {},
): Buffer {
  const name = plan.name ?? "(attached.dat)";
  return buildPdf(
    [
      `<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [${name} 4 0 R] >> >> >>`,
      ...PAGES,
      `<< /Type /Filespec /F ${name} /UF ${name} /EF << /F 5 0 R >> >>`,
      file,
      ...further,
    ],
    plan,
  );
}

/** Objects 2 and 3: an empty page. */
export const PAGES: readonly string[] = [
  "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
  "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
];

/** An object stream with these objects, by number. */
export function objectStream(objects: ReadonlyMap<number, string>): {
  readonly entries: string;
  readonly data: Buffer;
} {
  const offsets: string[] = [];
  let position = 0;
  for (const [number, text] of objects) {
    offsets.push(`${number} ${position}`);
    position += Buffer.byteLength(text, "latin1") + 1;
  }
  const header = `${offsets.join(" ")}\n`;
  const data = Buffer.from(`${header}${[...objects.values()].join("\n")}\n`, "latin1");
  return { entries: `/Type /ObjStm /N ${objects.size} /First ${header.length}`, data };
}

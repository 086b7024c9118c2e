/** The lines of `mailward scan --jsonl`, exactly: a key too many is as wrong as one too few. */
import * as z from "zod";

/** What can not be read. */
export const ERROR_LINE = z.strictObject({ type: z.literal("error"), path: z.string(), error: z.string() });

/** One message. */
export const MESSAGE_LINE = z.strictObject({
  type: z.literal("message"),
  path: z.string(),
  format: z.enum(["eml", "mbox", "maildir"]),
  index: z.int().min(1),
  offset: z.int().min(0),
  length: z.int().min(0),
  messageId: z.string(),
  subject: z.string(),
  verdict: z.enum(["clean", "infected", "suspicious", "incomplete"]),
  detections: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(["malware", "heuristic", "policy"]),
      engine: z.string(),
      part: z.string(),
      path: z.array(z.string()),
    }),
  ),
  reasons: z.array(z.strictObject({ code: z.string(), part: z.string(), detail: z.string() })),
  durationMs: z.number().min(0),
  cached: z.literal(true).optional(),
  remarks: z
    .array(z.strictObject({ kind: z.enum(["ambiguity", "opened"]), part: z.string(), detail: z.string() }))
    .min(1)
    .optional(),
});

/** The end. */
export const SUMMARY_LINE = z.strictObject({
  type: z.literal("summary"),
  files: z.int(),
  messages: z.int(),
  bytes: z.int(),
  infected: z.int(),
  suspicious: z.int(),
  incomplete: z.int(),
  errors: z.int(),
  durationMs: z.number().min(0),
});

/** Encrypted workbooks of Excel's binary format [MS-XLS] 2.4.117: the FilePass record says how, records keep their headers
 *  and lose their data. */
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";
import { remarkOpened, tryPasswords } from "../office-encryption/password-attempts.ts";
import { Rc4Stream } from "../office-encryption/rc4.ts";
import { readRc4Header } from "../office-encryption/rc4-encryption.ts";
import { decryptXor, openXorObfuscation } from "../office-encryption/xor-obfuscation.ts";
import { type BiffRecord, isBeginning, readBiffRecords } from "./biff-records.ts";

/** Decrypts octets [start, end) of the stream in place; the record they are of has `length` octets of data. */
type Decrypt = (stream: Buffer, start: number, end: number, length: number) => void;

/** The stream with its records decrypted and without the FilePass record; undefined when no word opens it. */
export function decryptBiff(
  bytes: Buffer,
  filePass: BiffRecord,
  sink: ExtractorSink,
  budget: Budget,
): Buffer | undefined {
  const opened = openFilePass(filePass.data, sink, budget);
  if (opened === undefined) return undefined;
  remarkOpened(sink, "workbook", opened.password);
  const plain = Buffer.from(bytes);
  for (const { type, start, data } of readBiffRecords(bytes)) {
    if (isBeginning(type) || PLAIN_RECORDS.has(type)) continue;
    const plainBytes = type === BOUNDSHEET ? Math.min(4, data.length) : 0;
    opened.key(plain, start + 4 + plainBytes, start + 4 + data.length, data.length);
  }
  // A record that nobody knows: what is opened is not opened again.
  plain.writeUInt16LE(UNKNOWN_RECORD, filePass.start);
  return plain;
}

function openFilePass(
  data: Buffer,
  sink: ExtractorSink,
  budget: Budget,
): { key: Decrypt; password: string } | undefined {
  if (data.length < 4) return undefined;
  const isXor = data.readUInt16LE(0) === 0 || data.length === 4;
  if (isXor) {
    // Up to Excel 5 there is no kind in front.
    const at = data.length >= 6 ? 2 : 0;
    const key = data.readUInt16LE(at);
    const verifier = data.readUInt16LE(at + 2);
    return tryPasswords(sink, budget, 0, (password) => {
      const pad = openXorObfuscation(password, key, verifier);
      // The first octet's place in the pad is where the record's data end, and octets that are not encrypted count.
      return pad && ((stream, start, end, length) => decryptXor(stream, start, end, pad, start + length));
    });
  }
  const open = readRc4Header(data, 2);
  if (open === undefined) return undefined;
  return tryPasswords(sink, budget, 0, (password) => {
    const keyOf = open(password);
    if (keyOf === undefined) return undefined;
    const rc4 = new Rc4Stream(keyOf, RC4_BLOCK_BYTES);
    return (stream, start, end) => rc4.decrypt(stream, start, end);
  });
}

const RC4_BLOCK_BYTES = 1024;
const BOUNDSHEET = 0x85;
const UNKNOWN_RECORD = 0x7fff;
/** FilePass, UsrExcl, FileLock, InterfaceHdr, RRDInfo, RRDHead. */
const PLAIN_RECORDS = new Set([0x2f, 0x194, 0x195, 0xe1, 0x196, 0x138]);

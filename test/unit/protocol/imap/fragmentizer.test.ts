import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Side } from "../../../../src/core/model.ts";
import { type Fragment, Fragmentizer } from "../../../../src/protocol/imap/fragmentizer.ts";

/** All fragments of `chunks`, with neighbouring slices of one literal joined, as text. */
function fragments(from: Side, chunks: readonly Uint8Array[], maxLineBytes = 1_000): unknown[] {
  const fragmentizer = new Fragmentizer(from, maxLineBytes);
  const found: Fragment[] = [];
  for (const chunk of chunks) {
    const own = Buffer.from(chunk);
    fragmentizer.feed(own);
    for (let next = fragmentizer.next(); next !== undefined; next = fragmentizer.next()) {
      found.push(next.type === "malformed" ? next : { ...next, bytes: Buffer.from(next.bytes) });
      if (next.type === "malformed") break;
    }
    fragmentizer.retain();
    own.fill(0xee);
  }
  return joined(found);
}

function joined(found: readonly Fragment[]): unknown[] {
  const result: unknown[] = [];
  let literal = "";
  for (const fragment of found) {
    if (fragment.type === "malformed") {
      if (result.at(-1) !== fragment.code) result.push(fragment.code);
    } else if (fragment.type === "line") {
      const head = fragment.literal;
      result.push(fragment.bytes.toString("latin1"));
      if (head !== undefined) result.push({ ...head });
    } else {
      literal += fragment.bytes.toString("latin1");
      if (fragment.remaining > 0) continue;
      result.push({ content: literal });
      literal = "";
    }
  }
  return literal === "" ? result : [...result, { cut: literal }];
}

function whole(from: Side, text: string, maxLineBytes?: number): unknown[] {
  return fragments(from, [Buffer.from(text, "latin1")], maxLineBytes);
}

function bytes(from: Side, text: string, maxLineBytes?: number): unknown[] {
  return fragments(
    from,
    Array.from(Buffer.from(text, "latin1"), (octet) => Buffer.of(octet)),
    maxLineBytes,
  );
}

const sync = (start: number, length: number) => ({ start, bytes: length, isSynchronising: true, isBinary: false });
const plus = (start: number, length: number) => ({ ...sync(start, length), isSynchronising: false });

describe("Fragmentizer", () => {
  it("tells lines from literals", () => {
    expect(whole("client", "a LOGIN {3}\r\nann {6+}\r\nsecret\r\nb NOOP\r\n")).toEqual([
      "a LOGIN {3}\r\n",
      sync(8, 3),
      { content: "ann" },
      " {6+}\r\n",
      plus(1, 6),
      { content: "secret" },
      "\r\n",
      "b NOOP\r\n",
    ]);
  });

  it("P-18 knows literals that may hold NUL", () => {
    expect(whole("client", "a APPEND x (~{2+}\r\n\0\n)\r\n")).toEqual([
      "a APPEND x (~{2+}\r\n",
      { start: 12, bytes: 2, isSynchronising: false, isBinary: true },
      { content: "\0\n" },
      ")\r\n",
    ]);
  });

  it("has a last slice for an empty literal", () => {
    expect(whole("client", "a X {0}\r\n\r\n")).toEqual(["a X {0}\r\n", sync(4, 0), { content: "" }, "\r\n"]);
  });

  it("P-33 P-34 never reads the content of a literal as lines", () => {
    expect(whole("upstream", "* 1 FETCH (BODY[] {16}\r\n)\r\nx OK {3}\r\n\n\r\n)\r\n")).toEqual([
      "* 1 FETCH (BODY[] {16}\r\n",
      plus(18, 16),
      { content: ")\r\nx OK {3}\r\n\n\r\n" },
      ")\r\n",
    ]);
  });

  it.each([
    ["client", 'a X "{5}"'],
    ["client", 'a X "a{5" }'],
    ["client", 'a X "\\"{5" }'],
    ["client", "a X {5} y"],
    ["client", "a X {5}x"],
    ["client", "a X 5}"],
    ["upstream", "* OK [ALERT] text {5}"],
    ["upstream", "* no text {5}"],
    ["upstream", "*  BAD {5}"],
    ["upstream", "* BYE {5}"],
    ["upstream", "* PREAUTH {5}"],
    ["upstream", "a1 OK text {5}"],
    ["upstream", "a1 BAD {+5}"],
    ["upstream", "+ text {5}"],
    ["upstream", "+{5}"],
    ["upstream", '* LIST () "/" "{5}"'],
  ] as const)("P-32 finds no literal in what the %s says: %s", (from, line) => {
    expect(whole(from, `${line}\r\nnext\r\n`)).toEqual([`${line}\r\n`, "next\r\n"]);
  });

  it.each([
    "{99999999999999999999}",
    "{9007199254740993}",
    "{9007199254740992}",
    "{18446744073709551616}",
    "{-1}",
    "{+5}",
    "{05}",
    "{00}",
    "{5 }",
    "{ 5}",
    "{5-}",
    "{5++}",
    "{+}",
    "{}",
    "{5.0}",
    "{0x5}",
    "{5\0}",
    "x{5}",
    "x~{5}",
    "){5}",
    '"{5}',
    '"open \\"{5}',
    `{${"1".repeat(300)}}`,
  ])("P-30 finds %s malformed", (announcement) => {
    expect(whole("client", `a X ${announcement}\r\n`)).toEqual(["literal-announcement"]);
    expect(whole("upstream", `* X ${announcement}\r\n`)).toEqual(["literal-announcement"]);
  });

  it.each(["{9007199254740991}", "{4294967296}", "{99999999999}"])("P-30 takes %s, and nothing of its size", (head) => {
    const fragmentizer = new Fragmentizer("client", 100);
    fragmentizer.feed(Buffer.from(`a X ${head}\r\nabc`));
    expect(fragmentizer.next()).toMatchObject({ type: "line" });
    expect(fragmentizer.next()).toMatchObject({ type: "literal", bytes: Buffer.from("abc") });
    expect(fragmentizer.next()).toBeUndefined();
  });

  it("finds a literal that does not wait malformed when an upstream announces it", () => {
    expect(whole("upstream", "* LIST () NIL {5+}\r\n")).toEqual(["literal-announcement"]);
  });

  it.each([
    ["bare-lf", "a NOOP\n"],
    ["bare-lf", "\n"],
    ["bare-lf", "a {2}\r\nxy\n"],
    ["bare-cr", "a\rNOOP\r\n"],
    ["bare-cr", "a NOOP\r\r\n"],
    ["bare-cr", "a NOOP\r\0\r\n"],
    ["bare-cr", "a NOOP\r\nb NOOP\rc\n"],
    ["bare-lf", "a NOOP\n\rb\r\n"],
  ])("P-38 finds %s in %j on both legs", (code, text) => {
    for (const side of ["client", "upstream"] as const) {
      expect(whole(side, text).at(-1)).toBe(code);
      expect(bytes(side, text)).toEqual(whole(side, text));
    }
  });

  it("P-39 passes NUL and octets above 0x7f", () => {
    expect(whole("client", "a X \0\x80\xff\r\n")).toEqual(["a X \0\x80\xff\r\n"]);
  });

  it("P-37 takes a line at its limit and none above, however it arrives", () => {
    const line = `${"x".repeat(18)}\r\n`;
    for (const read of [whole, bytes]) {
      expect(read("client", line + line, 20)).toEqual([line, line]);
      expect(read("client", `x${line}`, 20)).toEqual(["line-too-long"]);
      expect(read("client", "x".repeat(20), 20)).toEqual([]);
      expect(read("client", "x".repeat(21), 20)).toEqual(["line-too-long"]);
      expect(read("client", "\r\n", 0)).toEqual(["line-too-long"]);
      expect(read("client", line, Number.NaN)).toEqual(["line-too-long"]);
    }
  });

  it("does not count literals into the line", () => {
    expect(whole("client", `a {30}\r\n${"y".repeat(30)}\r\n`, 10)).toContainEqual({ content: "y".repeat(30) });
  });

  it("reads text that was expected as it is", () => {
    const fragmentizer = new Fragmentizer("client", 100);
    fragmentizer.feed(Buffer.from("QUIT {5}\r\na X {1}\r\n"));
    fragmentizer.expectText();
    expect(fragmentizer.next()).toMatchObject({ type: "line", literal: undefined });
    expect(fragmentizer.next()).toMatchObject({ type: "line", literal: { bytes: 1 } });
    fragmentizer.abandonLiteral();
    fragmentizer.expectText();
    fragmentizer.expectCommand();
    fragmentizer.feed(Buffer.from("b X {2}\r\n"));
    expect(fragmentizer.next()).toMatchObject({ type: "line", literal: { bytes: 2 }, isContinued: false });
  });

  it("gives up what waits as it came", () => {
    const fragmentizer = new Fragmentizer("client", 100);
    fragmentizer.feed(Buffer.from("a NOOP\r\nb NO"));
    fragmentizer.next();
    fragmentizer.retain();
    fragmentizer.feed(Buffer.from("OP\r"));
    expect(fragmentizer.waitingBytes).toBe(7);
    expect(fragmentizer.takeAll().toString()).toBe("b NOOP\r");
    expect(fragmentizer.waitingBytes).toBe(0);
  });

  it("never overwrites what it returned", () => {
    const fragmentizer = new Fragmentizer("client", 10_000);
    const returned: Buffer[] = [];
    for (let index = 0; index < 500; index += 1) {
      const line = Buffer.from(`${index} NOOP\r\nx`);
      const rest = index === 0 ? line : line.subarray(0, -1);
      fragmentizer.feed(index === 0 ? rest : Buffer.concat([rest, Buffer.from("x")]));
      const next = fragmentizer.next();
      if (next?.type === "line") returned.push(next.bytes);
      fragmentizer.retain();
    }
    expect(returned.length).toBeGreaterThan(400);
    expect(returned[1]?.toString()).toBe("x1 NOOP\r\n");
    expect(new Set(returned.map(String)).size).toBe(returned.length);
  });

  const word = fc.constantFrom(
    "a1 ",
    "* ",
    "+ ",
    "OK ",
    "FETCH ",
    "(",
    ")",
    '"',
    "\\",
    "{3}\r\nabc",
    "{3+}\r\nabc",
    "~{2}\r\n\0\n",
    "{0}\r\n",
    "{5}",
    "{05}\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "\r",
    "x",
    "\0\xff",
  );
  const stream = fc.array(word, { maxLength: 30 }).map((words) => words.join(""));

  it("gives the same fragments however the octets are cut, and restores them", () => {
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom<Side>("client", "upstream"),
        fc.constantFrom(8, 40, 1_000),
        (text, sizes, side, maxLineBytes) => {
          const expected = whole(side, text, maxLineBytes);
          expect(bytes(side, text, maxLineBytes)).toEqual(expected);
          const octets = Buffer.from(text, "latin1");
          const chunks: Buffer[] = [];
          for (let at = 0, index = 0; at < octets.length; index += 1) {
            const size = sizes[index % sizes.length] ?? 1;
            chunks.push(octets.subarray(at, at + size));
            at += size;
          }
          expect(fragments(side, chunks, maxLineBytes)).toEqual(expected);
          expect(text.startsWith(restored(expected))).toBe(true);
        },
      ),
      { numRuns: 2_000, seed: 3 },
    );
  });
});

function restored(found: readonly unknown[]): string {
  return found
    .map((item) => {
      if (typeof item === "string") return item.endsWith("\n") ? item : "";
      const { content, cut } = item as { content?: string; cut?: string };
      return content ?? cut ?? "";
    })
    .join("");
}

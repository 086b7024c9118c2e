import fc from "fast-check";

/** Texts as an attacker writes them: control sequences, bidi and zero-width characters, wide and broken ones. */
export function hostileText(): fc.Arbitrary<string> {
  const attacks = fc.constantFrom(
    "\u001b[2J\u001b[H",
    "\u001b]0;owned\u0007",
    "\u001b[31m",
    "\u009b31m",
    "\r\n",
    "\u0008\u0008",
    "\u202e",
    "\u200b",
    "\u0000",
    "\ud800",
    "👩‍👩‍👧",
    "請求書",
    "e\u0301\u0301\u0301",
    "\u001bc",
    "\u001bP1;1|",
  );
  const parts = fc.array(fc.oneof(attacks, fc.string({ unit: "binary", maxLength: 8 })), { maxLength: 12 });
  return parts.map((texts) => texts.join(""));
}

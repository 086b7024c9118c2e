/** Puts our own names into a dialogue. Lengths stay, so that literals and base64 need no other sizes. */

/** Replaces the account, also where it stands in base64. */
export function withOwnNames(text: string, user: RegExp): string {
  const own = (name: string) => `ann-${"x".repeat(name.length - 4)}`;
  const replaced = text.replaceAll(user, own).replace(/@vm>/, "@xx>");
  return replaced.replace(BASE64_LINE, (all, before: string, encoded: string) => {
    const plain = Buffer.from(encoded, "base64").toString("latin1");
    const ours = plain
      .replaceAll(user, own)
      .replace(/@(?:vm|localhost)>/, (host) => `@${"x".repeat(host.length - 2)}>`);
    return ours === plain ? all : `${before}${Buffer.from(ours, "latin1").toString("base64")}`;
  });
}

/** A line of nothing but base64, or such an end of AUTHENTICATE or a continuation. */
const BASE64_LINE = /^((?:\+ |\S+ AUTHENTICATE [A-Z0-9-]+ |AUTH [A-Z0-9-]+ )?)([A-Za-z0-9+/]{8,}={0,2})$/gim;

/** Reads the items of a FETCH response for tests, apart from what mailward reads them with. */

/** Names and values as they stand in `text` from `start`, behind the opening parenthesis; literals and placeholders in it
 *  are numbers between NULs. */
export function fetchItems(text: string, start: number): [name: string, value: string][] {
  const items: [string, string][] = [];
  const pattern = /(?<name>[A-Z0-9.-]+(?:\[[^\]]*\])?(?:<\d+>)?) /iy;
  for (let at = start; at < text.length - 1; ) {
    pattern.lastIndex = at;
    const name = pattern.exec(text)?.groups?.name;
    if (name === undefined) throw new Error(`no item at ${at} of ${JSON.stringify(text)}`);
    const from = pattern.lastIndex;
    at = valueEnd(text, from) + 1;
    items.push([name, text.slice(from, at - 1)]);
  }
  return items;
}

function valueEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = quotedEnd(text, at);
    else if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    if (depth < 0 || (depth === 0 && character === " ")) return at;
  }
  throw new Error(`no end of the item at ${start} of ${JSON.stringify(text)}`);
}

function quotedEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

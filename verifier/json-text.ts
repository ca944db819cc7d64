// JSON texts in which every name means one thing. JSON.parse takes the last of two fields of one name, other readers the first or
// both: a file with `"insecure": true` for one and `false` for the other is none of ours.

export class RepeatedName extends SyntaxError {}

/**
 * The value of a JSON text.
 * @throws SyntaxError for any other text, RepeatedName where an object has two fields of one name
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const name = repeatedName(text);
  if (name !== null) throw new RepeatedName(`the name ${JSON.stringify(name)} twice in one object`);
  return value;
}

/** @param text JSON */
function repeatedName(text: string): string | null {
  const signs = /["{}]/g;
  const colon = /\s*:/y;
  // the names of each object that is open: its only one so far as it is, so that nesting costs little
  const open: (Set<string> | string | undefined)[] = [];
  for (let sign = signs.exec(text); sign !== null; sign = signs.exec(text)) {
    const at = sign.index;
    if (text[at] === '{') open.push(undefined);
    else if (text[at] === '}') open.pop();
    else {
      const end = closingQuote(text, at);
      signs.lastIndex = colon.lastIndex = end + 1;
      if (!colon.test(text)) continue;
      const name = JSON.parse(text.slice(at, end + 1)) as string;
      const known = open[open.length - 1];
      if (known === name || (known instanceof Set && known.has(name))) return name;
      if (known === undefined) open[open.length - 1] = name;
      else if (known instanceof Set) known.add(name);
      else open[open.length - 1] = new Set([known, name]);
    }
  }
  return null;
}

/** Where the string that begins at `start` ends: at the first quote behind an even number of backslashes. */
function closingQuote(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before--;
    if ((end - before) % 2 === 0) return end;
  }
}

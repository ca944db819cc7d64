// What strangers have named, as a terminal or a page may show it. Names come from models, keys and folders that others made, and a
// terminal obeys what it is sent: a name must not move the cursor, hide what stands behind it, or begin a line of its own.

/** Controls, marks of direction, ends of lines, what has no width, halves of pairs. */
export const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return SHORT[sign] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
}

/** A text on one line, with "\x1b" and "\u{202e}" in place of what would not be seen. Twice is once. */
export const printable = (text: string): string => text.replace(UNSEEN, escaped);

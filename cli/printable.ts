// Names of strangers where a terminal shows them: report/printable.ts says why.
import { printable, UNSEEN } from '../report/printable.js';

export { printable };

/** A JSON text of the same value without such characters: inside its strings, where alone they can stand. */
export const printableJson = (text: string): string =>
  text.replace(UNSEEN, (sign) =>
    Array.from({ length: sign.length }, (_, i) => `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );

/** A name as one word, in quotes where it could be taken for more: "y 1x1: 0.9" beside the values of y. */
export function word(name: string): string {
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u.test(name) && !/["\\]|:$/.test(name) && printable(name) === name) return name;
  return `"${printable(name.replace(/["\\]/g, '\\$&'))}"`;
}

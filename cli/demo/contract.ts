// The demo's contract without a Solidity compiler. The constants of a key are in the contract's source, so its bytecode
// depends on the key; the demo carries the bytecode of the contract of one key, the template, and puts the constants of
// the key that it has just made in place of the template's. The template's points are chosen so that no coordinate
// begins with a zero byte: the compiler would write it in fewer bytes, where others have no room. A test compiles the
// contract of a fresh key and compares.
import { InferproofError } from '../../verifier/errors.js';

const broken = (message: string) =>
  new InferproofError('internal', message, { where: 'demo verifier', hint: 'rebuild the assets of the demo' });

/** A number as Solidity writes it, with or without underscores. */
const LITERAL = /\b(?:0x[0-9a-fA-F]+|\d+)\b/g;
/** From here on a constant surely takes the whole of a PUSH32 and does not occur by chance. */
const LEAST = 1n << 248n;

/**
 * The runtime code of `source`, given that of `templateSource`: both may differ only in number literals of 32 bytes.
 * @throws InferproofError 'internal' when they differ elsewhere, or a literal is not in the code
 */
export function relink(code: Uint8Array, templateSource: string, source: string): Uint8Array {
  if (templateSource.replaceAll(LITERAL, '#') !== source.replaceAll(LITERAL, '#')) {
    throw broken('expected contracts that differ in their constants alone, got other differences');
  }
  const from = templateSource.match(LITERAL) ?? [];
  const to = source.match(LITERAL) ?? [];
  const constants = new Map<bigint, bigint>();
  for (const [i, literal] of from.entries()) {
    if (literal === to[i]) continue;
    const [old, fresh] = [BigInt(literal), BigInt(to[i])];
    if (old < LEAST) throw broken(`expected template constants of 32 whole bytes, got ${literal}`);
    if ((constants.get(old) ?? fresh) !== fresh) throw broken(`expected one value for ${literal}, got two`);
    constants.set(old, fresh);
  }
  const places = [...constants].flatMap(([old, fresh]) => {
    const found = occurrences(code, word(old));
    if (found.length === 0) throw broken(`expected the constant ${old} in the bytecode, found it nowhere`);
    return found.map((at) => ({ at, value: word(fresh) }));
  });
  const linked = Uint8Array.from(code);
  for (const { at, value } of places) linked.set(value, at);
  return linked;
}

/** 32 bytes, big-endian. */
function word(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
}

function occurrences(code: Uint8Array, pattern: Uint8Array): number[] {
  const found: number[] = [];
  const bytes = Buffer.from(code.buffer, code.byteOffset, code.byteLength);
  for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) found.push(at);
  return found;
}

// bitwise: and, or, xor of two numbers, in nibbles; signed ones are held above the least of their bits.
import { type BitwiseOwn, BITWISE, bitwiseGadget, type Bitwise } from '#compiler/primitives/bitwise.js';
import { inverse } from '#verifier/field.js';
import fc from 'fast-check';
import type { Subject } from '../engine/attempts.js';
import { between, type Meaning } from './primitive.js';

/** The result of two stored numbers, stored. */
function meant(op: Bitwise, isSigned: boolean, k: number, a: bigint, b: bigint): bigint {
  const low = isSigned ? 1n << BigInt(4 * k - 1) : 0n;
  const [x, y] = [a - low, b - low];
  return (op === 'and' ? x & y : op === 'or' ? x | y : x ^ y) + low;
}

const nibbles = (value: bigint, k: number): bigint[] =>
  Array.from({ length: k }, (_, i) => (value >> BigInt(4 * i)) & 15n);

export const bitwise: Meaning<BitwiseOwn> = {
  kind: 'bitwise',
  naive: ({ op, nibbles: k, isSigned }, [a, b]) => [a.flatMap((x, o) => nibbles(meant(op, isSigned, k, x, b[o]), k))],
  ladder: {
    bitwise: BITWISE.flatMap((op) => [bitwiseSubject(op, false, 1), bitwiseSubject(op, true, 1), bitwiseSubject(op, op === 'xor', 2)]),
  },
  random: [
    fc.tuple(fc.constantFrom(...BITWISE), fc.boolean(), between(1, 3)).map(([op, isSigned, k]) => bitwiseSubject(op, isSigned, k)),
  ],
}; // prettier-ignore

function bitwiseSubject(op: Bitwise, isSigned: boolean, k: number): Subject {
  const most = 16 ** k - 1;
  const isInside = (x: number): boolean => x >= 0 && x <= most;
  const result = (a: number, b: number): bigint => meant(op, isSigned, k, BigInt(a), BigInt(b));
  const said = (value: bigint): Record<string, bigint> =>
    Object.fromEntries(nibbles(value, k).map((nibble, i) => [`y[${i}]`, nibble]));
  const corners = [0, 1, 5, 8 * 16 ** (k - 1), most];
  return {
    gadget: bitwiseGadget(op, isSigned, k),
    meant: ([a, b]) => (isInside(a) && isInside(b) ? nibbles(result(a, b), k).map(Number) : null),
    ends: corners.flatMap((a) => corners.map((b) => [a, b])),
    outside: [[most + 1, 0], [0, most + 1], [-1, 5], [3, -1], [2 ** 40, 2 ** 40]], // prettier-ignore
    inside: fc.tuple(between(0, most), between(0, most)),
    programs: {
      'gives the first number': ([a, b]) => (BigInt(a) === result(a, b) ? null : said(BigInt(a))),
      'gives their sum': ([a, b]) => (BigInt(a + b) === result(a, b) || a + b > most ? null : said(BigInt(a + b))),
      'moves a bit to the next nibble': ([a, b]) =>
        k === 1 ? null : { 'y[0]': (result(a, b) & 15n) - 16n, 'y[1]': (result(a, b) >> 4n) + 1n },
      'takes half a bit': () => ({ 'u[0]': inverse(2n) }),
    },
  };
}

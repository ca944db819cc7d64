// The gadget of circuits/bitwise.circom.
import { bitOf, signalArray, type Gadget } from '../gadget.js';

export const BITWISE = ['and', 'or', 'xor'] as const;
export type Bitwise = (typeof BITWISE)[number];

const bitwise = (op: Bitwise, a: number, b: number): number => (op === 'and' ? a & b : op === 'or' ? a | b : a ^ b);

/** Of two nibbles; signed ones are held above -8. */
export const ofNibbles = (op: Bitwise, isSigned: boolean, a: number, b: number): number =>
  isSigned ? bitwise(op, a - 8, b - 8) + 8 : bitwise(op, a, b);

/** The nibbles of the result, lowest first, of two numbers of k nibbles. */
export const nibblesOf = (op: Bitwise, isSigned: boolean, k: number, a: number, b: number): number[] =>
  Array.from({ length: k }, (_, i) => {
    const [u, v] = [a, b].map((x) => Math.floor(x / 16 ** i) % 16);
    return ofNibbles(op, isSigned && i === k - 1, u, v);
  });

/** 13 k + 2 rows for k nibbles. */
export function bitwiseGadget(op: Bitwise, isSigned: boolean, k: number): Gadget {
  return {
    file: 'bitwise',
    template: 'Bitwise',
    args: [k, BITWISE.indexOf(op), Number(isSigned)],
    ports: ['a', 'b'],
    signals: [...signalArray('y', k), ...['u', 'v', 'both'].flatMap((name) => signalArray(name, 4 * k))],
    outputs: k,
    rows: 13 * k + 2,
    fill([a, b], set) {
      nibblesOf(op, isSigned, k, a, b).forEach((nibble, i) => set(i, nibble));
      for (let j = 0; j < 4 * k; j++) {
        const [u, v] = [bitOf(a, j), bitOf(b, j)];
        set(k + j, u);
        set(5 * k + j, v);
        set(9 * k + j, u * v);
      }
    },
  };
}

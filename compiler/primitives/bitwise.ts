// bitwise: and, or, xor of two live integers, nibble by nibble. Numbers below 0 are two's complement: they are held above the least of
// as many bits, and their highest nibble counts as a signed one.
import { choiceOf, fieldsOf, integerOf } from '../json.js';
import { ACC_BITS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { checkCounts, inRuns } from './elementwise.js';
import { byLookups, type Gadget, type NamedLookup, signalArray, type Table } from './gadget.js';
import type { IntegerPrimitive } from './integer.js';

export interface BitwiseOwn {
  readonly op: Bitwise;
  /** Nibbles of each operand, and of the result. */
  readonly nibbles: number;
  readonly isSigned: boolean;
}

const tableKey = (op: Bitwise, isSigned: boolean): string => `${isSigned ? 'signed ' : ''}${op} of nibbles`;

/** Of the forms a and b the nibbles of the result, lowest first. */
export const bitwise: IntegerPrimitive<BitwiseOwn> = {
  kind: 'bitwise',
  evaluate: ({ own: { op, nibbles, isSigned } }, [a, b]) => [
    Float64Array.from(Array.from(a, (x, o) => nibblesOf(op, isSigned, nibbles, x, b[o])).flat()),
  ],
  check(step, outs, refuse) {
    checkCounts(step, outs, [2, 1], refuse);
    const { forms, own: { nibbles } } = step; // prettier-ignore
    const size = sizeOf(outs[0].shape);
    forms.forEach(({ map, accLo }, k) => {
      if (map.size * nibbles !== size) refuse(`forms[${k}].map`, `${size / nibbles} elements`, map.size);
      if (accLo < 0) refuse(`forms[${k}].accLo`, '0 or more', accLo);
    });
    if (outs[0].lo !== 0) refuse('outs', 'lo = 0, nibbles', outs[0].lo);
  },
  bounds: ({ forms, own: { nibbles } }) => ({
    outs: [{ lo: 0, hi: 15 }],
    needs: forms.map(({ accHi }) => ({ what: `an operand below 16^${nibbles}`, reach: accHi, below: 16 ** nibbles })),
  }),
  codec: {
    encode: ({ op, nibbles, isSigned }) => ({ op, nibbles, isSigned: Number(isSigned) }),
    decode(place) {
      const { op, nibbles, isSigned } = fieldsOf(place, ['op', 'nibbles', 'isSigned']);
      return {
        op: choiceOf(op, BITWISE),
        nibbles: integerOf(nibbles, 1, ACC_BITS / 4),
        isSigned: integerOf(isSigned, 0, 1) === 1,
      };
    },
  },
  plain: {
    uses: ({ own: { op, nibbles, isSigned } }, [out]) => inRuns(bitwiseGadget(op, isSigned, nibbles), out),
  },
  lookup: {
    wants({ own: { op, nibbles, isSigned } }, _, wants) {
      const table = (signed: boolean): void =>
        wants.function(tableKey(op, signed), tableKey(op, signed), 0, 255, (t) =>
          ofNibbles(op, signed, t >> 4, t & 15),
        );
      if (nibbles > 1) table(false);
      table(isSigned);
      wants.exact(16);
    },
    uses({ own: { op, nibbles, isSigned } }, [out], tables) {
      const highest = tables.function(tableKey(op, isSigned));
      const others = nibbles > 1 ? tables.function(tableKey(op, false)) : highest;
      return inRuns(lookupBitwise(nibbles, others, highest, tables.exact(16)), out);
    },
  },
};

export const BITWISE = ['and', 'or', 'xor'] as const;
export type Bitwise = (typeof BITWISE)[number];

const ofBits = (op: Bitwise, a: number, b: number): number => (op === 'and' ? a & b : op === 'or' ? a | b : a ^ b);

/** Of two nibbles; signed ones are held above -8. */
export const ofNibbles = (op: Bitwise, isSigned: boolean, a: number, b: number): number =>
  isSigned ? ofBits(op, a - 8, b - 8) + 8 : ofBits(op, a, b);

/** The nibbles of the result, lowest first, of two numbers of k nibbles. */
export const nibblesOf = (op: Bitwise, isSigned: boolean, k: number, a: number, b: number): number[] =>
  Array.from({ length: k }, (_, i) => {
    const [u, v] = [a, b].map((x) => Math.floor(x / 16 ** i) % 16);
    return ofNibbles(op, isSigned && i === k - 1, u, v);
  });

export const bitwiseGadget = (op: Bitwise, isSigned: boolean, k: number): Gadget => ({
  file: 'bitwise',
  template: 'Bitwise',
  args: [k, BITWISE.indexOf(op), Number(isSigned)],
  ports: ['a', 'b'],
  signals: [...signalArray('y', k), ...['u', 'v', 'both'].flatMap((name) => signalArray(name, 4 * k))],
  outputs: k,
  rows: 13 * k + 2,
});

/**
 * @param of the table of 16 u + v and f(u, v) of each place but the highest, and that of the highest
 * @param nibbles the table of exactly 16 rows
 */
export const lookupBitwise = (k: number, of: Table, highest: Table, nibbles: Table): Gadget =>
  byLookups({
    file: 'bitwise',
    template: 'LookupBitwise',
    args: [k],
    ports: ['a', 'b'],
    outputs: k,
    committed: [...signalArray('y', k), ...signalArray('u', k - 1), ...signalArray('v', k - 1)],
    others: ['kappa', 'h', 'hu', 'hv'].flatMap((name) => signalArray(name, k)),
    lookups: [
      ...signalArray('h', k).map((h, i): NamedLookup => [i === k - 1 ? highest : of, h, `kappa[${i}]`]),
      ...[...signalArray('hu', k), ...signalArray('hv', k)].map((h): NamedLookup => [nibbles, h]),
    ],
    rows: 4 * k,
  });

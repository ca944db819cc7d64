// bitwise: and, or, xor of two live integers, nibble by nibble. Numbers below 0 are two's complement: they are held above the least of
// as many bits, and their highest nibble counts as a signed one.
import { choiceOf, fieldsOf, integerOf } from '../json.js';
import { ACC_BITS } from '../limits.js';
import { sizeOf } from '../tensor.js';
import type { Gadget } from './gadget.js';
import { BITWISE, type Bitwise, bitwiseGadget, nibblesOf, ofNibbles } from './gadgets/bitwise.js';
import { lookupBitwise } from './gadgets/lookup/bitwise.js';
import type { IntegerPrimitive, Use } from './integer.js';
import type { CircuitTensor } from './steps.js';

export interface RealBitwiseOwn {
  readonly op: Bitwise;
}

export interface BitwiseOwn extends RealBitwiseOwn {
  /** Nibbles of each operand, and of the result. */
  readonly nibbles: number;
  readonly isSigned: boolean;
}

const KIND = 'bitwise';

const tableKey = (op: Bitwise, isSigned: boolean): string => `${isSigned ? 'signed ' : ''}${op} of nibbles`;

/** Of the forms a and b the nibbles of the result, lowest first. */
export const bitwise: IntegerPrimitive<BitwiseOwn> = {
  kind: KIND,
  evaluate: ({ own: { op, nibbles, isSigned } }, [a, b]) => [
    Float64Array.from(Array.from(a, (x, o) => nibblesOf(op, isSigned, nibbles, x, b[o])).flat()),
  ],
  check({ forms, own: { nibbles } }, outs, refuse) {
    if (forms.length !== 2 || outs.length !== 1) refuse('forms', 'two forms of one tensor', forms.length);
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
    uses: ({ own: { op, nibbles, isSigned } }, [out]) => each(bitwiseGadget(op, isSigned, nibbles), out),
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
      return each(lookupBitwise(nibbles, others, highest, tables.exact(16)), out);
    },
  },
};

/** One gadget for each pair. */
function each(gadget: Gadget, { shape }: CircuitTensor): Use[] {
  const k = gadget.outputs;
  const count = sizeOf(shape) / k;
  const outputs = Array.from({ length: k }, (_, i) => {
    return { tensor: 0, at: Int32Array.from({ length: count }, (__, o) => o * k + i) };
  });
  return [{ gadget, count, ports: [{ form: 0 }, { form: 1 }], outputs }];
}

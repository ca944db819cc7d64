// input: a value that the prover is free to choose within its range.
import { sizeOf } from '../tensor.js';
import { bitLength } from './gadget.js';
import { lookupRange } from './gadgets/lookup/range.js';
import { rangeGadget } from './gadgets/range.js';
import type { IntegerPrimitive, Use } from './integer.js';
import { type Nothing, nothing } from './nothing.js';
import type { CircuitTensor } from './steps.js';
import type { Tables } from './tables.js';

const KIND = 'input';

export const input: IntegerPrimitive<Nothing> = {
  kind: KIND,
  isInput: true,
  evaluate: () => [],
  check: (step, outs, refuse) => {
    if (step.forms.length > 0) refuse('forms', 'none', step.forms.length);
    if (outs.length !== 1) refuse('outs', 'one tensor', outs.length);
  },
  bounds: () => ({ outs: [null], needs: [] }),
  codec: nothing,
  plain: {
    uses: (_, [tensor]) => [
      {
        gadget: rangeGadget(widthOf(tensor)),
        count: sizeOf(tensor.shape),
        ports: [{ tensor: 0 }],
        outputs: [],
      },
    ],
  },
  lookup: {
    wants(_, [tensor], wants) {
      const width = widthOf(tensor);
      if (isOneTable(tensor, wants.rangeBits)) wants.exact(width + 1);
      else wants.exactBits(bitsOf(width));
    },
    uses: (_, [tensor], tables) => rangeUses(tensor, tables),
  },
  onnx: () => [],
};

const widthOf = ({ lo, hi }: CircuitTensor): number => hi - lo;

const bitsOf = (width: number): number => Math.max(bitLength(width), 1);

const isPowerOfTwo = (width: number): boolean => width === 2 ** bitsOf(width) - 1;

/** Whether a table of exactly the range is cheaper than limbs, from both ends where the width is not a power of two. */
function isOneTable(tensor: CircuitTensor, rangeBits: number): boolean {
  const width = widthOf(tensor);
  const count = sizeOf(tensor.shape);
  const limbs = Math.ceil(bitsOf(width) / rangeBits);
  const rowsOfLimbs = count * limbs * (isPowerOfTwo(width) ? 1 : 2);
  return (isPowerOfTwo(width) && limbs === 1) || width + 1 + count <= rowsOfLimbs;
}

function rangeUses(tensor: CircuitTensor, tables: Tables): Use[] {
  const width = widthOf(tensor);
  const count = sizeOf(tensor.shape);
  const outputs: Use['outputs'] = [];
  if (isOneTable(tensor, tables.rangeBits)) {
    const top = tables.exact(width + 1);
    const gadget = lookupRange({ count: 1, width: bitsOf(width), low: top, top });
    return [{ gadget, count, ports: [{ tensor: 0 }], outputs }];
  }
  const gadget = lookupRange(tables.exactBits(bitsOf(width)));
  const low: Use = { gadget, count, ports: [{ tensor: 0 }], outputs };
  return isPowerOfTwo(width) ? [low] : [low, { gadget, count, ports: [{ tensor: 0, mirror: width }], outputs }];
}

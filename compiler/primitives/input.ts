// input: a value that the prover is free to choose within its range.
import { rangeOfElement } from '../../verifier/words.js';
import { entriesOf, fieldsOf, integerOf, itemsOf } from '../json.js';
import { MAX_INDEX } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { bitLength, byLookups, type Gadget, signalArray } from './gadget.js';
import type { IntegerPrimitive, Port, Use } from './integer.js';
import { type CircuitTensor, type IntegerStep, nothing } from './steps.js';
import { limbLookups, type Limbs, type Tables } from './tables.js';

export interface InputOwn {
  /** Elements whose range a later step proves, ascending; none: all are proved here. */
  readonly left?: readonly number[];
}

export const input: IntegerPrimitive<InputOwn> = {
  kind: 'input',
  isInput: true,
  evaluate: () => [],
  check: ({ forms, own: { left = [0] } }, outs, refuse) => {
    if (forms.length > 0) refuse('forms', 'none', forms.length);
    if (outs.length !== 1) refuse('outs', 'one tensor', outs.length);
    const size = sizeOf(outs[0].shape);
    if (left.length === 0 || left.some((o, i) => o >= size || (i > 0 && o <= left[i - 1])))
      refuse('own.left', `ascending elements below ${size}`, left.join());
  },
  leaves: ({ own: { left = [] } }) => left,
  bounds: () => ({ outs: [null], needs: [] }),
  codec: {
    encode: (own) => own,
    decode(place) {
      if (!new Map(entriesOf(place)).has('left')) return nothing.decode(place);
      return { left: itemsOf(fieldsOf(place, ['left']).left).map((o) => integerOf(o, 0, MAX_INDEX)) };
    },
  },
  plain: {
    uses: (step, [tensor]) =>
      provedHere(step, tensor).map(({ width, count, port }) => ({ gadget: rangeGadget(width), count, ports: [port], outputs: [] })), // prettier-ignore
  },
  lookup: {
    wants(step, [tensor], wants) {
      for (const { width, count } of provedHere(step, tensor))
        if (isOneTable(width, count, wants.rangeBits)) wants.exact(width + 1);
        else wants.exactBits(bitsOf(width));
    },
    uses: (step, [tensor], tables) => provedHere(step, tensor).flatMap((one) => rangeUses(one, tables)),
  },
};

const bitsOf = (width: number): number => Math.max(bitLength(width), 1);
const fillsBits = (width: number): boolean => width === 2 ** bitsOf(width) - 1;

/** Elements of one range: what stands above its least, in [0, width]. */
interface Ranged {
  readonly width: number;
  readonly count: number;
  readonly port: Extract<Port, { readonly tensor: number }>;
}

/** The elements whose range the step itself proves, by their ranges. */
function provedHere({ own: { left } }: Pick<IntegerStep<InputOwn>, 'own'>, tensor: CircuitTensor): Ranged[] {
  const size = sizeOf(tensor.shape);
  if (!left && !tensor.columns) return [{ width: tensor.hi - tensor.lo, count: size, port: { tensor: 0 } }];
  const rangeOf = rangeOfElement(tensor);
  const alike = new Map<string, number[]>();
  const others = new Set(left);
  for (let o = 0; o < size; o++) {
    const key = rangeOf(o).join();
    if (!others.has(o) && alike.get(key)?.push(o) === undefined) alike.set(key, [o]);
  }
  return Array.from(alike.values(), (places) => {
    const [least, most] = rangeOf(places[0]);
    const port = { tensor: 0, at: Int32Array.from(places), above: least - tensor.lo };
    return { width: most - least, count: places.length, port };
  });
}

/** Whether a table of exactly the range is cheaper than limbs, from both ends where the width is not a power of two. */
function isOneTable(width: number, count: number, rangeBits: number): boolean {
  const limbs = Math.ceil(bitsOf(width) / rangeBits);
  const rowsOfLimbs = count * limbs * (fillsBits(width) ? 1 : 2);
  return (fillsBits(width) && limbs === 1) || width + 1 + count <= rowsOfLimbs;
}

function rangeUses({ width, count, port }: Ranged, tables: Tables): Use[] {
  const outputs: Use['outputs'] = [];
  const ports = [port];
  if (isOneTable(width, count, tables.rangeBits)) {
    const top = tables.exact(width + 1);
    return [{ gadget: lookupRange({ count: 1, width: bitsOf(width), low: top, top }), count, ports, outputs }];
  }
  const gadget = lookupRange(tables.exactBits(bitsOf(width)));
  const low: Use = { gadget, count, ports, outputs };
  const { above = 0, ...whole } = port;
  return fillsBits(width) ? [low] : [low, { ...low, ports: [{ ...whole, mirror: above + width }] }];
}

/** An integer of [0, max]. */
export function rangeGadget(max: number): Gadget {
  const n = Math.max(bitLength(max), 1);
  const isWhole = max === 2 ** n - 1;
  return {
    file: 'range',
    template: isWhole ? 'Range' : 'RangeUpTo',
    args: isWhole ? [n] : [n, max],
    ports: ['x'],
    signals: [...signalArray('bit', n), ...signalArray('gap', isWhole ? 0 : n)],
    outputs: 0,
    rows: isWhole ? n + 1 : 2 * n + 2,
  };
}

/** An integer in the range of its limbs. */
export const lookupRange = (limbs: Limbs): Gadget =>
  byLookups({
    file: 'range',
    template: 'LookupRange',
    args: [limbs.count, limbs.width],
    ports: ['x'],
    outputs: 0,
    committed: signalArray('l', limbs.count - 1),
    others: signalArray('h', limbs.count),
    lookups: limbLookups(limbs, 'h'),
    rows: limbs.count,
  });

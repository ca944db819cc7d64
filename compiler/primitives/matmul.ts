// matmul: floors of the sums of products of two lists of live values, u = floor((C + half) / 2^shift) above the least, C = A B block by
// block. As many rows of a block as a field element holds stand side by side in it, and powers of the challenge fold the others
// behind them, so one product serves all rows of a column. What keeps a sum in its place there is its own floor, which is why the two
// are one step.
import { greatest, least } from '../extremes.js';
import { encodeLists, encodeNumbers, fieldsOf, int32sOf, integerOf, listsOf } from '../json.js';
import { ACC_BITS, MAX_SHIFT, PACKED_BITS } from '../limits.js';
import type { Interval } from '../linear/intervals.js';
import { sizeOf } from '../tensor.js';
import { checkCounts } from './elementwise.js';
import { type Bounds, half } from './floors.js';
import { bitLength, byLookups, type Gadget, signalArray, signalGrid } from './gadget.js';
import type { IntegerPrimitive, Use } from './integer.js';
import type { IntegerStep } from './steps.js';
import { limbLookups, type Limbs } from './tables.js';

/** Rows of `depth` elements of the first form, columns of as many of the second: each column times the rows from one on. */
export interface Block {
  readonly depth: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  /** Of each column, the first row that it meets. */
  readonly first: Int32Array;
}

export interface PackedOwn {
  readonly shift: number;
  /** Their results are the elements of the tensor, in this order. */
  readonly blocks: readonly Block[];
}

export const sizeOfBlock = ({ depth, rows, first }: Block): number =>
  first.reduce((sum, from) => sum + rows.length / depth - from, 0);

/**
 * The sums of so many products that two forms allow: whatever else is known of them, soundness rests on these.
 * @param depths of all blocks: where no product is 0, it is the shortest sum that comes nearest to it
 */
export function sumInterval(a: Bounds, b: Bounds, depths: readonly number[]): Interval {
  const corners = [a.accLo * b.accLo, a.accLo * b.accHi, a.accHi * b.accLo, a.accHi * b.accHi];
  const sums = [least(depths), greatest(depths)].flatMap((depth) => corners.map((corner) => depth * corner));
  return { lo: least(sums) + 0, hi: greatest(sums) + 0 };
}

const depthsOf = (blocks: readonly Block[]): number[] => blocks.map(({ depth }) => depth);

/** How far rows are apart: no integer that a floor and its remainder can say is as far from a sum. */
export function bitsApart(sums: Interval, floors: Interval, shift: number): number {
  const said = { lo: floors.lo * 2 ** shift - half(shift), hi: (floors.hi + 1) * 2 ** shift - 1 - half(shift) };
  return bitLength(Math.max(said.hi - sums.lo, sums.hi - said.lo));
}

const bitsOf = ({ forms: [a, b], own: { blocks, shift } }: IntegerStep<PackedOwn>, floors: Interval): number =>
  bitsApart(sumInterval(a, b, depthsOf(blocks)), floors, shift);

export const packed: IntegerPrimitive<PackedOwn> = {
  kind: 'matmul',
  evaluate({ own: { blocks, shift } }, [a, b], [{ lo, shape }]) {
    const u = new Float64Array(sizeOf(shape));
    let next = 0;
    for (const { depth, rows, columns, first } of blocks)
      for (let j = 0; j < columns.length; j += depth)
        for (let i = first[j / depth] * depth; i < rows.length; i += depth) {
          let sum = half(shift);
          for (let k = 0; k < depth; k++) sum += a[rows[i + k]] * b[columns[j + k]];
          u[next++] = Math.floor(sum / 2 ** shift) - lo;
        }
    return [u];
  },
  check(step, outs, refuse) {
    checkCounts(step, outs, [2, 1], refuse);
    const { forms, own: { blocks, shift } } = step; // prettier-ignore
    if (shift > MAX_SHIFT) refuse('own.shift', `at most ${MAX_SHIFT}`, shift);
    blocks.forEach(({ depth, rows, columns, first }, n) => {
      [rows, columns].forEach((list, k) => {
        if (list.length === 0 || list.length % depth !== 0)
          refuse(`own.blocks[${n}]`, `lists of ${depth} elements, one at least`, list.length);
        if (!list.every((i) => i >= 0 && i < forms[k].map.size))
          refuse(`own.blocks[${n}]`, `elements of a form of ${forms[k].map.size}`, 'others');
      });
      if (first.length * depth !== columns.length || !first.every((from) => from >= 0 && from * depth < rows.length))
        refuse(`own.blocks[${n}]`, 'a row of the block for each column', 'others');
    });
    const size = blocks.reduce((sum, block) => sum + sizeOfBlock(block), 0);
    if (blocks.length === 0 || sizeOf(outs[0].shape) !== size)
      refuse('own.blocks', `${sizeOf(outs[0].shape)} results, the shape of its tensor`, size);
  },
  bounds(step, [{ lo, hi }]) {
    const { forms: [a, b], own: { blocks } } = step; // prettier-ignore
    const sums = sumInterval(a, b, depthsOf(blocks));
    const reach = Math.max(-sums.lo, sums.hi);
    return {
      outs: [{ lo, hi: lo + 2 ** Math.max(bitLength(hi - lo), 1) - 1 }],
      needs: [{ what: `a sum of products below 2^${ACC_BITS}`, reach, below: 2 ** ACC_BITS }],
    };
  },
  codec: {
    encode: ({ shift, blocks }) => ({
      shift,
      depths: encodeNumbers(Int32Array.from(blocks, ({ depth }) => depth)),
      rows: encodeLists(blocks.map(({ rows }) => rows)),
      columns: encodeLists(blocks.map(({ columns }) => columns)),
      firsts: encodeLists(blocks.map(({ first }) => first)),
    }),
    decode(place) {
      const f = fieldsOf(place, ['shift', 'depths', 'rows', 'columns', 'firsts']);
      const depths = int32sOf(f.depths, 1);
      const [rows, columns, firsts] = [f.rows, f.columns, f.firsts].map((lists) => listsOf(lists, int32sOf));
      const blocks = Array.from(depths, (depth, n) => {
        return { depth, rows: rows[n] ?? NONE, columns: columns[n] ?? NONE, first: firsts[n] ?? NONE };
      });
      return { shift: integerOf(f.shift, 0, MAX_SHIFT), blocks };
    },
  },
  plain: { refusal: () => 'expected products one by one, packed ones need look-up tables', uses: () => [] },
  lookup: {
    wants({ own: { shift } }, [{ lo, hi }], wants) {
      wants.exactBits(shift);
      wants.exactBits(bitLength(hi - lo));
    },
    uses(step, [out], tables) {
      const { shift } = step.own;
      const { lo, hi } = out;
      const bits = bitsOf(step, { lo, hi });
      const most = Math.floor(PACKED_BITS / bits);
      const rests = tables.exactBits(shift);
      const floors = tables.exactBits(bitLength(hi - lo));
      return alike(step.own.blocks, most).map((parts) => {
        const [{ depth, rows, first }] = parts;
        const m = rows.length / depth;
        const packed = { rows: m, depth, first, together: Math.min(m, most), bits, shift, lo };
        return useOf(lookupMatmul(packed, rests, floors), parts);
      });
    },
  },
};

const NONE = new Int32Array();

/** What one instance of a gadget takes, and the place of its first result. */
interface Part extends Block {
  readonly at: number;
}

/** Parts of one gadget: blocks of more than `most` rows, of others each column by itself. */
function alike(blocks: readonly Block[], most: number): readonly (readonly Part[])[] {
  const found = new Map<string, Part[]>();
  let at = 0;
  const add = (part: Block): void => {
    const key = `${part.rows.length} ${part.depth} ${part.first.join()}`;
    const known = found.get(key) ?? [];
    if (known.push({ ...part, at }) === 1) found.set(key, known);
    at += sizeOfBlock(part);
  };
  for (const block of blocks) {
    const { depth, rows, columns, first } = block;
    if (rows.length / depth > most) add(block);
    else
      first.forEach((from, j) => {
        const column = columns.subarray(j * depth, (j + 1) * depth);
        add({ depth, rows: rows.subarray(from * depth), columns: column, first: Int32Array.of(0) });
      });
  }
  return [...found.values()];
}

function useOf(gadget: Use['gadget'], parts: readonly Part[]): Use {
  const ofEach = (at: (part: Part) => number): Int32Array => Int32Array.from(parts, at);
  const [{ rows, columns }] = parts;
  const ports = [
    ...Array.from(rows, (_, t) => ({ form: 0, at: ofEach((part) => part.rows[t]) })),
    ...Array.from(columns, (_, t) => ({ form: 1, at: ofEach((part) => part.columns[t]) })),
  ];
  const outputs = Array.from({ length: gadget.outputs }, (_, t) => ({ tensor: 0, at: ofEach(({ at }) => at + t) }));
  return { gadget, count: parts.length, ports, outputs };
}

export interface Packed extends Pick<Block, 'depth' | 'first'>, Pick<PackedOwn, 'shift'> {
  readonly rows: number;
  /** Rows that stand side by side in one field element, and how far they are apart. */
  readonly together: number;
  readonly bits: number;
  /** The least floor. */
  readonly lo: number;
}

/** @param rests limbs of exactly `shift` bits @param floors of what floors are above the least */
export function lookupMatmul(
  { rows: m, depth: K, first, together: g, bits, shift, lo }: Packed,
  rests: Limbs,
  floors: Limbs,
): Gadget {
  const [Lr, Ly, n, G] = [rests.count, floors.count, first.length, Math.ceil(m / g)];
  const size = first.reduce((sum, from) => sum + m - from, 0);
  const behind = first.reduce((sum, from) => sum + G - 1 - Math.floor(from / g), 0);
  return byLookups({
    file: 'matmul',
    template: 'LookupMatmul',
    args: [m, K, n, g, bits, lo, shift, Ly, floors.width],
    list: Array.from(first),
    ports: [...signalGrid('a', m, K), ...signalGrid('B', n, K)],
    outputs: size,
    committed: [...signalArray('f', size), ...signalGrid('r', size, Lr), ...signalGrid('l', size, Ly - 1)],
    others: [
      ...[...signalGrid('folded', G - 1, K), ...signalGrid('product', n, K - 1), ...signalArray('total', behind)],
      ...[...signalGrid('h', size, Lr), ...signalGrid('e', size, Ly)],
    ],
    lookups: [
      ...signalArray('h', size).flatMap((h) => limbLookups(rests, h)),
      ...signalArray('e', size).flatMap((e) => limbLookups(floors, e)),
    ],
    rows: (G - 1 + n) * K + behind + size * (Lr + Ly),
  });
}

// matmul: floors of the sums of products of two lists of live values, u = floor((C + half) / 2^shift) above the least, C = A B block by
// block. The rows of a block stand side by side in one field element, so one product serves all of them. What keeps a sum
// in its place there is its own floor, which is why the two are one step.
import { encodeLists, encodeNumbers, fieldsOf, int32sOf, integerOf, listsOf } from '../json.js';
import { greatest, least } from '../extremes.js';
import type { Interval } from '../linear/intervals.js';
import { ACC_BITS, MAX_SHIFT } from '../limits.js';
import { sizeOf } from '../tensor.js';
import { bitLength } from './gadget.js';
import { half } from './gadgets/rescale.js';
import { lookupMatmul } from './gadgets/lookup/matmul.js';
import type { IntegerPrimitive, OnnxNodes, Use } from './integer.js';
import type { Bounds } from './floors.js';
import type { CircuitTensor, IntegerStep } from './steps.js';

/** Rows of `depth` elements of the first form, columns of as many of the second: each row times each column, row by row. */
export interface Block {
  readonly depth: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

export interface PackedOwn {
  readonly shift: number;
  /** Their results are the elements of the tensor, in this order. */
  readonly blocks: readonly Block[];
}

/** Bits that packed sums take: less than those of the field. */
export const PACKED_BITS = 253;
/** Terms of the longest sum. */
const depthOf = (blocks: readonly Block[]): number => greatest(blocks.map(({ depth }) => depth));

export const sizeOfBlock = ({ depth, rows, columns }: Block): number => (rows.length * columns.length) / depth / depth;

/** The sums of `depth` products that two forms allow: whatever else is known of them, soundness rests on these. */
export function sumInterval(a: Bounds, b: Bounds, depth: number): Interval {
  const corners = [a.accLo * b.accLo, a.accLo * b.accHi, a.accHi * b.accLo, a.accHi * b.accHi];
  return { lo: depth * least(corners) + 0, hi: depth * greatest(corners) + 0 };
}

export const floorsOfSums = ({ lo, hi }: Interval, shift: number): Interval => {
  const floor = (sum: number): number => Math.floor((sum + half(shift)) / 2 ** shift);
  return { lo: floor(lo), hi: floor(hi) };
};

/** How far rows are apart: no integer that a floor and its remainder can say is as far from a sum. */
export function bitsApart(sums: Interval, floors: Interval, shift: number): number {
  const said = { lo: floors.lo * 2 ** shift - half(shift), hi: (floors.hi + 1) * 2 ** shift - 1 - half(shift) };
  return bitLength(Math.max(said.hi - sums.lo, sums.hi - said.lo));
}

const bitsOf = ({ forms: [a, b], own: { blocks, shift } }: IntegerStep<PackedOwn>, floors: Interval): number =>
  bitsApart(sumInterval(a, b, depthOf(blocks)), floors, shift);

export const packed: IntegerPrimitive<PackedOwn> = {
  kind: 'matmul',
  evaluate({ own: { blocks, shift } }, [a, b], [{ lo, shape }]) {
    const u = new Float64Array(sizeOf(shape));
    let next = 0;
    for (const { depth, rows, columns } of blocks)
      for (let i = 0; i < rows.length; i += depth)
        for (let j = 0; j < columns.length; j += depth) {
          let sum = half(shift);
          for (let k = 0; k < depth; k++) sum += a[rows[i + k]] * b[columns[j + k]];
          u[next++] = Math.floor(sum / 2 ** shift) - lo;
        }
    return [u];
  },
  check({ forms, own: { blocks, shift } }, outs, refuse) {
    if (forms.length !== 2 || outs.length !== 1) refuse('forms', 'two forms of one tensor', forms.length);
    if (shift > MAX_SHIFT) refuse('own.shift', `at most ${MAX_SHIFT}`, shift);
    blocks.forEach(({ depth, rows, columns }, n) => {
      [rows, columns].forEach((list, k) => {
        if (list.length === 0 || list.length % depth !== 0)
          refuse(`own.blocks[${n}]`, `lists of ${depth} elements, one at least`, list.length);
        if (!list.every((i) => i >= 0 && i < forms[k].map.size))
          refuse(`own.blocks[${n}]`, `elements of a form of ${forms[k].map.size}`, 'others');
      });
    });
    const size = blocks.reduce((sum, block) => sum + sizeOfBlock(block), 0);
    if (blocks.length === 0 || sizeOf(outs[0].shape) !== size)
      refuse('own.blocks', `${sizeOf(outs[0].shape)} results, the shape of its tensor`, size);
  },
  bounds(step, [{ lo, hi }]) {
    const { forms: [a, b], own: { blocks } } = step; // prettier-ignore
    const sums = sumInterval(a, b, depthOf(blocks));
    const rows = greatest(blocks.map((block) => block.rows.length / block.depth));
    return {
      outs: [{ lo, hi: lo + 2 ** Math.max(bitLength(hi - lo), 1) - 1 }],
      needs: [
        { what: `a sum of products below 2^${ACC_BITS}`, reach: Math.max(-sums.lo, sums.hi), below: 2 ** ACC_BITS },
        { what: `packed sums of ${PACKED_BITS} bits at most`, reach: rows * bitsOf(step, { lo, hi }), below: PACKED_BITS + 1 }, // prettier-ignore
      ],
    };
  },
  codec: {
    encode: ({ shift, blocks }) => ({
      shift,
      depths: encodeNumbers(Int32Array.from(blocks, ({ depth }) => depth)),
      rows: encodeLists(blocks.map(({ rows }) => rows)),
      columns: encodeLists(blocks.map(({ columns }) => columns)),
    }),
    decode(place) {
      const f = fieldsOf(place, ['shift', 'depths', 'rows', 'columns']);
      const depths = int32sOf(f.depths, 1);
      const [rows, columns] = [f.rows, f.columns].map((lists) => listsOf(lists, int32sOf));
      const blocks = Array.from(depths, (depth, n) => ({ depth, rows: rows[n] ?? NONE, columns: columns[n] ?? NONE }));
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
      const rests = tables.exactBits(shift);
      const floors = tables.exactBits(bitLength(hi - lo));
      return alike(step.own.blocks).map(({ rows, depth, blocks }) =>
        useOf(lookupMatmul({ rows, depth, bits, shift, lo }, rests, floors), rows, depth, blocks),
      );
    },
  },
  onnx: ({ own: { shift, blocks } }, form, [out], to) => [nodesOf(blocks, shift, [form(0), form(1)], out, to)],
};

const NONE = new Int32Array();

/** A block, and the place of its first result. */
interface Placed extends Block {
  readonly first: number;
}

/** Blocks of as many rows of the same depth share a gadget. */
function alike(
  blocks: readonly Block[],
): readonly { readonly rows: number; readonly depth: number; readonly blocks: readonly Placed[] }[] {
  const found = new Map<string, Placed[]>();
  let first = 0;
  for (const block of blocks) {
    const key = `${block.rows.length / block.depth} ${block.depth}`;
    found.set(key, [...(found.get(key) ?? []), { ...block, first }]);
    first += sizeOfBlock(block);
  }
  return [...found.values()].map((list) => {
    const [{ rows, depth }] = list;
    return { rows: rows.length / depth, depth, blocks: list };
  });
}

/** An instance for each column of each block. */
function useOf(gadget: Use['gadget'], rows: number, depth: number, blocks: readonly Placed[]): Use {
  const count = blocks.reduce((sum, { columns }) => sum + columns.length / depth, 0);
  const ofEach = (at: (block: Placed, column: number) => number): Int32Array => {
    const list = new Int32Array(count);
    let next = 0;
    for (const block of blocks) for (let j = 0; j < block.columns.length / depth; j++) list[next++] = at(block, j);
    return list;
  };
  const terms = Array.from({ length: rows * depth }, (_, t) => ({ form: 0, at: ofEach((block) => block.rows[t]) }));
  const column = Array.from({ length: depth }, (_, k) => ({ form: 1, at: ofEach((block, j) => block.columns[j * depth + k]) })); // prettier-ignore
  const outputs = Array.from({ length: rows }, (_, i) => {
    return { tensor: 0, at: ofEach(({ first, columns }, j) => first + (i * columns.length) / depth + j) };
  });
  return { gadget, count, ports: [...terms, ...column], outputs };
}

/** A MatMul for each block. */
function nodesOf(
  blocks: readonly Block[],
  shift: number,
  [a, b]: readonly string[],
  { lo }: CircuitTensor,
  to: OnnxNodes,
): string {
  // prettier-ignore
  const sums = blocks.map(({ depth, rows, columns }) => {
    const [m, n] = [rows.length / depth, columns.length / depth];
    const turned = Int32Array.from(columns, (_, t) => columns[(t % n) * depth + Math.floor(t / n)]);
    const factors = [to.node('Gather', [a, to.indices(rows, [m, depth])]), to.node('Gather', [b, to.indices(turned, [depth, n])])]; // prettier-ignore
    return to.node('Reshape', [to.node('MatMul', factors), to.toIndex(to.indices([m * n], [1]))]);
  });
  const all = to.node('Concat', sums, { axis: 0 });
  const rounded = to.node('Add', [to.node('Mul', [all, to.scalar(2 ** -shift)]), to.scalar(half(shift) / 2 ** shift)]);
  return to.node('Sub', [to.node('Floor', [rounded]), to.scalar(lo)]);
}

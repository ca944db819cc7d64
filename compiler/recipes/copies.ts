// What a step is that stands for several samples, one behind the other: its forms repeat, and what names elements by their numbers
// does so for each of them. No proof rests on it: the circuit that is made of such steps keeps the invariants of any other.
import { argmax } from '../primitives/argmax.js';
import type { StartsOwn } from '../primitives/groups.js';
import { input, type InputOwn } from '../primitives/input.js';
import type { IntegerPrimitive } from '../primitives/integer.js';
import { locate, type LocateOwn } from '../primitives/locate.js';
import { packed, type PackedOwn } from '../primitives/matmul.js';
import { max } from '../primitives/max.js';
import { select } from '../primitives/select.js';
import type { IntegerStep } from '../primitives/steps.js';

/** Elements of one sample: of each form that a step reads, and of its first tensor. */
interface Sizes {
  readonly forms: readonly number[];
  readonly out: number;
}

type Write<Own> = (own: Own, copies: number, sizes: Sizes) => Own;

/** One list behind the other, the numbers of each `step` above those of the one before. */
function behind(list: Int32Array, copies: number, step: number): Int32Array {
  const all = new Int32Array(list.length * copies);
  for (let c = 0; c < copies; c++) for (let i = 0; i < list.length; i++) all[c * list.length + i] = list[i] + c * step;
  return all;
}

const ofEach = <T>(copies: number, list: (copy: number) => readonly T[]): T[] =>
  Array.from({ length: copies }, (_, c) => list(c)).flat();

const ofGroups: Write<StartsOwn> = ({ starts }, copies, { forms: [size] }) => {
  const all = new Int32Array((starts.length - 1) * copies + 1).fill(size * copies);
  all.set(behind(starts.subarray(0, -1), copies, size));
  return { starts: all };
};

const ofInput: Write<InputOwn> = ({ left }, copies, { out }) =>
  left ? { left: ofEach(copies, (c) => left.map((o) => o + c * out)) } : {};

const ofLocate: Write<LocateOwn> = ({ starts }, copies) => ({ starts: ofEach(copies, () => starts) });

const ofBlocks: Write<PackedOwn> = ({ shift, blocks }, copies, { forms: [a, b] }) => ({
  shift,
  blocks: ofEach(copies, (c) =>
    blocks.map((block) => ({
      ...block,
      rows: block.rows.map((i) => i + c * a),
      columns: block.columns.map((i) => i + c * b),
    })),
  ),
});

const record = <Own>({ kind }: IntegerPrimitive<Own>, write: Write<Own>) => [kind, write as Write<unknown>] as const;

/** Of every other primitive, what it keeps is the same for all elements. */
const RECORDS = new Map([
  record(input, ofInput),
  record(max, ofGroups),
  record(argmax, ofGroups),
  record(locate, ofLocate),
  record(packed, ofBlocks),
]);

/** Lists of elements that form k of a step is, one behind the other: each holds those of all samples. */
export const listsIn = ({ kind }: Pick<IntegerStep, 'kind'>, k: number): number => (kind === select.kind ? k + 1 : 1);

export const ownOfCopies = ({ kind, own }: Pick<IntegerStep, 'kind' | 'own'>, copies: number, sizes: Sizes): unknown =>
  RECORDS.get(kind)?.(own, copies, sizes) ?? own;

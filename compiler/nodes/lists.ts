// Steps over groups of elements: the members are gathered first.
import { argmax } from '../primitives/argmax.js';
import { type StartsOwn, longestGroup } from '../primitives/groups.js';
import { half } from '../primitives/floors.js';
import { type LocateOwn, locate } from '../primitives/locate.js';
import { type PackedOwn, packed } from '../primitives/matmul.js';
import { max } from '../primitives/max.js';
import { type SortOwn, sort } from '../primitives/sort.js';
import type { InOnnx, OnnxNodes } from './nodes.js';

/** The members of every group as [groups, longest]; shorter groups repeat their last member, which never comes first. */
function groupedNodes(elements: string, starts: Int32Array, to: OnnxNodes): string {
  const [count, longest] = [starts.length - 1, longestGroup(starts)];
  const members = Int32Array.from({ length: count * longest }, (_, i) => {
    const g = Math.floor(i / longest);
    return Math.min(starts[g] + (i % longest), starts[g + 1] - 1);
  });
  return to.node('Gather', [elements, to.indices(members, [count, longest])]);
}

export const maxNodes: InOnnx<StartsOwn> = {
  of: max,
  nodes: ({ own: { starts } }, form, _, to) => [
    to.node('ReduceMax', [groupedNodes(form(0), starts, to)], { axes: [1], keepdims: 0 }),
  ],
};

export const argmaxNodes: InOnnx<StartsOwn> = {
  of: argmax,
  nodes: ({ own: { starts } }, form, _, to) => [
    to.toReal(to.node('ArgMax', [groupedNodes(form(0), starts, to)], { axis: 1, keepdims: 0 })),
  ],
};

export const sortNodes: InOnnx<SortOwn> = {
  of: sort,
  nodes({ forms: [{ map }], own: { of, first } }, form, _, to) {
    const shape = (dims: readonly number[]): string => to.toIndex(to.indices(dims, [dims.length]));
    const groups = map.size / of;
    const scaled = to.node('Mul', [to.node('Reshape', [form(0), shape([groups, of])]), to.scalar(of)]);
    const ranks = to.reals(Float64Array.from({ length: of }, (__, i) => of - 1 - i), [of]); // prettier-ignore
    const top = to.node('TopK', [to.node('Add', [scaled, ranks]), shape([first])], {}, 2);
    const keys = to.node('Reshape', [top, shape([groups * first])]);
    const values = to.node('Floor', [to.node('Div', [keys, to.scalar(of)])]);
    const rest = to.node('Sub', [keys, to.node('Mul', [values, to.scalar(of)])]);
    return [values, to.node('Sub', [to.scalar(of - 1), rest])];
  },
};

export const locateNodes: InOnnx<LocateOwn> = {
  of: locate,
  nodes({ own: { starts } }, write, _, to) {
    const index = starts.flatMap((list, i) => list.map(() => i));
    const least = starts.flat();
    const u = to.node('Gather', [write(0), to.indices(index, [index.length])]);
    return [to.toReal(to.node('GreaterOrEqual', [u, to.reals(least, [index.length])]))];
  },
};

export const matmulNodes: InOnnx<PackedOwn> = {
  of: packed,
  /** A MatMul for each block. */
  nodes({ own: { shift, blocks } }, form, [{ lo }], to) {
    const [a, b] = [form(0), form(1)];
    // prettier-ignore
    const sums = blocks.map(({ depth, rows, columns, first }) => {
      const [m, n] = [rows.length / depth, columns.length / depth];
      const turned = Int32Array.from(rows, (_, t) => rows[(t % m) * depth + Math.floor(t / m)]);
      const factors = [to.node('Gather', [b, to.indices(columns, [n, depth])]), to.node('Gather', [a, to.indices(turned, [depth, m])])]; // prettier-ignore
      const all = to.node('Reshape', [to.node('MatMul', factors), to.toIndex(to.indices([m * n], [1]))]);
      const met = Int32Array.from({ length: m * n }, (_, t) => t).filter((t) => t % m >= first[Math.floor(t / m)]);
      return met.length === m * n ? all : to.node('Gather', [all, to.indices(met, [met.length])]);
    });
    const all = to.node('Concat', sums, { axis: 0 });
    const rounded = to.node('Add', [
      to.node('Mul', [all, to.scalar(2 ** -shift)]),
      to.scalar(half(shift) / 2 ** shift),
    ]);
    return [to.node('Sub', [to.node('Floor', [rounded]), to.scalar(lo)])];
  },
};

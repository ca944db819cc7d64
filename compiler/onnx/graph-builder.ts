// Collects the steps of a Graph while operators are lowered. Constants are operands too, with negative ids: a primitive
// whose sources are all constant is evaluated on the spot, which is all that constant folding is.
import { applyArgmax, applyMax, applyTable } from '../evaluate.js';
import type { Step, Value, ValueId } from '../graph.js';
import { composeMaps, constantMap, type LinearMap, type LinearPart } from '../primitives/linear.js';
import type { PointFunction } from '../primitives/table.js';
import type { DType, Tensor } from '../tensor.js';

/** A tensor that an operator reads or gives: live (a value of the graph) or constant. */
export interface Operand {
  /** ValueId of a live operand; negative for a constant. */
  readonly id: ValueId;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The numbers of a constant; null for a live operand. */
  readonly constant: Float64Array | null;
  /** The reader gets the softmax over this axis beside it: see GraphOutput. */
  readonly softmax?: { readonly axis: number };
}

/** What a new value is called and where it comes from. */
export type Label = Pick<Value, 'name' | 'node' | 'operator'>;

export interface GraphBuilder {
  readonly values: Value[];
  readonly steps: Step[];
  constant(tensor: Tensor): Operand;
  input(label: Label, shape: readonly number[], dtype: DType): Operand;
  /** A map over live and constant operands. */
  linear(label: Label, map: LinearMap, shape: readonly number[], dtype: DType): Operand;
  table(label: Label, x: Operand, f: PointFunction): Operand;
  /** Groups of x's elements, as in the step 'max' or 'argmax'. */
  groups(
    label: Label,
    kind: 'max' | 'argmax',
    x: Operand,
    starts: Int32Array,
    members: Int32Array,
    shape: readonly number[],
  ): Operand;
  /** A live value of the same numbers: a constant becomes a step. */
  alive(label: Label, x: Operand): Operand;
}

export function graphBuilder(): GraphBuilder {
  const values: Value[] = [];
  const steps: Step[] = [];
  const constants: Float64Array[] = [];

  const constant = ({ shape, dtype, data }: Tensor): Operand => ({
    id: -constants.push(data),
    shape,
    dtype,
    constant: data,
  });
  const live = (label: Label, shape: readonly number[], dtype: DType): Operand => {
    const id = values.push({ name: label.name, shape, dtype, node: label.node, operator: label.operator }) - 1;
    return { id, shape, dtype, constant: null };
  };
  const linear: GraphBuilder['linear'] = (label, map, shape, dtype) => {
    const known = map.parts
      .filter(({ from }) => from < 0)
      .map(({ from }) => [from, constantMap(constants[-1 - from])] as const);
    const folded = known.length === 0 ? map : composeMaps(map, new Map(known));
    const parts = folded.parts.filter(hasTerms);
    if (parts.length === 0) return constant({ shape, dtype, data: folded.bias });
    const y = live(label, shape, dtype);
    steps.push({ kind: 'linear', out: y.id, map: { ...folded, parts } });
    return y;
  };
  return {
    values,
    steps,
    constant,
    linear,
    input(label, shape, dtype) {
      const x = live(label, shape, dtype);
      steps.push({ kind: 'input', out: x.id });
      return x;
    },
    table(label, x, f) {
      if (x.constant !== null) return constant({ ...x, data: applyTable(f, x.constant) });
      const y = live(label, x.shape, x.dtype);
      steps.push({ kind: 'table', out: y.id, x: x.id, f });
      return y;
    },
    groups(label, kind, x, starts, members, shape) {
      const dtype = kind === 'max' ? x.dtype : 'int64';
      if (x.constant !== null)
        return constant({ shape, dtype, data: (kind === 'max' ? applyMax : applyArgmax)(x.constant, starts, members) });
      const y = live(label, shape, dtype);
      steps.push({ kind, out: y.id, x: x.id, starts, members });
      return y;
    },
    alive(label, x) {
      if (x.constant === null) return x;
      const y = live(label, x.shape, x.dtype);
      steps.push({ kind: 'linear', out: y.id, map: constantMap(x.constant) });
      return y;
    },
  };
}

const hasTerms = ({ kernel, kernels }: LinearPart): boolean => kernel.some((id) => kernels[id].length > 0);

// Collects the steps of a Graph while operators are lowered. Constants are operands too, with negative ids: a primitive
// whose sources are all constant is evaluated on the spot, and that is all there is to constant folding.
import { InferproofError } from '../../verifier/errors.js';
import { composeMaps } from '../linear/compose.js';
import { constantMap, isFiniteMap, positioned, type LinearMap, type LinearPart } from '../linear/map.js';
import { realInput } from '../primitives/input.js';
import { linear as linearPrimitive } from '../primitives/linear.js';
import type { RealPrimitive } from '../primitives/real.js';
import type { RealStep, Value, ValueId } from '../primitives/steps.js';
import type { DType, Tensor } from '../tensor.js';

/** A tensor that an operator reads or produces: live (a value of the graph) or constant. */
export interface Operand {
  /** ValueId of a live operand; negative for a constant. */
  readonly id: ValueId;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The numbers of a constant; null for a live operand. */
  readonly constant: Float64Array | null;
  /** The reader gets the softmax over this axis as well: see GraphOutput. */
  readonly softmax?: { readonly axis: number };
}

/** What a new value is called and where it comes from. */
export type Label = Pick<Value, 'name' | 'node' | 'operator'>;

/** Shape and type of what a step gives. */
export type Typed = Pick<Tensor, 'shape' | 'dtype'>;

export interface GraphBuilder {
  readonly values: Value[];
  readonly steps: RealStep[];
  constant(tensor: Tensor): Operand;
  input(label: Label, shape: readonly number[], dtype: DType): Operand;
  /** A map over live and constant operands, by their ids. */
  linear(label: Label, map: LinearMap, shape: readonly number[], dtype: DType): Operand;
  /** A step of any primitive over operands, one value per entry of `outs`. */
  step<Own>(
    label: Label,
    primitive: RealPrimitive<Own>,
    sources: readonly Operand[],
    own: Own,
    outs: readonly Typed[],
  ): readonly Operand[];
  /** A live value of the same numbers: a constant becomes a step. */
  alive(label: Label, x: Operand): Operand;
}

export function graphBuilder(): GraphBuilder {
  const values: Value[] = [];
  const steps: RealStep[] = [];
  const constants: Float64Array[] = [];

  const constant = ({ shape, dtype, data }: Tensor): Operand => ({
    id: -constants.push(data),
    shape,
    dtype,
    constant: data,
  });
  const write = <Own>(
    { name, node, operator }: Label,
    { kind }: RealPrimitive<Own>,
    sources: readonly ValueId[],
    own: Own,
    outs: readonly Typed[],
  ): readonly Operand[] => {
    const operands = outs.map(({ shape, dtype }): Operand => {
      const id = values.push({ name, shape, dtype, node, operator }) - 1;
      return { id, shape, dtype, constant: null };
    });
    steps.push({ kind, sources, outs: operands.map(({ id }) => id), own });
    return operands;
  };
  const writeMap = (label: Label, sources: readonly ValueId[], map: LinearMap, out: Typed): Operand => {
    if (!isFiniteMap(map))
      throw new InferproofError('unsupported', 'expected finite coefficients, got NaN or infinity', {
        where: label.name,
        hint: 'look for infinite weights or a division by zero',
      });
    return write(label, linearPrimitive, sources, { map }, [out])[0];
  };
  const alive: GraphBuilder['alive'] = (label, x) =>
    x.constant === null ? x : writeMap(label, [], constantMap(x.constant), x);
  return {
    values,
    steps,
    constant,
    alive,
    input: (label, shape, dtype) => write(label, realInput, [], {}, [{ shape, dtype }])[0],
    linear(label, map, shape, dtype) {
      const known = map.parts
        .filter(({ from }) => from < 0)
        .map(({ from }) => [from, constantMap(constants[-1 - from])] as const);
      const folded = known.length === 0 ? map : composeMaps(map, new Map(known));
      const live = positioned({ ...folded, parts: folded.parts.filter(hasTerms) });
      if (live.sources.length === 0) return constant({ shape, dtype, data: folded.bias });
      return writeMap(label, live.sources, live.map, { shape, dtype });
    },
    step(label, primitive, sources, own, outs) {
      const known = sources.flatMap((x) => (x.constant === null ? [] : [x.constant]));
      if (known.length === sources.length)
        return primitive.evaluate(own, known).map((data, k) => constant({ ...outs[k], data }));
      const live = sources.map((x) => alive(label, x));
      return write(label, primitive, live.map(({ id }) => id), own, outs); // prettier-ignore
    },
  };
}

const hasTerms = ({ kernel, kernels }: LinearPart): boolean => kernel.some((id) => kernels[id].length > 0);

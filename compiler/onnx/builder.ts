// Collects the steps of a Graph while operators are lowered. Constants are operands too, with negative ids: a primitive
// whose sources are all constant is evaluated on the spot, in the arithmetic of its type, and that is all there is to constant
// folding.
import { composeMaps } from '../linear/compose.js';
import { constantMap, positioned, type LinearMap, type LinearPart, type Source } from '../linear/map.js';
import { realInput } from '../recipes/input.js';
import { linear as linearPrimitive } from '../recipes/linear.js';
import type { RealPrimitive } from '../recipes/real.js';
import type { RealStep, Value, ValueId } from '../recipes/values.js';
import type { DType, Tensor } from '../tensor.js';
import { checkCoefficients, exact, foldMap, inType } from './arithmetic.js';

/** A tensor that an operator reads or produces: live (a value of the graph) or constant. */
export interface Operand {
  /** ValueId of a live operand; negative for a constant. */
  readonly id: ValueId;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The numbers of a constant; null for a live operand. */
  readonly constant: Float64Array | null;
}

/** What a new value is called and where it comes from. */
export type Label = Pick<Value, 'name' | 'node' | 'operator' | 'group'>;

/** Shape and type of what a step gives. */
export type Typed = Pick<Tensor, 'shape' | 'dtype'>;

export interface GraphBuilder {
  readonly values: Value[];
  readonly steps: RealStep[];
  constant(tensor: Tensor): Operand;
  input(label: Label, shape: readonly number[], dtype: DType): Operand;
  /** A map over live and constant operands, by their ids. Throws 'unsupported' where the type cannot hold what it computes. */
  linear(label: Label, map: LinearMap, shape: readonly number[], dtype: DType): Operand;
  /** A step of any primitive over operands, one value per entry of `outs`. */
  step<Own>(
    label: Label,
    primitive: RealPrimitive<Own>,
    sources: readonly Operand[],
    own: Own,
    outs: readonly Typed[],
  ): readonly Operand[];
  /** A live value of the same numbers: a constant becomes a step. Throws as `linear`. */
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
    { name, node, operator, group }: Label,
    { kind }: RealPrimitive<Own>,
    sources: readonly ValueId[],
    own: Own,
    outs: readonly Typed[],
  ): readonly Operand[] => {
    const operands = outs.map(({ shape, dtype }): Operand => {
      const id = values.push({ name, shape, dtype, node, operator, ...(group && { group }) }) - 1;
      return { id, shape, dtype, constant: null };
    });
    steps.push({ kind, sources, outs: operands.map(({ id }) => id), own });
    return operands;
  };
  const writeMap = (label: Label, map: LinearMap, out: Typed): Operand => {
    checkCoefficients(out.dtype, map);
    const live = positioned(map);
    return write(label, linearPrimitive, live.sources, { map: live.map }, [out])[0];
  };
  const alive: GraphBuilder['alive'] = (label, x) =>
    x.constant === null ? x : writeMap(label, constantMap(x.constant), x);
  return {
    values,
    steps,
    constant,
    alive,
    input: (label, shape, dtype) => write(label, realInput, [], {}, [{ shape, dtype }])[0],
    linear(label, whole, shape, dtype) {
      const map = { ...whole, parts: whole.parts.filter(hasTerms) };
      const known = map.parts.map(({ from }) => from).filter((from) => from < 0);
      const of = (from: Source): Float64Array => constants[-1 - from];
      if (known.length === map.parts.length) return constant({ shape, dtype, data: foldMap(dtype, map, of) });
      const folded =
        known.length === 0 ? map : composeMaps(map, new Map(known.map((from) => [from, constantMap(of(from))])));
      return writeMap(label, folded, { shape, dtype });
    },
    step(label, primitive, sources, own, outs) {
      const known = sources.flatMap((x) => (x.constant === null ? [] : [x.constant]));
      if (known.length === sources.length) {
        const results = primitive.evaluate(own, sources.map(({ dtype }, i) => exact({ dtype, data: known[i] }))); // prettier-ignore
        return results.map((data, k) => constant({ ...outs[k], data: inType(outs[k].dtype, data) }));
      }
      const live = sources.map((x) => alive(label, x));
      return write(label, primitive, live.map(({ id }) => id), own, outs); // prettier-ignore
    },
  };
}

const hasTerms = ({ kernel, kernels }: LinearPart): boolean => kernel.some((id) => kernels[id].length > 0);

// The record of a real primitive: what an operator is written in. A step reads values, defines values and keeps plain data of
// its own; everything that may be asked of it is in the record of its kind.
import type { Interval, Intervals } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import type { GroupsOwn } from './groups.js';
import type { Argument, CircuitTensor, Codec, IntegerForm, IntegerStep, TensorId } from '../primitives/steps.js';
import type { RealStep, Value, ValueId } from './values.js';
import type { Term } from './formula.js';
import type { NamedFunction } from './functions.js';

/** Throws for a broken invariant: what was expected. */
export type Fail = (expected: string) => never;

/** Elements of a step's sources and results. */
export interface Sizes {
  readonly sources: readonly number[];
  readonly outs: readonly number[];
}

/** The integers of a model that brings its own: int = rint(f32(x / scale)) + zero, saturated to [lo, hi]. */
export interface InputGrid {
  readonly scale: number;
  readonly zero: number;
  readonly lo: number;
  readonly hi: number;
}

export interface RealPrimitive<Own = unknown> {
  readonly kind: string;
  check(step: RealStep<Own>, sizes: Sizes, fail: Fail): void;
  /** The real meaning, in float64: every result from every source. */
  evaluate(own: Own, sources: readonly Float64Array[]): readonly Float64Array[];
  readonly codec: Codec<Own>;
  /** Writes integer steps, and gives every value of `outs` a tensor or a map over tensors. */
  plan(step: RealStep<Own>, to: Planner): void;
  /** The whole meaning as a map over the sources' positions; such steps compose. */
  map?(own: Own): LinearMap;
  /** The record's step of the same meaning for a composed map, over other sources. */
  withMap?(map: LinearMap): Own;
  /** What every element is of the elements at its place in the sources, which `of` numbers by position; null where they differ. */
  pointwise?(own: Own): Term<NamedFunction> | null;
  /** Elementwise in its one source, and the result never falls: what it is over maxima of groups of it; null where it differs in a group. */
  overMaxima?(own: Own, groups: GroupsOwn): Own | null;
  /** The groups of its source whose maxima it gives. */
  maxima?(own: Own): GroupsOwn;
  /** The elements of its source that its form reads, where that may be more than each once. */
  reads?(own: Own): Int32Array;
  /** It compares the elements of its only source with constants, and does nothing else with them. */
  readonly ordersSource?: true;
  /** Its first value is in order, so that which element is greatest says nothing. */
  readonly isOrdered?: true;
  /** Its values are numbers in steps of a scale, though their type is one of integers. */
  readonly givesSteps?: true;
  /** The step of its source that is fine enough for a result of so many bits, whatever its range. */
  enough?(bits: number): number;
  /** The grid that it rounds its source to, before anything else, if there is one: an input that all of its readers round alike is held on it. */
  grid?(own: Own): InputGrid | null;
  /** Its value is the model's input. */
  readonly isInput?: true;
  /** How many places its only source names one of. */
  places?(own: Own): number;
  /** Its results are rounded to a scale, so calibration records what data shows of them. */
  readonly rounds?: true;
  /** So are its sources. */
  readonly roundsSources?: true;
  /** What its only source may saturate at from below, on these values, without a change of its results. */
  saturates?(own: Own, source: Float64Array): number;
}

/** By the mathematics of its step the integers of a group, none below 0, add up to no more than `most`: completeness alone rests on it. */
export interface Totals {
  /** The group of each element. */
  readonly groups: Int32Array;
  readonly most: number;
}

/** What a tensor that a step defines will be. */
export interface TensorPlan extends Pick<
  CircuitTensor,
  'lo' | 'hi' | 'scale' | 'zero' | 'ball' | 'encoding' | 'columns'
> {
  /** The graph value whose name, node and shape it takes. */
  readonly of: ValueId;
  /** False where its reals are not those of the value. */
  readonly holds?: boolean;
  /** The reals that data showed of one that does not hold its value: rounded weights are judged by these. */
  readonly usual?: Interval | undefined;
  readonly totals?: Totals | undefined;
  /** A name other than the value's. */
  readonly name?: string;
  readonly axis?: number | null;
  /** A shape other than the value's, where the tensor does not hold it. */
  readonly shape?: readonly number[];
}

/** A form that is exact in a unit of its own: real = scale * (lo + acc - zero), acc in [0, accHi]. */
export interface ExactForm {
  readonly scale: number;
  readonly zero: number;
  readonly lo: number;
  readonly form: IntegerForm;
}

/** The form of a rescale: u = f(floor((acc + half) / 2^shift)). */
export interface RescaledForm {
  readonly shift: number;
  readonly form: IntegerForm;
}

export interface RescaleOptions {
  /** Without a shift where the weights are whole: a table is asked for the form itself. */
  readonly asKeys?: boolean;
  /** Bits by which the steps are finer than a result needs: rounded weights may move it by as many more of them. */
  readonly finer?: number;
}

/** What a primitive may ask and do as it chooses integers; it hides scales, intervals and the precision of weights. */
export interface Planner {
  readonly argument: Argument;
  /** Bits of a limb, which a row bounds, in the lookup argument; null in `plain`. */
  readonly rangeBits: number | null;
  /** Bits of a value that is rounded to a scale. */
  bits(of: ValueId): number;
  value(id: ValueId): Value;
  /**
   * What data showed of a value; null: its worst case counts.
   * @param among of these elements, as far as their own sources tell
   */
  seen(id: ValueId, among?: Int32Array): Interval | null;
  /** Whether a linear value was not composed with the linear step that reads it: then it needs wires of its own. */
  isRead(id: ValueId): boolean;
  /** Whether a linear step adds up several elements of a value. */
  isMixed(id: ValueId): boolean;
  /** The elements of a value that something reads: 1 for each. */
  read(id: ValueId): Uint8Array;
  /** The step that is fine enough for all that read a value; null: as its range asks for. */
  enough(id: ValueId): number | null;
  /**
   * Whether a bend may be a line and a Relu, a x + (1 - a) relu(x): no table, and what reads it reads the line through to its sources,
   * which the plan allows and which takes few terms.
   */
  splits(id: ValueId, map: LinearMap): boolean;
  /** A value as a map over tensors, in reals: exact, nothing is rounded. */
  map(id: ValueId): LinearMap;
  /** The reals that a map over tensors can reach. */
  reach(map: LinearMap): Interval;
  /** Those of each element. */
  reaches(map: LinearMap): Intervals;
  tensor(id: TensorId): CircuitTensor;
  /** How far apart its integers usually are. */
  usualWidth(id: TensorId): number;
  /** Null where nothing is known of the sums of its elements. */
  totals(id: TensorId): Totals | null;
  /** Scale, zero and range of a graph input. */
  input(id: ValueId): TensorPlan;
  /**
   * A form with no rescale after it: one unit, in which every element is precise.
   * Throws 'unbounded' where its interval exceeds what is exact, or where no unit is precise.
   * @param isOutput no step reads it, so it may be as wide as it has to
   */
  exact(map: LinearMap, at: ValueId, isOutput?: boolean): ExactForm;
  /**
   * The grid that holds all that a map takes, in steps of `step` from `rest`; where none does, `isExact` is false and a step what one
   * step of a source can add.
   */
  grid(map: LinearMap): { readonly step: number; readonly rest: number; readonly isExact: boolean };
  /**
   * The form whose values are those of a map of whole numbers, whatever they are stored as. Throws as `exact`, and 'internal' for a map
   * of others.
   */
  whole(map: LinearMap, at: ValueId): IntegerForm;
  /**
   * A form whose sign is that of the value, acc >= 0 where it is, or one that is 0 exactly where the value is; each element in a unit
   * of its own. Throws as `exact`, and 'unsupported' where weights would have to be rounded for a zero; where its interval is away
   * from 0, the form is a constant instead.
   */
  decided(map: LinearMap, about: 'sign' | 'zero', at: ValueId): IntegerForm;
  /**
   * real = scale * acc with |acc| < 2^bits: a form that a live value multiplies, precise enough for a result of the usual bits. Null
   * where those bits do not suffice.
   */
  factor(map: LinearMap, bits: number): { readonly scale: number; readonly form: IntegerForm } | null;
  /**
   * acc = 2^shift (real / scale - low): the form of a rescale to steps of `scale` above the number `low`, its shift the choice of the
   * argument's policy. Throws 'unbounded' where it exceeds what is exact, or where no shift makes the weights precise.
   */
  rescaled(map: LinearMap, scale: number, low: number, at: ValueId, options?: RescaleOptions): RescaledForm;
  /** The map over narrower tensors in place of wide ones, each narrowed once; null where it reads none. */
  narrowed(map: LinearMap, at: ValueId): LinearMap | null;
  /** Throws 'unbounded' at the node of `at` for a magnitude of 2^bits or more. */
  bounded(magnitude: number, bits: number, what: string, at: ValueId): void;
  /** Throws 'unsupported' at the node of `at`. */
  refuse(reason: string, hint: string, at: ValueId): never;
  /** Adds a step that defines new tensors. */
  emit(step: Pick<IntegerStep, 'kind' | 'forms' | 'own'>, tensors: readonly TensorPlan[]): TensorId[];
  /** Says what a value is: a tensor, or a map over tensors. */
  define(id: ValueId, as: TensorId | LinearMap): void;
}

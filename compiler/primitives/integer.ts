// The record of an integer primitive: what is proved. A step takes linear forms of earlier tensors through gadgets to new
// tensors; everything that may be asked of it is in the record of its kind.
import type { Refuse } from '../linear/check.js';
import type { Interval } from '../linear/intervals.js';
import type { Gadget } from './gadget.js';
import type { CircuitTensor, Codec, IntegerForm, IntegerStep, TensorId } from './steps.js';
import type { Tables, Wants } from './tables.js';

/**
 * What a port of instance i reads. Element at[i] of a form or of a tensor that the step defines, i itself without `at`; `mirror`
 * minus it, or it less `above`, where that is given. A negative at[i] is a signal of the earlier instance -1 - at[i] of the same use.
 */
export type Port =
  | { readonly form: number; readonly at?: Int32Array; readonly signal?: number }
  | { readonly tensor: number; readonly at?: Int32Array; readonly mirror?: number; readonly above?: number };

/** Where an output signal of instance i goes: element at[i] (i without `at`) of tensor outs[tensor]; -1: a wire of its own. */
export interface Spread {
  readonly tensor: number;
  readonly at?: Int32Array;
}

/** The instances of one gadget in a step, and their wiring. */
export interface Use {
  readonly gadget: Gadget;
  readonly count: number;
  /** One per port of the gadget. */
  readonly ports: readonly Port[];
  /** One per output of the gadget. */
  readonly outputs: readonly Spread[];
}

/** A bound that soundness or exactness needs: reach < below. */
export interface Need {
  readonly what: string;
  readonly reach: number;
  readonly below: number;
}

/** A gadget that a step may take in the lookup argument, as the cost model sees it. */
export interface Offer {
  readonly variant: string;
  /** Rows of all elements, tables not counted. */
  readonly rows: number;
  /** The table that it shares with all steps of one key, over the hull of their intervals. */
  readonly table: { readonly key: string; readonly lo: number; readonly hi: number } | null;
  /** Rows of tables that it brings along, whatever else uses them. */
  readonly brings: number;
}

/** The gadgets of a step in bits. Rows are gadget.rows * count. */
export interface PlainRows<Own> {
  /** Why there are none for this step; null where there are. */
  refusal?(step: IntegerStep<Own>): string | null;
  uses(step: IntegerStep<Own>, outs: readonly CircuitTensor[]): readonly Use[];
}

/** The gadgets of a step by look-ups. */
export interface LookupRows<Own> {
  /** Gadgets that the cost model may choose between; the first one is the default. */
  offers?(step: IntegerStep<Own>, outs: readonly CircuitTensor[], rangeBits: number): readonly Offer[];
  /** Tables that must be known before any step takes its gadgets: functions by key, and ranges that are exact. */
  wants?(step: IntegerStep<Own>, outs: readonly CircuitTensor[], wants: Wants): void;
  uses(step: IntegerStep<Own>, outs: readonly CircuitTensor[], tables: Tables): readonly Use[];
}

export interface IntegerPrimitive<Own = unknown> {
  readonly kind: string;
  /** The prover chooses its tensor. */
  readonly isInput?: true;
  /** Its tensors are its forms themselves and take no wires; only outputs are. */
  readonly isExact?: true;
  /** Native integers: the values of every form to the stored values of every tensor; exact below 2^53. Inputs have none. */
  evaluate(
    step: IntegerStep<Own>,
    acc: readonly Float64Array[],
    outs: readonly CircuitTensor[],
  ): readonly Float64Array[];
  /** Sizes and own data fit together; calls `refuse` with the path inside the step. */
  check(step: IntegerStep<Own>, outs: readonly CircuitTensor[], refuse: Refuse): void;
  /** The stored values that the rows allow (null: whatever the tensor says), and every bound that they rest on. */
  bounds(
    step: IntegerStep<Own>,
    outs: readonly CircuitTensor[],
  ): { readonly outs: readonly (Interval | null)[]; readonly needs: readonly Need[] };
  readonly codec: Codec<Own>;
  readonly plain: PlainRows<Own>;
  readonly lookup: LookupRows<Own>;
  /** The elements of its tensor whose range none of its own rows proves: a later step of the circuit has to. */
  leaves?(step: IntegerStep<Own>): readonly number[];
  /** The elements of earlier tensors whose stored value its rows prove to be in [0, below). */
  proves?(step: IntegerStep<Own>): readonly Proved[];
  /** The forms whose product its only tensor is, element by element, stored above its least value: what bounds its readers. */
  factors?(step: IntegerStep<Own>): readonly [IntegerForm, IntegerForm];
  /** Of each so many consecutive elements of its only tensor one at most is not 0, and its rows prove it: what bounds its readers. */
  oneOf?(step: IntegerStep<Own>): number;
  /** For the report: the bits that a rescale drops. */
  shift?(step: IntegerStep<Own>): number;
}

/** An element that a step shows to be in [0, below). */
export interface Proved {
  readonly tensor: TensorId;
  readonly element: number;
  readonly below: number;
}

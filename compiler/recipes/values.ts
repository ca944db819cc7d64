// Values and steps over the reals: what operators are lowered to.
import type { Interval } from '../linear/intervals.js';
import type { DType } from '../tensor.js';

/** Index into `Graph.values`. */
export type ValueId = number;

export interface Value {
  /** Name of the ONNX tensor that this value is, or stands closest to. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** ONNX node that the value comes from (its name, or `Op#index` when it has none), and its operator; inputs: 'input'. */
  readonly node: string;
  readonly operator: string;
  /** What it shares a scale with; none: a scale of its own. */
  readonly group?: ValueGroup | undefined;
}

/**
 * Values of one role, the time steps of a gate or of a recurrent state: they get one scale, from what data showed of all of
 * them, so that their functions are one table.
 */
export interface ValueGroup {
  readonly name: string;
  /** What all of them lie in by their meaning, as a sigmoid in [0, 1]: their scale is then a power of two. Null: as data shows. */
  readonly within: Interval | null;
  /** Bits beyond the usual ones: of a state, whose roundings are carried on. */
  readonly finer: number;
}

/** How the place of a refused model is written. */
export const placeOf = ({ node, operator }: Pick<Value, 'node' | 'operator'>): string => `${node} (${operator})`;

/** One primitive over the reals. Values are defined before they are used; `own` names a source by its position. */
export interface RealStep<Own = unknown> {
  readonly kind: string;
  readonly sources: readonly ValueId[];
  readonly outs: readonly ValueId[];
  readonly own: Own;
}

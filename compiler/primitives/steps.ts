// The data of circuits: tensors, forms and steps over the integers.
//
// Every tensor is held *stored*: u = int - lo, 0 <= u <= hi - lo, because a negative value is a full-size field
// element. All forms read and write stored values; ints and reals appear at the border: real = scale * (u + lo - zero).
import type { Columns } from '../../verifier/words.js';
import { fieldsOf, type Place } from '../json.js';
import type { Interval } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';

/** Index into `Circuit.tensors`. */
export type TensorId = number;

export type Argument = 'plain' | 'lookup';

export interface CircuitTensor {
  /** The value of the lowered graph whose reals it holds; null for one that the graph does not have. */
  readonly value: number | null;
  /** The ONNX tensor it stands for; node and operator that made it ('input' for inputs). */
  readonly name: string;
  readonly node: string;
  readonly operator: string;
  readonly shape: readonly number[];
  /** The int can be any of [lo, hi]: what the rows allow, proved by intervals, not what data showed. */
  readonly lo: number;
  readonly hi: number;
  /** real = scale * (int - zero); arrays run along `axis`. */
  readonly scale: number | readonly number[];
  readonly zero: number | readonly number[];
  readonly axis: number | null;
  /** The ints are float32 numbers in their order (verifier/ordered.ts); scale 1 and zero 0 mean nothing then. Of inputs alone. */
  readonly encoding?: 'float32';
  /** Each column has a range of its own within [lo, hi], which the input's rows prove. Of inputs of integers alone. */
  readonly columns?: Columns;
  /**
   * What the mathematics of its step says of groups of `size` consecutive elements: sum (int - zero)^2 <= radius^2. No gadget proves
   * it: bounds on which soundness rests take [lo, hi], and were it wrong a proof would be missing, never false.
   */
  readonly ball?: { readonly size: number; readonly radius: number };
}

/** acc = bias[o] + sum c * u, integers throughout, in [accLo, accHi] for every u that the rows allow; `from` is a TensorId. */
export interface IntegerForm {
  readonly map: LinearMap;
  readonly accLo: number;
  readonly accHi: number;
  /** What it reaches by the balls of its tensors, where that is less: which keys a table has, not what keeps it from wrapping round. */
  readonly within?: Interval;
}

/** One primitive over the integers. */
export interface IntegerStep<Own = unknown> {
  readonly kind: string;
  /** The tensors that it defines. */
  readonly outs: readonly TensorId[];
  readonly forms: readonly IntegerForm[];
  /** Which of the gadgets that its primitive offers in the lookup argument it takes; null where there is no choice. */
  readonly variant: string | null;
  readonly own: Own;
}

/** How the fields of a step's own data are written in a file. */
export interface Codec<Own> {
  encode(own: Own): object;
  /** Throws 'format' for anything that `encode` does not write. */
  decode(place: Place): Own;
}

/** The data of a step that keeps none of its own. */
export type Nothing = Readonly<Record<string, never>>;

export const nothing: Codec<Nothing> = {
  encode: () => ({}),
  decode: (place) => {
    fieldsOf(place, []);
    return {};
  },
};

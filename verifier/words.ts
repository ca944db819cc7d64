// Public words: how the integers of public tensors become field elements and back.
// A tensor with integers in [lo, hi] is written as chunks u = v - lo, 0 <= u <= hi - lo < 2^bits; chunk i of a word stands
// at bit bits·i, floor(248 / bits) chunks per word, no word is shared by two tensors. So a word is an integer below
// 2^248 < r and decoding is unique. Nothing is ever masked away: a bit outside the layout is a refusal.
import { innerSize, type Read } from './functions.js';

export const DECISION_RULES = ['argmax', 'argmin', 'sign', 'none'] as const;

/** What people read from an output: the place of the first greatest or least value along an axis, the sign of each value, or nothing. */
export interface Decision {
  readonly rule: (typeof DECISION_RULES)[number];
  /** Of argmax and argmin; else null. */
  readonly axis: number | null;
}

/** Names of what an output says, which keys of 0.2.0 and before do not have. */
export interface Labels {
  readonly names: readonly string[];
  /** null: the output is of strings, and its integers are places in `names`; else the places along this axis have the names. */
  readonly axis: number | null;
}

/** The ranges of a tensor's columns: the least and greatest integer at each index of an axis, all of [lo, hi] together. */
export interface Columns {
  readonly axis: number;
  readonly ends: readonly (readonly [lo: number, hi: number])[];
}

/** A public tensor as the key declares it: real = scale·(int - zero). */
export interface PublicTensor {
  /** ONNX name of the input or output. */
  readonly name: string;
  readonly role: 'input' | 'output';
  /** Static, every dimension at least 1; [] is a scalar. */
  readonly shape: readonly number[];
  /** Least and greatest integer that the circuit allows, |.| < 2^53. */
  readonly lo: number;
  readonly hi: number;
  /** Width of a chunk: a multiple of 8 in [8, 248] with hi - lo < 2^bits. */
  readonly bits: number;
  /** Positive; a number, or one for each index of `axis`. */
  readonly scale: number | readonly number[];
  /** Any real; a number, or one for each index of `axis`. */
  readonly zero: number | readonly number[];
  /** Axis along which scale and zero vary; null when both are numbers. */
  readonly axis: number | null;
  /** The integers are float32 numbers in their order (ordered.ts): scale is 1, zero 0, and neither says anything. */
  readonly encoding?: 'float32';
  /** Of an input of integers whose columns have ranges of their own. */
  readonly columns?: Columns;
  /** The ONNX output is the softmax over this axis of what is proved (the logits). */
  readonly softmax: { readonly axis: number } | null;
  /** The ONNX output is this function, no softmax, of what is proved. */
  readonly read?: Read;
  /** What the output decides; keys of 0.1.0 do not say it. Nothing computes with it. */
  readonly decision?: Decision;
  readonly labels?: Labels;
}

/** The function that makes the ONNX output of what is proved; null where they are the same. */
export const readOf = ({ softmax, read }: Pick<PublicTensor, 'softmax' | 'read'>): Read | null =>
  softmax ? { function: 'softmax', ...softmax } : (read ?? null);

/** Whether names can be those of the output's integers, or of its places along an axis. */
export const fitsLabels = (
  { role, shape, lo, scale, zero }: Pick<PublicTensor, 'role' | 'shape' | 'lo' | 'scale' | 'zero'>,
  { names, axis }: Labels,
): boolean =>
  role === 'output' &&
  (axis === null ? names.length > 0 && lo >= 0 && scale === 1 && zero === 0 : names.length === shape[axis]);

/** Whether ranges can be those of a tensor's columns: one for each index of the axis, which together reach from lo to hi. */
export const fitsColumns = (
  { shape, lo, hi }: Pick<PublicTensor, 'shape' | 'lo' | 'hi'>,
  { axis, ends }: Columns,
): boolean =>
  ends.length === shape[axis] &&
  ends.every(([least, most]) => least <= most) &&
  ends.reduce((least, [end]) => Math.min(least, end), Infinity) === lo &&
  ends.reduce((most, [, end]) => Math.max(most, end), -Infinity) === hi;

/**
 * The least and greatest integer that each element can be, by its row-major index.
 * @example
 * ```ts
 * const [lo, hi] = rangeOfElement(vkey.publics[0])(0);
 * ```
 */
export function rangeOfElement({
  shape,
  lo,
  hi,
  columns,
}: Pick<PublicTensor, 'shape' | 'lo' | 'hi' | 'columns'>): (i: number) => readonly [lo: number, hi: number] {
  const all = [lo, hi] as const;
  if (!columns) return () => all;
  const { axis, ends } = columns;
  const step = innerSize(shape, axis);
  return (i) => ends[Math.floor(i / step) % ends.length];
}

const WORD_BITS = 248;
type Layout = Pick<PublicTensor, 'shape' | 'bits'>;

/** Elements of a tensor: the product of its dimensions, 1 for a scalar. */
export const elementCount = ({ shape }: Pick<PublicTensor, 'shape'>): number => shape.reduce((n, d) => n * d, 1);

/** Chunks that a full word holds. */
export const chunksPerWord = ({ bits }: Pick<PublicTensor, 'bits'>): number => Math.floor(WORD_BITS / bits);

/**
 * Words that the tensor takes.
 * @example
 * ```ts
 * wordCount({ shape: [1, 784], bits: 8 }); // → 26
 * ```
 */
export const wordCount = (tensor: Layout): number => Math.ceil(elementCount(tensor) / chunksPerWord(tensor));

/**
 * The words of all tensors, in their order.
 * @param ints row-major integers of each tensor, in the range of each element. Throws RangeError for a wrong count or value.
 * @example
 * ```ts
 * packWords([{ ...vkey.publics[0], lo: 0, hi: 255, bits: 8 }], [[1, 2, 3, 4]]); // → [ 67305985n ]
 * ```
 */
export function packWords(tensors: readonly PublicTensor[], ints: readonly ArrayLike<number>[]): bigint[] {
  const words: bigint[] = [];
  tensors.forEach((tensor, t) => {
    const { name, lo, bits } = tensor;
    const rangeOf = rangeOfElement(tensor);
    const values = ints[t] ?? [];
    const n = elementCount(tensor);
    if (values.length !== n) throw new RangeError(`${name}: expected ${n} integers, got ${values.length}`);
    for (let at = 0; at < n; at += chunksPerWord(tensor)) {
      let word = 0n;
      for (let i = Math.min(at + chunksPerWord(tensor), n) - 1; i >= at; i--) {
        const v = values[i];
        const [least, most] = rangeOf(i);
        if (!Number.isInteger(v) || v < least || v > most)
          throw new RangeError(`${name}[${i}]: expected an integer in [${least}, ${most}], got ${v}`);
        word = (word << BigInt(bits)) | (BigInt(v) - BigInt(lo));
      }
      words.push(word);
    }
  });
  return words;
}

/**
 * The integers of each tensor, row-major, or null when the words are not what `packWords` writes: too many or too few, a
 * chunk above hi - lo or outside its column's range, a bit beyond the last chunk.
 * @example
 * ```ts
 * unpackWords([{ ...vkey.publics[0], lo: 0, hi: 255, bits: 8 }], [67305985n]); // → [ [ 1, 2, 3, 4 ] ]
 * ```
 */
export function unpackWords(tensors: readonly PublicTensor[], words: readonly bigint[]): number[][] | null {
  let next = 0;
  const all: number[][] = [];
  for (const tensor of tensors) {
    const lo = BigInt(tensor.lo);
    const span = BigInt(tensor.hi) - lo;
    const width = BigInt(tensor.bits);
    const mask = (1n << width) - 1n;
    const rangeOf = tensor.columns && rangeOfElement(tensor);
    const ints: number[] = [];
    for (let left = elementCount(tensor); left > 0; next++) {
      if (next >= words.length) return null;
      let word = words[next];
      for (let i = chunksPerWord(tensor); i > 0 && left > 0; i--, left--) {
        const chunk = word & mask;
        if (chunk > span) return null;
        const int = Number(lo + chunk);
        if (rangeOf) {
          const [least, most] = rangeOf(ints.length);
          if (int < least || int > most) return null;
        }
        ints.push(int);
        word >>= width;
      }
      if (word !== 0n) return null;
    }
    all.push(ints);
  }
  return next === words.length ? all : null;
}

// From real values to the words of a key's inputs: what a prover makes of the same values, so that whoever asks for an answer can say in
// words what is asked.
import { InferproofError } from './errors.js';
import { innerSize } from './functions.js';
import { orderOf } from './ordered.js';
import { elementCount, packWords, rangeOfElement, type PublicTensor } from './words.js';

/** Row-major values of each input, by name, in the model's own real units. */
export type InputValues = Readonly<Record<string, ArrayLike<number>>>;

export interface InputOptions {
  /** Move values outside their range onto its nearer end, instead of refusing them. */
  readonly clamp?: boolean | undefined;
}

/**
 * The words of one sample's inputs, in the order of the key: those of `publicWords` of its circuit. (A model that brought its own quantisation
 * rounds halves to even, in float32; here a half goes up.)
 *
 * Throws InferproofError 'data' for an input that is missing, too many or of another length, for a value that is not finite, or no integer where
 * integers are certain; 'range' for one more than half a step outside its range, unless `clamp`; 'usage' for a key that shows no inputs.
 * @example
 * ```ts
 * const words = inputWords(vkey, { input: [0.1, -0.2, 0.3, 0.4] });
 * ```
 */
export function inputWords(
  { publics }: { readonly publics: readonly PublicTensor[] },
  values: InputValues,
  { clamp = false }: InputOptions = {},
): bigint[] {
  const inputs = publics.filter(({ role }) => role === 'input');
  const names = inputs.map(({ name }) => name);
  if (inputs.length === 0)
    throw new InferproofError('usage', 'expected a key that shows the inputs, got one that hides them', {
      hint: 'compile with --public input,output',
    });
  const other = Object.keys(values).find((name) => !names.includes(name));
  if (other !== undefined)
    throw new InferproofError('data', `expected inputs ${names.join(', ')}, got '${other}'`, { where: other });
  return packWords(inputs, inputs.map((tensor) => integersOf(tensor, Object.hasOwn(values, tensor.name) ? values[tensor.name] : undefined, clamp))); // prettier-ignore
}

function integersOf(tensor: PublicTensor, values: ArrayLike<number> | undefined, clamp: boolean): number[] {
  const { name, shape, lo, hi, encoding, scale, zero, axis } = tensor;
  const count = elementCount(tensor);
  if (values?.length !== count)
    throw new InferproofError('data', `expected ${count} values of shape [${shape.join(', ')}], got ${values ? values.length : 'none'}`, { where: name }); // prettier-ignore
  const step = axis === null ? 1 : innerSize(shape, axis);
  const pick = (v: number | readonly number[], i: number): number =>
    typeof v === 'number' ? v : v[Math.floor(i / step) % v.length];
  const rangeOf = rangeOfElement(tensor);
  // steps of a float that are integers begin at 0, and there are 2^bits of them in every column
  const whole =
    scale === 1 && zero === 0 && (tensor.columns !== undefined || !(lo === 0 && Number.isInteger(Math.log2(hi + 1))));
  return Array.from(values, (x, i) => {
    const where = `${name}[${i}]`;
    if (!Number.isFinite(x)) throw new InferproofError('data', `expected a finite value, got ${x}`, { where });
    if (encoding !== undefined) {
      const float = Math.fround(x);
      if (Number.isFinite(float)) return orderOf(float);
      throw new InferproofError('range', `expected a number of float32, got ${x}`, { where });
    }
    if (whole && !Number.isInteger(x)) throw new InferproofError('data', `expected an integer, got ${x}`, { where });
    const [s, z] = [pick(scale, i), pick(zero, i)];
    const steps = x / s + z;
    const [least, most] = rangeOf(i);
    const nearest = Math.min(Math.max(Math.round(steps), least), most);
    if (!clamp && Math.abs(steps - nearest) > 0.5 + 1e-6)
      throw new InferproofError('range', `expected a value in [${s * (least - z)}, ${s * (most - z)}], got ${x}`, {
        where,
        hint: 'scale the data as the model was calibrated, or move it into the range with --clamp',
      });
    return nearest;
  });
}

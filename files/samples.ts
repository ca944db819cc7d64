// Arrays of real values, from whatever gave some, bound to the inputs of a model.
// An array of N x (elements of the input) values is N samples, row-major; all inputs give the same N. Its shape is free
// as long as it does not imply that the values are in an order other than the model's.
import type { InputInfo, Samples } from '../compiler/index.js';
import { didYouMean } from '../compiler/suggest.js';
import { InferproofError } from '../verifier/errors.js';
import type { DataArray } from './npy.js';
import { expectedOf, fitter } from './values.js';

/** @throws InferproofError 'data' for a wrong name, count or value */
export function bindSamples(
  arrays: ReadonlyMap<string, DataArray>,
  inputs: readonly InputInfo[],
  where: string,
): Samples {
  const names = inputs.map(({ name }) => name);
  for (const name of arrays.keys()) {
    if (names.includes(name)) continue;
    throw dataError(`expected arrays named ${names.join(', ')}, got '${name}'`, where, {
      hint: didYouMean(name, names, 'inputs'),
    });
  }
  const bound = new Map<string, Float64Array>();
  let count: number | undefined;
  for (const input of inputs) {
    const array = arrays.get(input.name);
    if (array === undefined) throw dataError(`expected an array for input '${input.name}', got none`, where);
    const samples = array.data.length / input.elements;
    const place = `${where}, input '${input.name}'`;
    if (!Number.isInteger(samples) || samples === 0) {
      const expected = `N x [${input.shape.join(', ')}] (N x ${input.elements} values)`;
      const hint =
        array.shape.at(-1) === input.elements + 1
          ? 'one column too many: labels go into --labels'
          : batchHint(
              inputs,
              array.shape.slice(1).reduce((n, d) => n * d, 1),
            );
      throw dataError(`expected ${expected}, got [${array.shape.join(', ')}] (${array.data.length} values)`, place, {
        hint,
      });
    }
    refuseOtherOrder(array.shape, input, place);
    count ??= samples;
    if (samples !== count) throw dataError(`expected ${count} samples as in '${names[0]}', got ${samples}`, place);
    checkValues(array.data, input, place);
    bound.set(input.name, array.data);
  }
  if (count === undefined) throw dataError('expected a model with inputs, got one without', where);
  return { count, inputs: Object.fromEntries(bound) };
}

/**
 * Refuses a shape in which the values of a sample are in an order other than the model's: samples along an axis other
 * than the first, or the axes of a sample permuted (channels last for channels first). Flat and merged axes pass.
 */
function refuseOtherOrder(got: readonly number[], { shape, elements }: InputInfo, where: string): void {
  const joined = (dims: readonly number[]) => dims.join(' x ');
  if (got.length < 2 || joined(got.slice(1)) === joined(shape.slice(1))) return;
  const first = got.findIndex((_, i) => got.slice(i).reduce((n, d) => n * d, 1) === elements);
  const expected = `expected N x [${shape.join(', ')}], got [${got.join(', ')}]`;
  if (first < 0 && elements > 1)
    throw dataError(`${expected}, whose last axes do not hold one sample`, where, {
      hint: 'samples go along the first axis: transpose the array',
    });
  const [axes, wanted] = [first < 0 ? [] : got.slice(first), shape].map((dims) => dims.filter((d) => d !== 1));
  const sorted = (dims: readonly number[]) => joined(dims.toSorted((a, b) => a - b));
  if (joined(axes) !== joined(wanted) && sorted(axes) === sorted(wanted))
    throw dataError(`${expected}, the axes of a sample in another order`, where, {
      hint: "transpose the array to the model's order",
    });
}

function checkValues(data: Float64Array, { dtype, elements }: InputInfo, where: string): void {
  const fits = fitter(dtype);
  const at = data.findIndex((v) => !fits(v));
  if (at < 0) return;
  throw dataError(
    `expected ${expectedOf(dtype)}, got ${data[at]} at index ${at % elements} of sample ${Math.floor(at / elements)}`,
    where,
  );
}

const dataError = (message: string, where: string, details: { readonly hint?: string | undefined } = {}) =>
  new InferproofError('data', message, { where, ...details });

/** Where rows hold what one of several samples of an export with a fixed batch is. */
export function batchHint(inputs: readonly InputInfo[], values: number): string | undefined {
  const [{ name, shape, elements }] = inputs;
  if (inputs.length > 1 || shape.length < 2 || shape[0] < 2 || values * shape[0] !== elements) return undefined;
  return `the model was exported with a batch of ${shape[0]} for '${name}', [${shape.join(', ')}]: export it with one row, or with a dynamic batch`;
}

/** An input of the first of the samples that a circuit takes at once. */
export const ofOne = ({ batch = 1, shape, elements, ...input }: InputInfo): InputInfo =>
  batch === 1 ? { ...input, shape, elements } : { ...input, shape: [1, ...shape.slice(1)], elements: elements / batch };

/**
 * Samples one by one as those of a circuit, which takes `batch` at once.
 * @throws InferproofError 'data' where the last samples are fewer than a proof takes: nobody else says what stands in for the
 *   others
 */
export function together(samples: Samples, batch: number, where: string): Samples {
  if (samples.count % batch === 0) return { ...samples, count: samples.count / batch };
  throw new InferproofError('data', `expected samples in groups of ${batch}, got ${samples.count}`, {
    where,
    hint: `each proof of this circuit is of ${batch} samples (compile --batch): add ${batch - (samples.count % batch)}, repeated ones if need be, or leave out ${samples.count % batch}`,
  });
}

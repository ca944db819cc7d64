// The data files of an example as the library takes them.
import { readFileSync } from 'node:fs';
import type { Argument, Samples } from 'inferproof/compiler';
import { decodeNpy, decodeNpz } from './arrays.js';

/** Samples of calibration.npz: the array's name is the model's input, its first axis counts samples. */
export function readSamples(path: string): Samples {
  const { name, shape, values } = decodeNpz(readFileSync(path));
  return { count: shape[0], inputs: { [name]: Float64Array.from(values) } };
}

/** Values of labels.npy. */
export function readLabels(path: string): readonly number[] {
  return decodeNpy(readFileSync(path)).values;
}

/** The one sample of digit.json, for the model's input `name`. */
export function readDigit(path: string, name: string): Samples {
  const { input_data } = JSON.parse(readFileSync(path, 'utf8')) as { input_data: [number[]] };
  return { count: 1, inputs: { [name]: Float64Array.from(input_data[0]) } };
}

/** Place of the largest value, the first of equals: the digit that ten scores stand for. */
export function largest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

/** The argument that a run is asked to prove with: `node run.js [lookup|plain]`. */
export const chosenArgument = (): Argument => (process.argv[2] === 'plain' ? 'plain' : 'lookup');

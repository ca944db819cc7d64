// Arrays of real values from a .npy, .npz or JSON file.
import type { InputInfo } from '../compiler/index.js';
import { fileKind } from '../compiler/onnx/file-kinds.js';
import { InferproofError } from '../verifier/errors.js';
import { parseJsonData } from './json-data.js';
import { isNpy, otherKind, parseNpy, type DataArray } from './npy.js';
import { isNpz, parseNpz } from './npz.js';
import { readText } from './text.js';

/** The kind of file is recognised by its first bytes, not by its name. */
export function parseArrays(bytes: Uint8Array, path: string, inputs: readonly InputInfo[]): Map<string, DataArray> {
  const names = inputs.map(({ name }) => name);
  if (isNpy(bytes)) {
    if (names.length !== 1) {
      throw new InferproofError(
        'data',
        `expected ${names.length} arrays (${names.join(', ')}), got the one of a .npy file`,
        {
          where: path,
          hint: 'use .npz or JSON for a model of several inputs',
        },
      );
    }
    return new Map([[names[0], parseNpy(bytes, path)]]);
  }
  if (isNpz(bytes) && fileKind(bytes)?.isData === true) return positional(parseNpz(bytes, path), names);
  if (/^(\uFEFF|\s)*[{[]/.test(new TextDecoder().decode(bytes.subarray(0, 64)))) {
    return parseJsonData(readText(bytes, path).replace(/^\uFEFF/, ''), names, path);
  }
  throw otherKind('.npy, .npz, JSON, CSV, PNG or JPEG', bytes, path);
}

/** np.savez(file, a, b) names its arrays arr_0, arr_1: they stand for the inputs in graph order. */
function positional(arrays: Map<string, DataArray>, names: readonly string[]): Map<string, DataArray> {
  const all = [...arrays.keys()].every((name, i) => name === `arr_${i}`);
  if (!all || arrays.size !== names.length || names.some((name) => arrays.has(name))) return arrays;
  return new Map([...arrays.values()].map((array, i) => [names[i], array]));
}

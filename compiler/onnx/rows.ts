// What the operators of ai.onnx.ml read: rows of features, and lists of their attributes.
import type { Operand, Site } from './site.js';

export const DOMAIN = 'ai.onnx.ml';

export interface Rows {
  readonly x: Operand;
  readonly rows: number;
  readonly features: number;
}

/** Input 0 as rows of features; a vector is one row. */
export function rowsOf(site: Site): Rows {
  const x = site.input(0);
  if (x.shape.length < 1 || x.shape.length > 2) site.refuse(`expected rows of features, got rank ${x.shape.length}`);
  const features = x.shape[x.shape.length - 1];
  return { x, features, rows: x.shape.length === 2 ? x.shape[0] : 1 };
}

/** Numbers of an attribute, or of the tensor that stands for it. */
export function numbers(site: Site, name: string): readonly number[] {
  const [list, tensor] = [site.attribute(name), site.attribute(`${name}_as_tensor`)];
  if (tensor !== undefined) {
    if (typeof tensor !== 'object' || !('data' in tensor)) return site.refuse(`expected '${name}_as_tensor' to be a tensor of numbers`); // prettier-ignore
    return Array.from(tensor.data);
  }
  if (list === undefined) return [];
  return Array.isArray(list) && list.every((v) => typeof v === 'number')
    ? list
    : site.refuse(`expected attribute '${name}' to be numbers`);
}

/** Those of an attribute that says how a model was trained: finite ones. */
export function weights(site: Site, name: string): readonly number[] {
  const list = numbers(site, name);
  const bad = list.find((v) => !Number.isFinite(v));
  return bad === undefined ? list : site.refuse(`expected finite numbers in '${name}', got ${bad}`);
}

export function words(site: Site, name: string): readonly string[] {
  const list = site.attribute(name) ?? [];
  return Array.isArray(list) && list.every((v) => typeof v === 'string')
    ? list
    : site.refuse(`expected attribute '${name}' to be strings`);
}

/** What to do about features of float64, which are compared as such. */
export const FOR_FLOAT32 =
  'convert the model for float32 inputs: FloatTensorType in skl2onnx, or to_onnx(model, X.astype(numpy.float32))';

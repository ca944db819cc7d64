// The inputs of a model with static shapes: each dimension is a number of the file, or one that is given by name.
import { InferproofError } from '../../verifier/errors.js';
import { MAX_TENSOR_ELEMENTS } from '../limits.js';
import type { DType } from '../tensor.js';
import type { Model, ModelValue } from './model.js';

export interface ShapeOptions {
  /** Sizes of symbolic dimensions by name. A symbolic first dimension is 1 unless it is named here. */
  readonly shapes?: Readonly<Record<string, number>> | undefined;
}

/** An input with its static shape. */
export interface ModelInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/**
 * The model's inputs with static shapes.
 * @throws 'unsupported' for a model without any, and an input that is not a tensor of numbers or has an unbound dimension;
 *   'usage' for a size of a dimension that the model does not have
 */
export function modelInputs(model: Model, options: ShapeOptions = {}): ModelInput[] {
  if (model.inputs.length === 0) throw withoutInputs();
  return inputBindings(model, options).map(({ bind }) => bind());
}

export const withoutInputs = (): InferproofError =>
  unbound(
    'expected a model with inputs, got one without: its outputs are constants',
    'the graph',
    'export the model with its inputs; a graph input that is also an initializer counts as a constant',
  );

/** The inputs, each to be bound on its own. */
export function inputBindings(
  { inputs }: Model,
  { shapes = {} }: ShapeOptions,
): { readonly name: string; readonly bind: () => ModelInput }[] {
  const symbols = new Set(inputs.flatMap(({ dims }) => (dims ?? []).filter((dim) => typeof dim === 'string')));
  for (const name of Object.keys(shapes)) {
    if (symbols.has(name)) continue;
    const hint =
      symbols.size === 0
        ? 'all dimensions of this model are fixed: leave --shape out'
        : `symbolic dimensions: ${[...symbols].join(', ')}`;
    throw new InferproofError('usage', `expected a symbolic dimension of the model, got '${name}'`, {
      where: '--shape',
      hint,
    });
  }
  const sizeOfDim = sizes({ inputs }, { shapes });
  const bind = ({ name, dtype, type, dims }: ModelValue): ModelInput => {
    if (dtype === undefined) {
      const hint = type === 'STRING' ? NUMBERED : undefined;
      throw unbound(`expected input '${name}' to be a tensor of numbers, got ${type}`, name, hint);
    }
    if (dims === null)
      throw unbound(`expected a static shape of input '${name}', got none`, name, 'export the model with fixed shapes');
    const shape = dims.map((dim) => {
      const size = sizeOfDim(dim);
      if (size === undefined)
        throw unbound(
          `expected a static shape of input '${name}', got symbolic dimension '${dim}'`,
          name,
          `--shape ${dim}=N`,
        );
      if (!Number.isInteger(size) || size < 1)
        throw unbound(`expected dimensions of at least 1 in input '${name}', got ${size}`, name);
      return size;
    });
    if (!(shape.reduce((n, d) => n * d, 1) <= MAX_TENSOR_ELEMENTS))
      throw unbound(
        `expected at most ${MAX_TENSOR_ELEMENTS} elements in input '${name}', got [${shape.join(', ')}]`,
        name,
      );
    return { name, shape, dtype };
  };
  return inputs.map((input) => ({ name: input.name, bind: () => bind(input) }));
}

/** The size of a dimension: its own, the one given by name, or 1 for a first one of an input; undefined for any other. */
export function sizes(
  { inputs }: Pick<Model, 'inputs'>,
  { shapes = {} }: ShapeOptions,
): (dim: number | string) => number | undefined {
  const batch = new Set(inputs.map(({ dims }) => dims?.[0]));
  return (dim) =>
    typeof dim === 'number' ? dim : Object.hasOwn(shapes, dim) ? shapes[dim] : batch.has(dim) ? 1 : undefined;
}

const NUMBERED =
  'number the categories outside the proof, by OrdinalEncoder of scikit-learn, and convert the model that reads the numbers; or cut it behind the text with --outputs';
const unbound = (message: string, where: string, hint?: string): InferproofError =>
  new InferproofError('unsupported', message, { where, hint });

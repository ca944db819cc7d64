// The part of a model that is compiled: what its own outputs need, or the tensors at which the user cuts it.
import { InferproofError } from '../../verifier/errors.js';
import { nearest } from '../suggest.js';
import type { Model, ModelValue } from './model.js';
import { needed, sorted } from './order.js';

/**
 * The model with the nodes that its outputs need, sorted. Its inputs stay: whoever runs the file gives all of them.
 * @param outputs names of the tensors that become its outputs; null: those that the file declares
 * @throws 'usage' for outputs that are not tensors of the model, or the same twice; 'format' for nodes that need each other
 */
export function partOf(model: Model, outputs: readonly string[] | null): Model {
  const wanted = outputs === null ? model.outputs : cutAt(model, outputs);
  return { ...model, outputs: wanted, nodes: needed(sorted(model.nodes), wanted.map(({ name }) => name)) }; // prettier-ignore
}

function cutAt({ nodes, inputs, outputs }: Model, names: readonly string[]): ModelValue[] {
  if (names.length === 0) throw wrong('expected names of tensors, got none');
  const known = new Map([...inputs, ...outputs].map((value) => [value.name, value]));
  for (const name of nodes.flatMap((node) => node.outputs))
    if (name !== '' && !known.has(name))
      known.set(name, { name, dtype: undefined, type: 'not declared', dims: null, denotations: [] });
  return names.map((name, i) => {
    if (names.indexOf(name) !== i) throw wrong(`expected each tensor once, got '${name}' twice`);
    const value = known.get(name);
    if (value === undefined)
      throw wrong(`expected a tensor of the model, got '${name}'`, hintFor(name, [...known.keys()]));
    return value;
  });

  function hintFor(name: string, tensors: readonly string[]): string {
    const node = nodes.find((one) => one.name === name);
    if (node !== undefined) return `that is a node: its output is '${node.outputs[0]}'`;
    const near = nearest(name, tensors);
    return near === undefined
      ? `the model's outputs are ${outputs.map((one) => one.name).join(', ')}; any tensor of it can be named`
      : `did you mean '${near}'?`;
  }
}

const wrong = (message: string, hint?: string): InferproofError =>
  new InferproofError('usage', message, { where: '--outputs', hint });

// The invariants of a Graph. They are run after each pass and on each graph that is read from a file.
import { InferproofError } from '../verifier/errors.js';
import type { Graph, Step, ValueId } from './graph.js';
import type { LinearPart } from './primitives/linear.js';
import { sizeOf } from './tensor.js';

type Demand = (condition: boolean, expected: string) => void;

/**
 * Values are defined once and before use, sizes agree, every index lies in its source, every number is finite.
 * @param fail throws for what was expected; without it 'internal', since a pass of ours broke it
 */
export function checkGraph(graph: Graph, fail: (expected: string) => never = broken): void {
  const demand: Demand = (condition, expected) => {
    if (!condition) fail(expected);
  };
  const { values, steps, inputs, outputs } = graph;
  const sizes = values.map(({ shape, name }) => {
    demand(
      shape.every((d) => Number.isSafeInteger(d) && d > 0) && Number.isSafeInteger(sizeOf(shape)),
      `a shape of positive dimensions of value '${name}'`,
    );
    return sizeOf(shape);
  });
  const defined = new Uint8Array(values.length);
  const uses = (id: ValueId): void => demand(defined[id] === 1, `value ${id} before its use`);
  for (const step of steps) {
    const { out } = step;
    demand(
      Number.isInteger(out) && out >= 0 && out < values.length && defined[out] === 0,
      `one definition of a value, not a second of ${out}`,
    );
    checkStep(step, sizes, uses, demand);
    defined[out] = 1;
  }
  demand(
    defined.every((d) => d === 1),
    'a step for every value',
  );
  const inputIds = new Set(steps.filter(({ kind }) => kind === 'input').map(({ out }) => out));
  demand(
    inputs.length === inputIds.size && inputs.every(({ value }) => inputIds.delete(value)),
    'one input step for each input',
  );
  demand(new Set(inputs.map(({ name }) => name)).size === inputs.length, 'inputs of distinct names');
  demand(outputs.length > 0, 'an output');
  demand(new Set(outputs.map(({ name }) => name)).size === outputs.length, 'outputs of distinct names');
  for (const { value, softmax } of outputs) {
    uses(value);
    demand(
      softmax === null ||
        (Number.isInteger(softmax.axis) && softmax.axis >= 0 && softmax.axis < values[value].shape.length),
      'a softmax over an axis of its value',
    );
  }
}

function checkStep(step: Step, sizes: readonly number[], uses: (id: ValueId) => void, demand: Demand): void {
  const size = sizes[step.out];
  switch (step.kind) {
    case 'input':
      return;
    case 'linear':
      demand(step.map.size === size && step.map.bias.length === size, `a map of ${size} elements`);
      demand(step.map.bias.every(Number.isFinite), 'a finite bias');
      demand(new Set(step.map.parts.map(({ from }) => from)).size === step.map.parts.length, 'one part a source');
      for (const part of step.map.parts) {
        uses(part.from);
        checkPart(part, size, sizes[part.from], demand);
      }
      return;
    case 'table':
      uses(step.x);
      demand(sizes[step.x] === size, `a table of ${size} elements`);
      return;
    case 'max':
    case 'argmax': {
      uses(step.x);
      const { starts, members } = step;
      demand(starts.length === size + 1 && starts[0] === 0 && starts[size] === members.length, `${size} groups`);
      demand(
        starts.every((start, g) => g === 0 || start > starts[g - 1]),
        'groups with members',
      );
      demand(
        members.every((m) => m >= 0 && m < sizes[step.x]),
        'members inside their source',
      );
    }
  }
}

function checkPart(
  { base, pattern, kernel, patterns, kernels }: LinearPart,
  size: number,
  sourceSize: number,
  demand: Demand,
): void {
  demand(base.length === size && pattern.length === size && kernel.length === size, `a part of ${size} elements`);
  demand(
    kernels.every((list) => list.every((w) => Number.isFinite(w) && w !== 0)),
    'coefficients that are finite and not 0',
  );
  demand(
    patterns.every((list) => new Set(list).size === list.length),
    'distinct offsets',
  );
  const least = patterns.map((list) => list.reduce((a, b) => Math.min(a, b), Infinity));
  const most = patterns.map((list) => list.reduce((a, b) => Math.max(a, b), -Infinity));
  for (let o = 0; o < size; o++) {
    const [p, k] = [pattern[o], kernel[o]];
    demand(
      p >= 0 && p < patterns.length && k >= 0 && k < kernels.length && patterns[p].length === kernels[k].length,
      'a pattern and a kernel of one length',
    );
    demand(base[o] + least[p] >= 0 && base[o] + most[p] < sourceSize, 'indices inside the source');
  }
}

function broken(expected: string): never {
  throw new InferproofError('internal', `expected ${expected} in the graph, got none`);
}

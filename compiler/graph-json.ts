// graph.json: the lowered float graph, so that `compare` needs the model no more. Strict: a text that decodes is a graph
// that keeps every invariant.
import { checkGraph } from './check-graph.js';
import type { Graph, Step, Value } from './graph.js';
import {
  choiceOf,
  encodeLists,
  encodeNumbers,
  entriesOf,
  fieldsOf,
  finiteOf,
  int32sOf,
  integerOf,
  itemsOf,
  listsOf,
  nullOr,
  numbersOf,
  parseFile,
  textOf,
  wrong,
  type Place,
} from './json.js';
import type { LinearMap, LinearPart } from './primitives/linear.js';
import type { PointFunction } from './primitives/table.js';
import { DTYPES } from './tensor.js';

const FORMAT = 'inferproof-graph';
const VERSION = 1;
const MOST = Number.MAX_SAFE_INTEGER;

/** The text of graph.json. */
export function encodeGraph({ values, steps, inputs, outputs, ops, params, macs }: Graph): string {
  const file = {
    format: FORMAT,
    version: VERSION,
    values: values.map(({ name, shape, dtype, node, operator }) => ({ name, shape, dtype, node, operator })),
    steps: steps.map(encodeStep),
    inputs: inputs.map(({ name, value }) => ({ name, value })),
    outputs: outputs.map(({ name, value, softmax }) => ({ name, value, softmax: softmax && { axis: softmax.axis } })),
    ops,
    params,
    macs,
  };
  return `${JSON.stringify(file)}\n`;
}

function encodeStep(step: Step): object {
  const { kind, out } = step;
  switch (step.kind) {
    case 'input':
      return { kind, out };
    case 'linear':
      return { kind, out, bias: encodeNumbers(step.map.bias), parts: step.map.parts.map(encodePart) };
    case 'table':
      return { kind, out, x: step.x, f: encodeFunction(step.f) };
    case 'max':
    case 'argmax':
      return { kind, out, x: step.x, starts: encodeNumbers(step.starts), members: encodeNumbers(step.members) };
  }
}

const encodePart = ({ from, base, pattern, kernel, patterns, kernels }: LinearPart): object => ({
  from,
  base: encodeNumbers(base),
  pattern: encodeNumbers(pattern),
  kernel: encodeNumbers(kernel),
  patterns: encodeLists(patterns),
  kernels: encodeLists(kernels),
});

/** A bound of a clip that is infinite is null. */
const encodeFunction = (f: PointFunction): object => {
  const bound = (v: number): number | null => (Number.isFinite(v) ? v : null);
  return f.name === 'clip' ? { name: f.name, lo: bound(f.lo), hi: bound(f.hi) } : f;
};

/** @throws 'format' for anything but the text of a graph of this version */
export function decodeGraph(text: string, where = 'graph.json'): Graph {
  const root = parseFile(text, where, FORMAT, VERSION);

  const fields = fieldsOf(root, ['format', 'version', 'values', 'steps', 'inputs', 'outputs', 'ops', 'params', 'macs']);
  const count = (place: Place): number => integerOf(place, 0, MOST);
  const graph: Graph = {
    values: itemsOf(fields.values).map(decodeValue),
    steps: itemsOf(fields.steps).map(decodeStep),
    inputs: itemsOf(fields.inputs).map((place) => {
      const { name, value } = fieldsOf(place, ['name', 'value']);
      return { name: textOf(name), value: count(value) };
    }),
    outputs: itemsOf(fields.outputs).map((place) => {
      const { name, value, softmax } = fieldsOf(place, ['name', 'value', 'softmax']);
      const over = nullOr(softmax, (entry) => ({ axis: count(fieldsOf(entry, ['axis']).axis) }));
      return { name: textOf(name), value: count(value), softmax: over };
    }),
    ops: Object.fromEntries(entriesOf(fields.ops).map(([name, place]) => [name, count(place)])),
    params: count(fields.params),
    macs: count(fields.macs),
  };
  checkGraph(graph, (expected) => wrong(root, expected, 'a graph without it'));
  return graph;
}

function decodeValue(place: Place): Value {
  const { name, shape, dtype, node, operator } = fieldsOf(place, ['name', 'shape', 'dtype', 'node', 'operator']);
  return {
    name: textOf(name),
    shape: itemsOf(shape).map((dim) => integerOf(dim, 1, 2 ** 31 - 1)),
    dtype: choiceOf(dtype, DTYPES),
    node: textOf(node),
    operator: textOf(operator),
  };
}

function decodeStep(place: Place): Step {
  const id = (at: Place): number => integerOf(at, 0, 2 ** 31 - 1);
  const header = new Map(entriesOf(place)).get('kind') ?? wrong(place, 'a step with a kind');
  const kind = choiceOf(header, ['input', 'linear', 'table', 'max', 'argmax']);
  switch (kind) {
    case 'input':
      return { kind, out: id(fieldsOf(place, ['kind', 'out']).out) };
    case 'linear': {
      const { out, bias, parts } = fieldsOf(place, ['kind', 'out', 'bias', 'parts']);
      const numbers = numbersOf(bias);
      const map: LinearMap = { size: numbers.length, bias: numbers, parts: itemsOf(parts).map(decodePart) };
      return { kind, out: id(out), map };
    }
    case 'table': {
      const { out, x, f } = fieldsOf(place, ['kind', 'out', 'x', 'f']);
      return { kind, out: id(out), x: id(x), f: decodeFunction(f) };
    }
    case 'max':
    case 'argmax': {
      const { out, x, starts, members } = fieldsOf(place, ['kind', 'out', 'x', 'starts', 'members']);
      return { kind, out: id(out), x: id(x), starts: int32sOf(starts, 0), members: int32sOf(members, 0) };
    }
  }
}

function decodePart(place: Place): LinearPart {
  const names = ['from', 'base', 'pattern', 'kernel', 'patterns', 'kernels'] as const;
  const { from, base, pattern, kernel, patterns, kernels } = fieldsOf(place, names);
  return {
    from: integerOf(from, 0, 2 ** 31 - 1),
    base: int32sOf(base),
    pattern: int32sOf(pattern, 0),
    kernel: int32sOf(kernel, 0),
    patterns: listsOf(patterns).map((list) => {
      if (!list.every((v) => Object.is(v | 0, v))) wrong(patterns, 'offsets within 32 bits', 'other numbers');
      return Int32Array.from(list);
    }),
    kernels: listsOf(kernels),
  };
}

function decodeFunction(place: Place): PointFunction {
  const header = new Map(entriesOf(place)).get('name') ?? wrong(place, 'a function with a name');
  const name = choiceOf(header, ['identity', 'relu', 'leakyRelu', 'clip']);
  switch (name) {
    case 'identity':
    case 'relu':
      fieldsOf(place, ['name']);
      return { name };
    case 'leakyRelu': {
      const { alpha } = fieldsOf(place, ['name', 'alpha']);
      const slope = finiteOf(alpha);
      return slope >= 0 ? { name, alpha: slope } : wrong(alpha, 'a slope of at least 0');
    }
    case 'clip': {
      const { lo, hi } = fieldsOf(place, ['name', 'lo', 'hi']);
      const [least, most] = [nullOr(lo, finiteOf) ?? -Infinity, nullOr(hi, finiteOf) ?? Infinity];
      return least <= most ? { name, lo: least, hi: most } : wrong(place, 'bounds in order');
    }
  }
}

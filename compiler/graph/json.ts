// graph.json: the lowered float graph, so that `compare` no longer needs the model. Strict: a text that decodes is a
// graph that keeps every invariant.
import {
  choiceOf,
  decodeLabels,
  decodeRead,
  encodeLabels,
  encodeRead,
  entriesOf,
  fieldsOf,
  finiteOf,
  integerOf,
  itemsOf,
  nullOr,
  parseFile,
  textOf,
  wrong,
  type Place,
} from '../json.js';
import { InferproofError } from '../../verifier/errors.js';
import { MAX_INDEX, MAX_TEXT } from '../limits.js';
import { storedWeights } from '../linear/map.js';
import { REAL, realOf } from '../recipes/index.js';
import type { RealStep, Value, ValueGroup } from '../recipes/values.js';
import { DTYPES } from '../tensor.js';
import { checkGraph } from './check.js';
import type { Graph } from './graph.js';

const FORMAT = 'inferproof-graph';
const VERSION = 3;
const MOST = Number.MAX_SAFE_INTEGER;
/** Bits that a group of values may have beyond the usual ones. */
const MOST_FINER = 8;

/** Characters of a coefficient: eight bytes in base64. */
const PER_WEIGHT = 32 / 3;

/** Throws 'unsupported' for a graph whose weights alone are more text than a string can have: known before anything is planned. */
export function refuseTooLong({ steps }: Graph): void {
  const weights = steps.reduce((sum, step) => {
    const map = realOf(step).map?.(step.own);
    return map ? sum + storedWeights(map) : sum;
  }, 0);
  if (weights * PER_WEIGHT < MAX_TEXT) return;
  throw new InferproofError(
    'unsupported',
    `expected at most ${Math.floor(MAX_TEXT / PER_WEIGHT)} weights, as many as graph.json can hold, got ${weights}`,
    { where: 'model', hint: 'use a smaller model, or compile a part of it: --outputs' },
  );
}

/**
 * The text of graph.json.
 * @example
 * ```ts
 * await writeFileAtomic('graph.json', encodeGraph(graph));
 * ```
 */
export function encodeGraph({ values, steps, inputs, outputs, ops, params, macs }: Graph): string {
  const file = {
    format: FORMAT,
    version: VERSION,
    values: values.map(encodeValue),
    steps: steps.map(encodeStep),
    inputs: inputs.map(({ name, value }) => ({ name, value })),
    outputs: outputs.map(({ name, value, read, labels }) => ({
      ...{ name, value, read: read && encodeRead(read) },
      ...(labels && { labels: encodeLabels(labels) }),
    })),
    ops,
    params,
    macs,
  };
  return `${JSON.stringify(file)}\n`;
}

/** A value of no group has no such field. */
const encodeValue = ({ name, shape, dtype, node, operator, group }: Value): object => ({
  ...{ name, shape, dtype, node, operator },
  ...(group && { group }),
});

const encodeStep = (step: RealStep): object => {
  const { kind, sources, outs, own } = step;
  return { kind, sources, outs, own: realOf(step).codec.encode(own) };
};

/**
 * @throws 'format' for anything but the text of a graph of this version
 * @example
 * ```ts
 * const graph = decodeGraph(encodeGraph((await readFolder('out')).graph!));
 * ```
 */
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
      const labels = new Map(entriesOf(place)).get('labels');
      const names = ['name', 'value', 'read'] as const;
      const { name, value, read } = fieldsOf(place, labels ? [...names, 'labels'] : names);
      const output = { name: textOf(name), value: count(value), read: nullOr(read, decodeRead) };
      return labels ? { ...output, labels: decodeLabels(labels) } : output;
    }),
    ops: Object.fromEntries(entriesOf(fields.ops).map(([name, place]) => [name, count(place)])),
    params: count(fields.params),
    macs: count(fields.macs),
  };
  checkGraph(graph, (expected) => wrong(root, expected, 'a graph without it'));
  return graph;
}

function decodeValue(place: Place): Value {
  const names = ['name', 'shape', 'dtype', 'node', 'operator'] as const;
  const group = new Map(entriesOf(place)).get('group');
  const fields = group === undefined ? fieldsOf(place, names) : fieldsOf(place, [...names, 'group']);
  const { name, shape, dtype, node, operator } = fields;
  return {
    name: textOf(name),
    shape: itemsOf(shape).map((dim) => integerOf(dim, 1, MAX_INDEX)),
    dtype: choiceOf(dtype, DTYPES),
    node: textOf(node),
    operator: textOf(operator),
    ...(group && { group: decodeGroup(group) }),
  };
}

function decodeGroup(place: Place): ValueGroup {
  const { name, within, finer } = fieldsOf(place, ['name', 'within', 'finer']);
  const ends = nullOr(within, (range) => {
    const { lo, hi } = fieldsOf(range, ['lo', 'hi']);
    const interval = { lo: finiteOf(lo), hi: finiteOf(hi) };
    return interval.lo < interval.hi ? interval : wrong(range, 'lo < hi');
  });
  return { name: textOf(name), within: ends, finer: integerOf(finer, 0, MOST_FINER) };
}

const KINDS = REAL.map(({ kind }) => kind);

function decodeStep(place: Place): RealStep {
  const { kind, sources, outs, own } = fieldsOf(place, ['kind', 'sources', 'outs', 'own']);
  const ids = (list: Place): number[] => itemsOf(list).map((item) => integerOf(item, 0, MAX_INDEX));
  const header = { kind: choiceOf(kind, KINDS), sources: ids(sources), outs: ids(outs) };
  return { ...header, own: realOf(header).codec.decode(own) };
}

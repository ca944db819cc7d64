// The ONNX project's own node tests: what becomes of a case as a lowered graph, and as a circuit.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { InferproofError } from '#verifier/errors.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import type { Graph } from '#compiler/graph/graph.js';
import { compile, run } from '#compiler/index.js';
import { decode } from '#compiler/onnx/decode.js';
import { isFloat, type Tensor } from '#compiler/tensor.js';
import { legal, someCorners } from '../lies/ends.js';
import { bindInputs, graphOf, readNaively } from './onnx-models.js';

/** A folder of the archive, and which of its inputs are constant. */
export interface NodeCase {
  readonly name: string;
  readonly constant: readonly number[];
}

export interface ExpectedCase extends NodeCase {
  readonly operator: string;
  /** 'pass', or the sentence of the refusal. */
  readonly expected: string;
}

/** The table of cases, in this folder. */
export const CASES = join(import.meta.dirname, 'onnx-cases.csv');

/** Fields of a table's lines, the last of which may have commas. */
export const rowsOf = (file: string, columns: number): string[][] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const fields = line.split(',');
      return [...fields.slice(0, columns - 1), fields.slice(columns - 1).join(',')];
    });

export const expectedCases = (): ExpectedCase[] =>
  rowsOf(CASES, 4).map(([name, operator, constant, expected]) => {
    return { name, operator, constant: constant.split(' ').filter(Boolean).map(Number), expected };
  });

export type Files = ReadonlyMap<string, Uint8Array>;

export const PASS = 'pass';
const BITS = 12;
/** Mean error of a float output of 12 bits, as a share of its range. */
const MOST_ERROR = 0.002;

/** A TensorProto's shape and numbers, by way of a model that holds nothing else. */
function tensorOf(tensor: Uint8Array): Tensor {
  const model = bindInputs(
    toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, { irVersion: 8n, graph: { input: [{ name: 'x' }], output: [{ name: 'x' }] } }),
    ),
    new Map([[0, tensor]]),
  );
  const found = decode(model).initializers.get('x');
  if (found === undefined) throw new Error('no tensor');
  if ('opaque' in found) throw new InferproofError('unsupported', `the case's own data has ${found.opaque}`);
  return found;
}

interface Opened {
  readonly bytes: Uint8Array;
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Float64Array>>;
  readonly expected: (k: number) => Tensor;
}

function opened(files: Files, { name, constant }: NodeCase): Opened {
  const path = (kind: string, i: number): string => `${name}/test_data_set_0/${kind}_${i}.pb`;
  const file = (at: string): Uint8Array => files.get(at) ?? new Uint8Array();
  const bound = new Map(constant.map((i) => [i, file(path('input', i))]));
  const bytes = bindInputs(file(`${name}/model.onnx`), bound);
  const graph = graphOf(bytes);
  const live = [...Array(32).keys()].filter((i) => !bound.has(i) && files.has(path('input', i)));
  const given = live.map((i) => tensorOf(file(path('input', i))).data);
  const inputs = graph.inputs.map(({ name: input }, i) => [input, given[i] ?? Float64Array.of(0)] as const);
  return { bytes, graph, inputs: Object.fromEntries(inputs), expected: (k) => tensorOf(file(path('output', k))) };
}

const reasonOf = (error: unknown): string => {
  if (error instanceof InferproofError && /^(unsupported|unbounded|format)$/.test(error.code)) return error.message;
  throw error;
};

/** Of the lowered graph in float64: 'pass', what differs, or the sentence of the refusal. */
export function loweredOutcome(files: Files, one: NodeCase): string {
  try {
    const { graph, inputs, expected } = opened(files, one);
    const values = evaluateGraph(graph, inputs);
    for (const [k, { name: output, value, read }] of graph.outputs.entries()) {
      const { shape: dims, data, dtype } = expected(k);
      const relative = dtype === 'bfloat16' ? 2 ** -7 : 1e-3; // a step of the type, or ONNX's own tolerance
      const { shape } = graph.values[value];
      if (shape.join() !== dims.join()) return `${output}: [${shape.join(', ')}] for [${dims.join(', ')}]`;
      const got = read === null ? values[value] : readNaively(read, [...values[value]], shape);
      const wrong = got.findIndex((v, i) => !(Math.abs(v - data[i]) <= 1e-6 + relative * Math.abs(data[i])));
      if (wrong !== -1) return `${output}[${wrong}]: ${got[wrong]} for ${data[wrong]}`;
    }
    return PASS;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Of its circuit at 12 bits, calibrated on the case: 'pass', what differs, or the sentence of the refusal. */
export async function circuitOutcome(files: Files, one: NodeCase): Promise<string> {
  try {
    const { bytes, inputs, expected } = opened(files, one);
    if (Object.values(inputs).some((data) => !data.every(Number.isFinite))) return 'the data has NaN or infinity';
    const samples = { count: 1, inputs };
    const { circuit, graph } = await compile(bytes, { bits: BITS, calibration: samples, allowLoss: true });
    legal(circuit, someCorners(circuit, 1));
    const [{ ...outputs }] = (await run(circuit, samples, { clamp: false })).outputs;
    for (const [k, { name, value }] of graph.outputs.entries()) {
      const { data } = expected(k);
      const ours = outputs[name].read?.values ?? outputs[name].floats;
      const errors = data.map((v, i) => Math.abs(v - ours[i]));
      if (!isFloat(graph.values[value].dtype)) {
        const at = errors.findIndex((error) => error !== 0);
        if (at !== -1) return `${name}[${at}]: ${ours[at]} for ${data[at]}`;
      }
      const [lo, hi] = data.reduce(([least, most], v) => [Math.min(least, v), Math.max(most, v)], [0, 0]);
      const error = errors.reduce((sum, e) => sum + e, 0) / errors.length / (hi - lo || 1);
      if (!(error <= MOST_ERROR)) return `${name}: ${(100 * error).toPrecision(2)} % of its range`;
    }
    return PASS;
  } catch (error) {
    return reasonOf(error);
  }
}

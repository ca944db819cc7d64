// The ONNX project's own node tests for the operators that are lowered, when they are at hand: onnx-cases.csv names each
// case, which of its inputs are constant, and whether it passes or is refused. A case that changes sides fails here; with
// UPDATE_ONNX_CASES set the table is written anew first, for the author of an operator to read the difference.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { InferproofError } from '#verifier/errors.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { decode } from '#compiler/onnx/decode.js';
import { OPERATORS } from '#compiler/onnx/operators/index.js';
import type { Tensor } from '#compiler/tensor.js';
import { bindInputs, graphOf, readNaively, readTarGz } from './onnx-models.js';

const vectors = join(import.meta.dirname, '../../../shared/vectors/onnx-node');
const table = join(import.meta.dirname, 'onnx-cases.csv');

interface Case {
  readonly name: string;
  readonly constant: readonly number[];
  /** 'pass', or the sentence of the refusal. */
  readonly expected: string;
}

const parse = (text: string): Case[] =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [name, constant, ...expected] = line.split(',');
      return { name, constant: constant.split(' ').filter(Boolean).map(Number), expected: expected.join(',') };
    });

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

function outcome(files: ReadonlyMap<string, Uint8Array>, { name, constant }: Case): string {
  const file = (path: string): Uint8Array => files.get(`${name}/${path}`) ?? new Uint8Array();
  const bound = new Map(constant.map((i) => [i, file(`test_data_set_0/input_${i}.pb`)]));
  try {
    const graph = graphOf(bindInputs(file('model.onnx'), bound));
    const live = [...Array(16).keys()].filter(
      (i) => !bound.has(i) && files.has(`${name}/test_data_set_0/input_${i}.pb`),
    );
    const given = live.map((i) => tensorOf(file(`test_data_set_0/input_${i}.pb`)).data);
    const inputs = Object.fromEntries(
      graph.inputs.map(({ name: input }, i) => [input, given[i] ?? Float64Array.of(0)]),
    );
    const values = evaluateGraph(graph, inputs);
    for (const [k, { name: output, value, read }] of graph.outputs.entries()) {
      const { shape: dims, data: expected } = tensorOf(file(`test_data_set_0/output_${k}.pb`));
      const { shape } = graph.values[value];
      if (shape.join() !== dims.join()) return `${output}: [${shape.join(', ')}] for [${dims.join(', ')}]`;
      const got = read === null ? values[value] : readNaively(read, [...values[value]], shape);
      const wrong = got.findIndex((v, i) => !(Math.abs(v - expected[i]) <= 1e-6 + 1e-3 * Math.abs(expected[i])));
      if (wrong !== -1) return `${output}[${wrong}]: ${got[wrong]} for ${expected[wrong]}`;
    }
    return 'pass';
  } catch (error) {
    if (error instanceof InferproofError && error.code === 'unsupported') return error.message;
    throw error;
  }
}

describe.runIf(existsSync(vectors))('ONNX node tests', () => {
  const files = existsSync(vectors) ? readTarGz(join(vectors, 'cases.tar.gz')) : new Map<string, Uint8Array>();

  if (process.env['UPDATE_ONNX_CASES'] !== undefined) {
    const rows = readFileSync(join(vectors, 'manifest.csv'), 'utf8').trim().split('\n').slice(1);
    const known = new Set(OPERATORS.map(({ op }) => op));
    const lines = rows.flatMap((row) => {
      const [name, op, , , , , , , statics, weights] = row.split(',');
      if (!known.has(op)) return [];
      const listed = `${statics} ${weights}`.split(' ').filter(Boolean).map(Number).sort();
      const constant = listed.length === 0 && ['Mul', 'Div', 'MatMul', 'Pow'].includes(op) ? [1] : listed;
      const expected = outcome(files, { name, constant, expected: '' });
      return [`${name},${constant.join(' ')},${expected}`];
    });
    writeFileSync(table, `case,constant_inputs,expected\n${lines.join('\n')}\n`);
  }

  const cases = parse(readFileSync(table, 'utf8'));
  it.each(cases.map((c): [string, Case] => [c.name, c]))('%s', (_, c) => {
    expect(outcome(files, c)).toBe(c.expected);
  });
});

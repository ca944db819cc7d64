// Every operator against onnxruntime, in every form: nodes of random shapes, attributes and opsets, lowered and evaluated in
// float64. What onnxruntime accepts has its shape and its numbers or is refused at the node; what it refuses is not accepted.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it, vi } from 'vitest';
import { withoutMaps } from '#compiler/index.js';
import { OPERATORS } from '#compiler/onnx/operators/index.js';
import { InferproofError } from '#verifier/errors.js';
import { modelOf } from './operator-cases/case.js';
import { CASES, opsetsOf } from './operator-cases/index.js';
import { older } from './operator-cases/older.js';
import { roundingOf, type Rounding } from './operator-cases/rounding.js';
import { modelBytes, runOutputs, type ModelInit } from './onnx-models.js';
import { randomOf } from './random-graphs/draft.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const COUNT = FULL ? 1000 : 40;
if (FULL) vi.setConfig({ testTimeout: 600_000 }); // a loaded machine takes 95 s for the recurrent ones
/** Share of the nodes that onnxruntime runs which must be lowered. */
const LEAST_LOWERED = 0.5;
/** What onnxruntime does not run although ONNX defines it; it is lowered as ONNX defines it. */
const STRICTER = [
  /Dilation not supported for AutoPadType/,
  /padding values must be non-negative/, // windows smaller than their stride, under SAME
  /Pad reflect: .* exceeds maximum allowed/,
  /min_ <= max_ was false/, // Clip before opset 11
  /Batchwise recurrent operations/, // layout 1
];

const TYPE_ERROR = /Type 'tensor\(u?int8\)' of input parameter \(\w+\) of operator \((Add|Div)\)/;

type Outputs = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;
type Inputs = Readonly<Record<string, Float32Array>>;

/** What onnxruntime makes of it, or why it does not run it. A type that operators have from opset 14 on is read as there. */
async function reference(init: ModelInit, data: Inputs): Promise<Outputs | string> {
  const want = await answer(modelBytes(older(init)), init, data);
  const isLater = typeof want === 'string' && TYPE_ERROR.test(want) && (init.opset ?? 14) < 14;
  return isLater ? answer(modelBytes(older({ ...init, opset: 14 })), init, data) : want;
}

async function answer(bytes: Uint8Array, { inputs }: ModelInit, data: Inputs): Promise<Outputs | string> {
  try {
    const session = await InferenceSession.create(withoutMaps(bytes) ?? bytes, {
      graphOptimizationLevel: 'disabled',
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    const feeds = Object.entries(data).map(
      ([name, x]) => [name, new Tensor('float32', x, inputs[name] as number[])] as const,
    );
    const results = await session.run(Object.fromEntries(feeds));
    await session.release();
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data: numbers }]) => [
        name,
        { shape: [...dims], data: Array.from(numbers as ArrayLike<number | bigint>, Number) },
      ]),
    );
  } catch (error) {
    return (error as Error).message;
  }
}

/** What we make of it, or the sentence of the refusal. */
function ours(bytes: Uint8Array, data: Inputs): Outputs | string {
  try {
    return runOutputs(bytes, data);
  } catch (error) {
    if (!(error instanceof InferproofError)) throw error;
    expect(error.code).toMatch(/^(unsupported|format)$/);
    return error.message;
  }
}

function difference(want: Outputs, got: Outputs, roundingOf: () => Rounding): string | null {
  let rounding: Rounding | undefined;
  const isNear = (v: number, own: number, name: string, at: number): boolean => {
    const [off, most] = [Math.abs(v - own), 1e-5 * (1 + Math.abs(v))];
    if (off <= most) return true;
    const more = (rounding ??= roundingOf())[name]?.[at] ?? 0;
    return more === Infinity || off <= most + more;
  };
  for (const [name, { shape, data }] of Object.entries(want)) {
    const own = got[name];
    if (own.shape.join() !== shape.join()) return `[${own.shape.join()}] for [${shape.join()}]`;
    const i = data.findIndex((v, at) => !isNear(v, own.data[at], name, at));
    if (i >= 0) return `${own.data[i]} for ${data[i]} at ${i}`;
  }
  return null;
}

const described = ({ inputs, nodes, initializers = {} }: ModelInit): string => {
  const constants = Object.values(initializers).map(({ dims, int64Data }) => [
    dims?.map(Number),
    int64Data?.map(Number),
  ]);
  return JSON.stringify([inputs, nodes.at(-1)!.attributes, constants], (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)); // prettier-ignore
};

/** What is wrong with ours; null: nothing. */
function faultOf(want: Outputs | string, got: Outputs | string, init: ModelInit, data: Inputs): string | null {
  if (typeof got === 'string') return null;
  if (typeof want !== 'string') return difference(want, got, () => roundingOf(init, data, want));
  return STRICTER.some((known) => known.test(want)) ? null : `accepted, onnxruntime refuses it: ${want}`;
}

describe('every operator', () => {
  it('has cases', () => {
    expect(Object.keys(CASES).sort()).toEqual([...new Set(OPERATORS.map(({ op }) => op))].sort());
  });

  it.each(Object.entries(CASES))('%s', async (op, draw) => {
    const oldest = OPERATORS.find((form) => form.op === op)!.since;
    const wrong: string[] = [];
    let [ran, lowered] = [0, 0];
    for (let seed = 0; seed < COUNT; seed++) {
      const random = randomOf(seed + 1e6);
      const opset = random.int(...opsetsOf(op, oldest));
      const init = modelOf(op, draw, seed, opset);
      if (init === null) continue;
      const bytes = modelBytes(init);
      const data = Object.fromEntries(
        Object.entries(init.inputs).map(([name, dims]) => {
          const size = (dims as number[]).reduce((a, b) => a * b, 1);
          return [name, Float32Array.from({ length: size }, () => random.between(-2, 2))];
        }),
      );
      const [want, got] = [await reference(init, data), ours(bytes, data)];
      if (typeof want !== 'string' && Object.values(want).some(({ shape }) => !shape.includes(0))) {
        ran++;
        if (typeof got !== 'string') lowered++;
      }
      const fault = faultOf(want, got, init, data);
      if (fault !== null) wrong.push(`seed ${seed}, opset ${opset}: ${fault}: ${described(init)}`);
    }
    expect(wrong).toEqual([]);
    expect(ran, 'cases that onnxruntime runs').toBeGreaterThan(COUNT / 3);
    expect(lowered / ran, 'lowered of those').toBeGreaterThan(LEAST_LOWERED);
  });
});

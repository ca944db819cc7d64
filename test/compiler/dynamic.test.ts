// DynamicQuantizeLinear with readers of its own: in integers exactly its definition on the grid of its input, in both arguments, and what
// onnxruntime makes of the same numbers but at ties.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { compile, type Compilation } from '#compiler/index.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { floatsOf } from '#compiler/measure/run.js';
import { legal, someCorners } from '../lies/ends.js';
import { generator } from './circuits.js';
import { floats, modelBytes, runOutputs, type NodeInit } from './onnx-models.js';

const SIZE = 6;
const COUNT = 100;
const random = generator(77);
const NAMES = ['y', 's', 'z'];
const graph = { output: NAMES.map((name) => ({ name })) };
const rounding = (of: string): NodeInit => ({ op: 'DynamicQuantizeLinear', in: [of], out: NAMES });
const model = modelBytes({ inputs: { x: [2, SIZE / 2] }, nodes: [rounding('x')], graph });

/** Integers of which a tenth of the samples are 0, a tenth of one sign, and the others of any size. */
function drawn(lo: number, hi: number): Float64Array[] {
  return Array.from({ length: COUNT }, (_, k) => {
    const size = 2 ** (random() * 9);
    const [least, most] = k % 10 === 0 ? [0, 0] : [Math.max(lo, k % 10 === 1 ? 0 : -size), Math.min(hi, k % 10 === 2 ? 0 : size)]; // prettier-ignore
    return Float64Array.from({ length: SIZE }, () => Math.round(least + random() * (most - least)) + 0);
  });
}

/** By the definition, in integers: 2 STEPS a over 2 d, a half to the even one. */
function defined(a: Float64Array): {
  readonly y: number[];
  readonly zero: number;
  readonly d: number;
  readonly ties: number;
} {
  const [lo, hi] = [Math.min(0, ...a), Math.max(0, ...a)].map(BigInt);
  const d = hi - lo;
  let ties = 0;
  const steps = (v: bigint): bigint => {
    if (d === 0n) return 0n;
    const [up, by] = [510n * v + d, 2n * d];
    const floor = (up - (((up % by) + by) % by)) / by;
    const isTie = up % by === 0n;
    ties += Number(isTie);
    return isTie && floor % 2n !== 0n ? floor - 1n : floor;
  };
  const byte = (v: bigint): number => Number(v < 0n ? 0n : v > 255n ? 255n : v);
  const zero = byte(steps(-lo));
  return { y: Array.from(a, (v) => byte(steps(BigInt(v)) + BigInt(zero))), zero, d: Number(d), ties };
}

/** The outputs of the circuit for stored inputs. */
function outputsOf({ circuit }: Compilation, u: Float64Array): Record<string, number[]> {
  const stored = evaluateCircuit(circuit, new Map([[circuit.inputs[0].tensor, u]]));
  return Object.fromEntries(circuit.outputs.map(({ name, tensor }) => [name, [...floatsOf(circuit, tensor, stored[tensor])]])); // prettier-ignore
}

async function runtime(session: InferenceSession, x: Float32Array): Promise<Record<string, number[]>> {
  const made = await session.run({ x: new Tensor('float32', x, [2, SIZE / 2]) });
  return Object.fromEntries(Object.entries(made).map(([name, { data }]) => [name, Array.from(data as ArrayLike<number>, Number)])); // prettier-ignore
}

describe.each(['lookup', 'plain'] as const)('in %s', (argument) => {
  it.each([
    [-51, 204], // 0 is on the grid
    [-255, 255], // and in the middle of two of its places
    [0, 255],
    [-255, 0],
    [256, 511],
  ])('is its definition on the grid of [%d, %d]', async (lo, hi) => {
    const made = await compile(model, { argument, bits: 8, inputRanges: { x: [lo / 16, hi / 16] } });
    legal(made.circuit, someCorners(made.circuit, 5));
    const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
    const step = (hi - lo) / 255;
    let ties = 0;
    for (const values of drawn(lo, hi)) {
      const u = values.map((v) => Math.min(Math.max(Math.round((v - lo) / step), 0), 255));
      const a = u.map((v) => v * step + lo);
      const want = defined(a);
      const got = outputsOf(made, u);
      expect(got['y']).toEqual(want.y);
      expect(got['z']).toEqual([want.zero]);
      expect(got['s'][0]).toBeCloseTo(want.d / 16 / 255, 12);
      ties += want.ties;
      if (want.ties > 0) continue;
      const theirs = await runtime(
        session,
        Float32Array.from(a, (v) => v / 16),
      );
      expect([theirs['y'], theirs['z']]).toEqual([got['y'], got['z']]);
      if (want.d > 0) expect(theirs['s'][0] / got['s'][0]).toBeCloseTo(1, 6);
    }
    if (lo < 256) expect(ties).toBeGreaterThan(10);
    await session.release();
  });
});

it('behind a layer, and where 0 is anywhere between places, it is near that of floats', async () => {
  const weights = floats(
    [3, 3],
    Array.from({ length: 9 }, () => random() - 0.5),
  );
  const layer = modelBytes({ inputs: { x: [2, 3] }, nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['h'] }, rounding('h')], initializers: { w: weights }, graph }); // prettier-ignore
  for (const bytes of [model, layer]) {
    const made = await compile(bytes, { bits: 12, inputRanges: { x: [-1, 2.3] } });
    legal(made.circuit, someCorners(made.circuit, 6));
    let off = 0;
    for (let k = 0; k < COUNT; k++) {
      const u = Float64Array.from({ length: SIZE }, () => Math.floor(4096 * random()));
      const [got, want] = [outputsOf(made, u), runOutputs(bytes, { x: u.map((v) => (3.3 * v) / 4095 - 1) })];
      for (const name of ['y', 'z']) {
        const errors = got[name].map((v, i) => Math.abs(v - want[name].data[i]));
        expect(Math.max(...errors)).toBeLessThanOrEqual(2); // a zero that is one off, and a step
        off += errors.filter((error) => error > 0).length;
      }
      expect(got['s'][0] / want['s'].data[0]).toBeCloseTo(1, 3);
    }
    expect(off / COUNT / SIZE).toBeLessThan(0.01);
  }
});

it('in floats it is what onnxruntime makes of any, bit for bit', async () => {
  const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
  for (let k = 0; k < 2 * COUNT; k++) {
    const size = 10 ** (8 * random() - 4);
    const x = Float32Array.from({ length: SIZE }, () => size * (random() - (k % 3) / 2));
    const [got, want] = [runOutputs(model, { x }), await runtime(session, x)];
    for (const name of NAMES) expect(got[name].data, name).toEqual(want[name]);
  }
  await session.release();
});

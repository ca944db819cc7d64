// Every operator as a circuit: its random nodes compiled at 12 bits, for either argument, and run on the samples that calibrated
// them, so that nothing saturates. Numbers stay near onnxruntime's, integers and booleans are its own, and the ends of every input are
// legal; or the node is refused.
import { describe, expect, it } from 'vitest';
import { compile, run, withoutMaps, type Argument, type Compilation, type Samples } from '#compiler/index.js';
import { OPERATORS } from '#compiler/onnx/operators/index.js';
import { isFloat, sizeOf } from '#compiler/tensor.js';
import { InferproofError } from '#verifier/errors.js';
import { modelOf } from './operator-cases/case.js';
import { CASES, opsetsOf } from './operator-cases/index.js';
import { older } from './operator-cases/older.js';
import { modelBytes, type ModelInit } from './onnx-models.js';
import { legal, someCorners } from '../lies/ends.js';
import { floatOutputs, type Floats } from './random-graphs/floats.js';
import { randomOf, type Random } from './random-graphs/draft.js';

const COUNT = process.env['INFERPROOF_FULL'] === '1' ? 60 : 4;
const BITS = 12;
const SAMPLES = 12;
/** Mean error of an output as a share of its range. */
const MOST_ERROR = 0.002;
/** Inputs are in [-2, 2]; what has poles there is kept away from them. */
const REACH: Readonly<Record<string, number>> = { Tan: 1.4 };

const shapesOf = ({ inputs }: ModelInit): Readonly<Record<string, readonly number[]>> =>
  inputs as Record<string, number[]>;

/** Neighbours in a row lie so far apart: which of three is the greatest, the integers of many models here, is no matter of rounding. */
const APART = 0.004;

const samplesOf = (random: Random, model: ModelInit, reach: number): Samples => ({
  count: SAMPLES,
  inputs: Object.fromEntries(
    Object.entries(shapesOf(model)).map(([name, shape]) => {
      const values = new Float32Array(SAMPLES * sizeOf(shape));
      values.forEach((_, i) => {
        do values[i] = random.between(-reach, reach);
        while ([1, 2].some((k) => Math.abs(values[i] - values[i - k]) < APART));
      });
      return [name, values];
    }),
  ),
});

function refused(error: unknown): null {
  if (!(error instanceof InferproofError)) throw error;
  expect(error.code).toMatch(/^(unsupported|unbounded|format)$/);
  return null;
}

/** The largest magnitude, or what it spans where that is more. */
function rangeOf(values: Float64Array): number {
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  return Math.max(hi - lo, Math.abs(lo), Math.abs(hi)) || 1;
}

async function faultsOf({ circuit, graph }: Compilation, want: ReadonlyMap<string, Floats>, samples: Samples) {
  const { outputs } = await run(circuit, samples, { clamp: false });
  return graph.outputs.flatMap(({ name, value }) => {
    const float = want.get(name)!.data;
    const ours = outputs.flatMap((sample) => sample[name].read?.values ?? sample[name].floats);
    if (!isFloat(graph.values[value].dtype)) {
      const at = ours.findIndex((v, i) => v !== float[i]);
      return at < 0 ? [] : [`${name}: ${ours[at]} for ${float[at]}`];
    }
    const error = ours.reduce((sum, v, i) => sum + Math.abs(v - float[i]), 0) / ours.length / rangeOf(float);
    return error <= MOST_ERROR ? [] : [`${name}: ${(100 * error).toPrecision(2)} % of its range`];
  });
}

describe('every operator in integers', () => {
  it.each(Object.entries(CASES))('%s', async (op, draw) => {
    const { since } = OPERATORS.find((form) => form.op === op)!;
    const wrong: string[] = [];
    let compiled = 0;
    for (let seed = 0; seed < COUNT || (compiled === 0 && seed < 2 * COUNT); seed++) {
      const random = randomOf(seed + 2e6);
      const opset = random.int(...opsetsOf(op, since));
      const init = modelOf(op, draw, seed + 2e6, opset);
      if (init === null) continue;
      const bytes = modelBytes(init);
      const samples = samplesOf(random, init, REACH[op] ?? 2);
      const reference = modelBytes(older(init));
      const runnable = withoutMaps(reference) ?? reference;
      const want = await floatOutputs(runnable, shapesOf(init), [samples]).catch(() => null);
      if (want === null) continue;
      const argument: Argument = random.chance(0.5) ? 'plain' : 'lookup';
      const made = await compile(bytes, { argument, bits: BITS, calibration: samples }).catch(refused);
      if (made === null) continue;
      compiled++;
      legal(made.circuit, someCorners(made.circuit, seed));
      const which = `seed ${seed}, opset ${opset}, ${argument}`;
      const faults = await faultsOf(made, want[0], samples);
      wrong.push(...faults.map((fault) => `${which}: ${fault}: ${JSON.stringify([init.inputs, init.nodes.at(-1)!.attributes], (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v))}`)); // prettier-ignore
    }
    expect(wrong).toEqual([]);
    expect(compiled).toBeGreaterThan(0);
  });
});

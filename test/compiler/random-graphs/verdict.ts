// Compiles a random graph and says what is wrong with the outcome, against onnxruntime on the same bytes.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { compile, run, type Compilation, type Samples } from '#compiler/index.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { sizeOf } from '#compiler/tensor.js';
import { InferproofError } from '#verifier/errors.js';
import type { RandomGraph } from './graph.js';

export interface Verdict {
  /** Where the model was refused. */
  readonly refused: string | null;
  readonly failures: readonly string[];
  /** Mean error over the range, of the worst output. */
  readonly error: number;
  /** Outputs of which the rounding of the inputs alone leaves too little to measure. */
  readonly ill: number;
  /** CPU seconds of compile. */
  readonly seconds: number;
  readonly made: Compilation | null;
}

/** An output over all samples. */
interface Floats {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Mean error over the range that is allowed: 2 % at 8 bits and more, twice as much for each bit less. */
export const allowed = (bits: number): number => Math.min(0.02 * 2 ** Math.max(0, 8 - bits), 0.25);
const MOST_SECONDS = 6;

export async function floatOutputs(
  bytes: Uint8Array,
  shapes: RandomGraph['inputs'],
  sets: readonly Samples[],
): Promise<ReadonlyMap<string, Floats>[]> {
  const session = await InferenceSession.create(bytes, {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const all: Map<string, Floats>[] = [];
  for (const { count, inputs } of sets) {
    const results = new Map<string, Floats>();
    for (let i = 0; i < count; i++) {
      const feeds = Object.entries(shapes).map(([name, shape]) => {
        const size = sizeOf(shape);
        return [
          name,
          new Tensor('float32', Float32Array.from(inputs[name].subarray(i * size, (i + 1) * size)), shape),
        ] as const;
      });
      for (const [name, { dims, data }] of Object.entries(await session.run(Object.fromEntries(feeds)))) {
        const values = Float64Array.from(data as ArrayLike<number | bigint>, Number);
        const joined = results.get(name) ?? { shape: [...dims], data: new Float64Array(values.length * count) };
        joined.data.set(values, i * values.length);
        results.set(name, joined);
      }
    }
    all.push(results);
  }
  await session.release();
  return all;
}

const ends = (values: Iterable<number>): { lo: number; hi: number } => {
  let [lo, hi] = [Infinity, -Infinity];
  for (const v of values) [lo, hi] = [Math.min(lo, v), Math.max(hi, v)];
  return { lo, hi };
};

const meanDifference = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0) / a.length;

/** What moves by less than float32 rounds is a constant: it is measured by its size. */
export function rangeOf(values: Float64Array): number {
  const { lo, hi } = ends(values);
  const size = Math.max(Math.abs(lo), Math.abs(hi));
  return hi - lo > 1e-5 * size ? hi - lo : size || 1;
}

export async function judge(graph: RandomGraph): Promise<Verdict> {
  const { bytes, options, inputs, samples, rounded } = graph;
  const [floats, coarse] = await floatOutputs(bytes, inputs, [samples, rounded]);
  const before = process.cpuUsage();
  const seconds = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  let made: Compilation;
  try {
    made = await compile(bytes, options);
  } catch (error) {
    const spent = seconds();
    const isNamed =
      error instanceof InferproofError && /_\d+ \(|\b[A-Za-z]+_\d+\b/.test(`${error.where} ${error.message}`);
    const text = error instanceof InferproofError ? `${error.code} at ${error.where}: ${error.message}` : String(error);
    const failures = isNamed ? [] : [`refused without a node: ${text}`];
    return { refused: isNamed ? text : null, failures, error: 0, ill: 0, seconds: spent, made: null };
  }
  const spent = seconds();
  const failures: string[] = spent < MOST_SECONDS ? [] : [`compiled in ${spent.toFixed(1)} s`];
  let [worst, ill] = [0, 0];
  const results = await run(made.circuit, samples, { clamp: true });
  if (results.clamped > 0) failures.push(`${results.clamped} inputs clamped`);
  const lowered = Array.from({ length: samples.count }, (_, i) =>
    evaluateGraph(
      made.graph,
      Object.fromEntries(
        Object.entries(inputs).map(([name, shape]) => {
          const size = sizeOf(shape);
          return [name, Float64Array.from(samples.inputs[name].subarray(i * size, (i + 1) * size), Math.fround)];
        }),
      ),
    ),
  );
  made.circuit.outputs.forEach(({ name }, o) => {
    const { shape, data } = floats.get(name)!;
    const value = made.graph.outputs[o].value;
    const own = made.graph.values[value].shape;
    if (own.join() !== shape.join()) failures.push(`${name} has shape [${own}], onnxruntime's has [${shape}]`);
    const range = rangeOf(data);
    const size = data.length / samples.count;
    const gap = meanDifference(Float64Array.from(lowered.flatMap((values) => [...values[value]])), data) / range;
    if (!(gap < 1e-3)) failures.push(`${name}: the lowered graph differs from onnxruntime by ${percent(gap)}`);
    const quantised = Float64Array.from(results.outputs.flatMap((sample) => sample[name].floats));
    const inherent = meanDifference(coarse.get(name)!.data, data) / range;
    if (!(inherent < allowed(options.bits ?? 8) / 2)) {
      ill++;
      return;
    }
    const error = meanDifference(quantised, data) / range;
    worst = Math.max(worst, error);
    if (!(error <= allowed(options.bits ?? 8))) failures.push(`${name}: mean error ${percent(error)} of the range`);
    for (let e = 0; e < size; e++) {
      const float = ends(data.filter((_, i) => i % size === e));
      const ours = ends(quantised.filter((_, i) => i % size === e));
      if (float.hi - float.lo > 0.1 * range && ours.hi === ours.lo && (options.bits ?? 8) >= 6)
        failures.push(
          `${name}[${e}] is constant, the float moves by ${percent((float.hi - float.lo) / range)} of the range`,
        );
    }
  });
  return { refused: null, failures, error: worst, ill, seconds: spent, made };
}

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;

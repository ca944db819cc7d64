// Compiles a random graph and says what is wrong with the outcome.
import { compile, run, type Compilation } from '#compiler/index.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { InferproofError } from '#verifier/errors.js';
import { floatOutputs, sampleOf, type Floats } from './floats.js';
import type { RandomGraph } from './graph.js';

export interface Verdict {
  /** Null where it was refused. */
  readonly made: Compilation | null;
  /** Why it was refused, with the node; null where it was compiled. */
  readonly refused: string | null;
  readonly failures: readonly string[];
  /** Outputs too sensitive to say anything of: rounding their inputs alone, in floats, moves them by half of what is allowed. */
  readonly sensitive: number;
}

const MOST_SECONDS = 6;
/** What moves by less than float32 rounds is a constant. */
const NOISE = 1e-5;
/** A share of the range that no output of so many bits may lose altogether. */
const MOVES = { share: 0.1, bits: 6 };

/** Mean error over the range: 2 % at 8 bits and more, which is five of their steps, and five steps of fewer bits. */
const allowed = (bits: number): number => 0.02 * Math.max(1, 255 / (2 ** bits - 1));

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`;

function ends(values: Float64Array): readonly [lo: number, hi: number] {
  let [lo, hi] = [Infinity, -Infinity];
  for (const v of values) [lo, hi] = [Math.min(lo, v), Math.max(hi, v)];
  return [lo, hi];
}

/** Of an output: what it spans; its size where it is a constant. */
function rangeOf(values: Float64Array): number {
  const [lo, hi] = ends(values);
  const size = Math.max(Math.abs(lo), Math.abs(hi));
  return hi - lo > NOISE * size ? hi - lo : size || 1;
}

const meanError = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0) / a.length;

export async function judge(graph: RandomGraph): Promise<Verdict> {
  const { bytes, options, inputs, samples, rounded } = graph;
  const [floats, coarse] = await floatOutputs(bytes, inputs, [samples, rounded]);
  const before = process.cpuUsage();
  const made = await compile(bytes, options).catch((error: unknown) => refusal(graph, error));
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const failures = seconds < MOST_SECONDS ? [] : [`compiled in ${seconds.toFixed(1)} s`];
  if ('failures' in made) return { ...made, failures: [...failures, ...made.failures] };

  const { outputs } = await run(made.circuit, samples, { clamp: false });
  const lowered = Array.from({ length: samples.count }, (_, i) =>
    evaluateGraph(made.graph, sampleOf(samples, inputs, i)),
  );
  let sensitive = 0;
  made.graph.outputs.forEach(({ name, value }) => {
    const given = (list: ReadonlyMap<string, Floats>): Floats =>
      list.get(name) ?? { shape: [], data: Float64Array.of() };
    const { shape, data } = given(floats);
    const range = rangeOf(data);
    const own = made.graph.values[value].shape;
    if (own.join() !== shape.join())
      failures.push(`${name} has shape [${own.join()}], onnxruntime's [${shape.join()}]`);
    if (!(meanError(given(coarse).data, data) / range < allowed(options.bits) / 2)) sensitive++;
    else {
      const reals = Float64Array.from(lowered.flatMap((values) => [...values[value]]));
      const quantised = Float64Array.from(outputs.flatMap((sample) => [...sample[name].floats]));
      failures.push(...faults(name, { data, reals, quantised, range, samples: samples.count }, options.bits));
    }
  });
  return { made, refused: null, failures, sensitive };
}

/** The graph that an error stopped: refused, if it says at which node or input. */
function refusal({ nodes, inputs }: RandomGraph, error: unknown): Verdict {
  if (!(error instanceof InferproofError)) throw error;
  const text = `${error.code} at ${error.where}: ${error.message}`;
  const isNamed = [...nodes, ...Object.keys(inputs)].some((name) => new RegExp(`\\b${name}\\b`).test(text));
  const failures = isNamed ? [] : [`refused without the name of a node: ${text}`];
  return { made: null, refused: isNamed ? text : null, failures, sensitive: 0 };
}

interface Compared {
  /** By onnxruntime, by the lowered graph, by the circuit. */
  readonly data: Float64Array;
  readonly reals: Float64Array;
  readonly quantised: Float64Array;
  readonly range: number;
  readonly samples: number;
}

function faults(name: string, { data, reals, quantised, range, samples }: Compared, bits: number): string[] {
  const found: string[] = [];
  const gap = meanError(reals, data) / range;
  if (!(gap < 1e-3))
    found.push(`${name} of the lowered graph differs from onnxruntime's by ${percent(gap)} of its range`);
  const error = meanError(quantised, data) / range;
  if (!(error < allowed(bits))) found.push(`${name} has a mean error of ${percent(error)} of its range`);
  const size = data.length / samples;
  for (let e = 0; e < size && bits >= MOVES.bits; e++) {
    const [float, ours] = [data, quantised].map((values) => ends(values.filter((_, i) => i % size === e)));
    const moved = (float[1] - float[0]) / range;
    if (moved > MOVES.share && ours[0] === ours[1])
      found.push(`${name}[${e}] is a constant, the float moves by ${percent(moved)} of the range`);
  }
  return found;
}

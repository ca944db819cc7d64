// Compiles a random graph and says what is wrong with the outcome.
import { compile, run, type Compilation } from '#compiler/index.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { InferproofError } from '#verifier/errors.js';
import { readValues } from '#verifier/functions.js';
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
  /** Outputs that lose more than is allowed, and a warning says where. */
  readonly warned: number;
}

const MOST_SECONDS = 6;
/** What a sum of a few float32 values of size 1 may be off by. */
const FLOAT32 = 2 ** -22;
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

const sizeOfEnds = ([lo, hi]: readonly [number, number]): number => Math.max(Math.abs(lo), Math.abs(hi));

/** Of an output, as the accuracy contract has it: what it spans, or its size where that is more. */
function rangeOf(values: Float64Array): number {
  const [lo, hi] = ends(values);
  return Math.max(hi - lo, Math.abs(lo), Math.abs(hi)) || 1;
}

const meanError = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0) / Math.max(a.length, 1);

export async function judge(graph: RandomGraph): Promise<Verdict> {
  const { bytes, whole, options, inputs, samples, rounded } = graph;
  const { calibration = samples } = options;
  const [floats, coarse, seen] = await floatOutputs(bytes, inputs, [samples, rounded, calibration]);
  const [inner] = await floatOutputs(whole, inputs, [samples]);
  const largest = [...inner.values()].reduce((most, { data }) => Math.max(most, sizeOfEnds(ends(data))), 0);
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
  let [sensitive, warned] = [0, 0];
  made.graph.outputs.forEach(({ name, value, read }) => {
    const given = (list: ReadonlyMap<string, Floats>): Floats =>
      list.get(name) ?? { shape: [], data: Float64Array.of() };
    const { shape, data } = given(floats);
    // without data activations have steps for their worst case, so it is what an error is a share of
    const { scale, lo, hi } = made.circuit.tensors[made.circuit.outputs.find((output) => output.name === name)!.tensor];
    const range = Math.max(rangeOf(data), options.calibration || read ? 0 : Number(scale) * (hi - lo));
    const own = made.graph.values[value].shape;
    if (own.join() !== shape.join())
      failures.push(`${name} has shape [${own.join()}], onnxruntime's [${shape.join()}]`);
    if (!(meanError(given(coarse).data, data) / range < allowed(options.bits) / 2)) sensitive++;
    else {
      const reals = lowered.flatMap((values) =>
        read ? readValues(read, [...values[value]], shape) : [...values[value]],
      );
      const quantised = outputs.flatMap((sample) => sample[name].read?.values ?? sample[name].floats);
      const found = faults(name, options.bits, {
        data,
        reals: Float64Array.from(reals),
        quantised: Float64Array.from(quantised),
        range,
        samples: samples.count,
        seen: ends(given(seen).data),
        noise: (FLOAT32 * largest) / range,
      });
      if (found.length > 0 && isNamed(graph, made.report.warnings.join())) warned++;
      else failures.push(...found);
    }
  });
  return { made, refused: null, failures, sensitive, warned };
}

/** The graph that an error stopped: refused, if it says at which node or input. */
function refusal(graph: RandomGraph, error: unknown): Verdict {
  if (!(error instanceof InferproofError)) throw error;
  const text = `${error.code} at ${error.where}: ${error.message}`;
  const named = isNamed(graph, text);
  const failures = named ? [] : [`refused without the name of a node: ${text}`];
  return { made: null, refused: named ? text : null, failures, sensitive: 0, warned: 0 };
}

const isNamed = ({ nodes, inputs }: RandomGraph, text: string): boolean =>
  [...nodes, ...Object.keys(inputs)].some((name) => new RegExp(`\\b${name}\\b`).test(text));

interface Compared {
  /** By onnxruntime, by the lowered graph, by the circuit. */
  readonly data: Float64Array;
  readonly reals: Float64Array;
  readonly quantised: Float64Array;
  readonly range: number;
  readonly samples: number;
  /** What the output was in the data that calibrated it: beyond, its activations saturate. */
  readonly seen: readonly [number, number];
  /** What onnxruntime itself may be off by, as a share of the range: float32 sums of values much larger than the output. */
  readonly noise: number;
}

function faults(name: string, bits: number, compared: Compared): string[] {
  const { data, reals, quantised, range, samples, seen, noise } = compared;
  const found: string[] = [];
  const gap = meanError(reals, data) / range;
  if (!(gap < 1e-3 + noise))
    found.push(`${name} of the lowered graph differs from onnxruntime's by ${percent(gap)} of its range`);
  const inside = (_: number, i: number): boolean => data[i] >= seen[0] && data[i] <= seen[1];
  const error = meanError(quantised.filter(inside), data.filter(inside)) / range;
  if (!(error < allowed(bits) + noise)) found.push(`${name} has a mean error of ${percent(error)} of its range`);
  const size = data.length / samples;
  for (let e = 0; e < size && bits >= MOVES.bits; e++) {
    const [float, ours] = [data, quantised].map((values) => ends(values.filter((_, i) => i % size === e)));
    const moved = (float[1] - float[0]) / range;
    if (moved > MOVES.share && ours[0] === ours[1])
      found.push(`${name}[${e}] is a constant, the float moves by ${percent(moved)} of the range`);
  }
  return found;
}

// A random model by its seed: one to nine nodes or a few more, over one or two inputs whose columns have random widths and offsets,
// with data or with declared ranges, for either argument at any number of bits.
import type { Argument, CompileOptions, Samples } from '#compiler/index.js';
import { modelBytes } from '../onnx-models.js';
import { ACTIVATIONS } from './activations.js';
import { ARITHMETIC } from './arithmetic.js';
import { randomOf, type Draft, type Live, type Random } from './draft.js';
import { LAYERS } from './layers.js';
import { elements } from './reach.js';
import { SHAPES } from './shapes.js';

export interface RandomGraph {
  readonly seed: number;
  readonly bytes: Uint8Array;
  /** The same with every value as an output. */
  readonly whole: Uint8Array;
  /** Shapes of the inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly nodes: readonly string[];
  /** Options and operators in order. */
  readonly description: string;
  readonly options: Pick<CompileOptions, 'calibration' | 'inputRanges'> &
    Required<Pick<CompileOptions, 'argument' | 'bits'>>;
  /** Inputs inside the ranges, not those of the calibration. */
  readonly samples: Samples;
  /** The same in `bits` bits each: what they alone lose is no fault of a compiler. */
  readonly rounded: Samples;
}

const CALIBRATION = 32;
const SAMPLES = 32;

/** An input, and the ends of each of its elements. */
interface Input extends Live {
  readonly isTable: boolean;
}

function inputOf(random: Random, name: string, isByColumn: boolean): Input {
  const kind = random.int(0, 9);
  const isTable = kind < 5;
  const shape = isTable
    ? [1, random.int(1, 10)]
    : kind < 8
      ? [1, random.int(1, 2), random.int(4, 7), random.int(4, 7)]
      : [1, random.int(1, 3), random.int(4, 10)];
  const size = elements(shape);
  const ends = (): readonly [number, number] => {
    const width = random.decades(-3, 6);
    const lo = width * (random.chance(0.15) ? random.between(-30, 30) : random.between(-1.5, 0.5));
    return [lo, lo + width];
  };
  const common = random.chance(0.5) ? random.pick([[-1, 1], [0, 1], [0, 255], [-3.5, -1.25]] as const) : ends(); // prettier-ignore
  const byColumn = Array.from({ length: size }, () => (isTable && isByColumn ? ends() : common));
  const of = (end: 0 | 1): Float64Array => Float64Array.from(byColumn, (pair) => pair[end]);
  return { name, shape, isTable, lo: of(0), hi: of(1) };
}

/** Uniform in what each element spans, inside `within` where that is given: what other samples showed. */
function samplesOf(random: Random, inputs: readonly Input[], count: number, within?: Samples): Samples {
  const values = inputs.map(({ name, lo, hi, isTable, shape }) => {
    const size = elements(shape);
    const seen = within?.inputs[name];
    const data = Float64Array.from({ length: count * size }, (_, i) => {
      const c = i % size;
      const v = Math.fround(random.between(lo[c], hi[c]));
      if (!seen) return v;
      const alike = isTable ? seen.filter((__, k) => k % size === c) : seen;
      return Math.min(Math.max(v, Math.min(...alike)), Math.max(...alike));
    });
    return [name, data] as const;
  });
  return { count, inputs: Object.fromEntries(values) };
}

/** Every element as the nearest of 2^bits steps over what it spans. */
function roundedTo(bits: number, inputs: readonly Input[], samples: Samples): Samples {
  const steps = 2 ** bits - 1;
  const rounded = inputs.map(({ name, lo, hi }) => {
    const of = (v: number, c: number): number => {
      const step = (hi[c] - lo[c]) / steps;
      return lo[c] + step * Math.round((v - lo[c]) / step);
    };
    return [name, Float64Array.from(samples.inputs[name], (v, i) => of(v, i % lo.length))] as const;
  });
  return { count: samples.count, inputs: Object.fromEntries(rounded) };
}

export function randomGraph(seed: number): RandomGraph {
  const random = randomOf(seed);
  const argument: Argument = random.pick(['lookup', 'plain']);
  const bits = random.chance(0.6) ? 8 : random.int(2, 12);
  const hasData = random.chance(0.6);
  const isByColumn = hasData && random.chance(0.5);
  const inputs = [inputOf(random, 'x', isByColumn)];
  if (random.chance(0.15)) inputs.push(inputOf(random, 'z', isByColumn));
  const opset = random.pick([9, 10, 11, 12, 13, 15, 17, 18, 20, 21]);
  const g: Draft = { random, opset, hasTables: argument === 'lookup', nodes: [], initializers: {}, live: [...inputs] };
  const wanted = random.int(1, 9);
  while (g.nodes.length < wanted) {
    const x = random.chance(0.75) ? g.live[g.live.length - 1] : random.pick(g.live);
    const family = random.pick([LAYERS, LAYERS, ACTIVATIONS, ACTIVATIONS, [...ARITHMETIC, ...SHAPES]]);
    random.pick(family)(g, x);
  }
  const read = new Set(g.nodes.flatMap((node) => node.in));
  const used = inputs.filter(({ name }) => read.has(name));
  const unread = g.nodes.flatMap(({ out = [] }) => out).filter((name) => !read.has(name));
  const outputs = random.chance(0.1) ? [...new Set([...unread, ...(g.nodes[0].out ?? [])])] : unread;
  const shapes = Object.fromEntries(used.map(({ name, shape }) => [name, [...shape]]));
  const calibration = hasData ? samplesOf(random, used, CALIBRATION) : undefined;
  const samples = samplesOf(random, used, SAMPLES, calibration);
  const ranges = used.map(({ name, lo, hi }) => [name, [lo[0], hi[0]]] as const);
  const model = { inputs: shapes, nodes: g.nodes, initializers: g.initializers, opset, ir: opset > 20 ? 10 : 8 };
  return {
    seed,
    bytes: modelBytes({ ...model, outputs }),
    whole: modelBytes({ ...model, outputs: g.nodes.flatMap(({ out = [] }) => out) }),
    inputs: shapes,
    nodes: g.nodes.map(({ name = '' }) => name),
    description: [
      `${argument}, ${bits} bits, ${calibration ? (isByColumn ? 'data by column' : 'data') : 'declared range'}, opset ${opset}:`,
      g.nodes.map(({ op }) => op).join(' '),
    ].join(' '),
    options: { argument, bits, ...(calibration ? { calibration } : { inputRanges: Object.fromEntries(ranges) }) },
    samples,
    rounded: roundedTo(bits, used, samples),
  };
}

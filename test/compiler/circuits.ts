// Small circuits by hand for the tests of everything behind the planner: each kind of step, of input and of rescale, with
// weights from a fixed generator. Also the naive meaning of a circuit, in bigint and without any shared code.
import type { Circuit, Ends, IntegerForm, IntegerStep, TensorId } from '#compiler/circuit/circuit.js';
import { withVariants } from '#compiler/circuit/uses.js';
import { constantMap, type LinearMap } from '#compiler/linear/map.js';
import { addMaps, gatherMap, identityMap, scaleMap } from '#compiler/linear/maps.js';
import { point } from '#compiler/recipes/functions.js';
import { integerOf } from '#compiler/primitives/index.js';
import type { RescaleOwn } from '#compiler/primitives/rescale.js';
import type { ValueId } from '#compiler/recipes/values.js';
import { sizeOf } from '#compiler/tensor.js';
import { rangeOfElement } from '#verifier/words.js';
import { meaningOf } from '../primitives/index.js';
import { circuitOf, convolution, dense, outputsOf, sketch, type Settings } from './sketch.js';

/** Numbers of [0, 1), the same on every run (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** input [1, 12] -> dense 5, relu -> dense 3, logits. */
export function perceptron(): Circuit {
  const random = generator(1);
  const net = sketch();
  const x = net.input('x', [1, 12]);
  const h = net.linear('h', [1, 5], dense([[x, 12]], 5, random));
  const r = net.table('r', h, point('relu'), 'Relu');
  const y = net.linear('logits', [1, 3], dense([[r, 5]], 3, random));
  const outputs = [{ name: 'probabilities', value: y, read: { function: 'softmax' as const, axis: 1 } }];
  return circuitOf(net, outputs, { ranges: { x: [[0, 1]] } });
}

/** picture [1, 2, 4, 5] -> conv 3, leaky (saturating) -> max over groups of 1 to 4 -> clip of a residual sum, and an argmax and an argmax. */
export function convolutional(): Circuit {
  const random = generator(2);
  const net = sketch();
  const x = net.input('x', [1, 2, 4, 5]);
  const c = net.linear('c', [1, 3, 4, 5], convolution([2, 4, 5], 3, 3, x, random), 'Conv');
  const l = net.table('l', c, point('leakyRelu', 0.1), 'LeakyRelu');
  const starts = Array.from({ length: 25 }, (_, g) => Math.floor((g / 4) * 10));
  const m = net.groups('m', [1, 24], l, 'max', starts, Array.from({ length: 60 }, (_, i) => (i * 7) % 60)); // prettier-ignore
  const s = net.linear('s', [1, 6], dense([[m, 24], [l, 60]], 6, random), 'Add'); // prettier-ignore
  const k = net.table('k', s, point('clip', -1.5, 6), 'Clip');
  const a = net.groups('a', [2], m, 'argmax', [0, 9, 12], [0, 2, 4, 6, 8, 10, 12, 14, 16, 3, 5, 7]);
  const outputs = [
    { name: 'class', value: a, read: null },
    { name: 'values', value: k, read: null },
    { name: 'pooled', value: m, read: null },
  ];
  return circuitOf(net, outputs, { ranges: { x: [[-1, 1]] }, activations: [{ value: l, lo: -0.3, hi: 1.1 }] });
}

/** A table by column, a byte and an odd-range integer input; an identity rescale between two linear maps; 6 bits. */
export function tabular(): Circuit {
  const random = generator(3);
  const net = sketch();
  const t = net.input('table', [1, 4]);
  const b = net.input('byte', [3], 'uint8');
  const i = net.input('int', [2], 'int64');
  const h = net.linear('h', [4], dense([[t, 4], [b, 3], [i, 2]], 4, random), 'MatMul'); // prettier-ignore
  const y = net.linear('y', [4], dense([[h, 4], [t, 4]], 4, random), 'MatMul'); // prettier-ignore
  const ranges: Settings['ranges'] = {
    table: [[0, 1], [-5000, 2000], [0.001, 0.002], [-1, 0]], // prettier-ignore
    byte: [[0, 255]],
    int: [[-3, 9]],
  };
  return circuitOf(net, outputsOf(net, y), { ranges, bits: 6, public: 'output' });
}

/**
 * x and y, neither of whose zeros is an integer -> p = x reversed times y, s = x x, a = (2x + 1) y, d = (a dense form of x) y, which
 * is rounded first; relu of a dense form of all of them, and all of them exact.
 */
export function products(): Circuit {
  const random = generator(4);
  const net = sketch();
  const [x, y] = [net.input('x', [1, 4]), net.input('y', [1, 4])];
  const p = net.product('p', net.linear('back', [1, 4], gatherMap(x, Int32Array.of(3, 2, 1, 0)), 'Slice'), y);
  const s = net.product('s', x, x);
  const a = net.product('a', net.linear('affine', [1, 4], scaleMap(identityMap(x, 4), 2, 1), 'Add'), y);
  const d = net.product('d', net.linear('h', [1, 4], dense([[x, 4]], 4, random)), y);
  const all = dense([p, s, a, d].map((id) => [id, 4] as const), 3, random); // prettier-ignore
  const r = net.table('r', net.linear('sum', [1, 3], all), point('relu'), 'Relu');
  return circuitOf(net, outputsOf(net, p, s, a, d, r), { ranges: { x: [[-1, 2.3]], y: [[-0.6, 1]] }, bits: 6 });
}

/** x -> dense, sigmoid -> dense, tanh, a product of the two: functions that only look-ups prove. Without `rangeBits` it is refused. */
export function curves(rangeBits?: number): Circuit {
  const random = generator(6);
  const net = sketch();
  const x = net.input('x', [1, 5]);
  const f = net.table('f', net.linear('h', [1, 3], dense([[x, 5]], 3, random)), point('sigmoid'), 'Sigmoid');
  const t = net.table('t', net.linear('k', [1, 3], dense([[f, 3], [x, 5]], 3, random)), point('tanh'), 'Tanh'); // prettier-ignore
  const g = net.product('g', f, t);
  const y = net.linear('y', [1, 2], dense([[g, 3], [x, 5]], 2, random)); // prettier-ignore
  const settings = { ranges: { x: [[-2, 2.5]] as const }, bits: 6, ...(rangeBits !== undefined && { rangeBits }) };
  return circuitOf(net, outputsOf(net, f, t, y), settings);
}

/** x, far wider than tanh bends -> dense, tanh t -> dense y: tables of which most keys are in the tails. */
export function saturated(rangeBits: number): Circuit {
  const random = generator(8);
  const net = sketch();
  const x = net.input('x', [1, 5]);
  const t = net.table('t', net.linear('h', [1, 3], dense([[x, 5]], 3, random)), point('tanh'), 'Tanh');
  const y = net.linear('y', [1, 2], dense([[t, 3]], 2, random));
  return circuitOf(net, outputsOf(net, y), { ranges: { x: [[-20, 30]] }, bits: 4, rangeBits });
}

/** picture [1, 3, 2, 4] whose channels have units of their own -> conv 2, relu; the largest value of a channel, of two channels. */
export function channels(): Circuit {
  const random = generator(6);
  const net = sketch();
  const x = net.input('x', [1, 3, 2, 4]);
  const c = net.linear('c', [1, 2, 2, 4], convolution([3, 2, 4], 2, 3, x, random), 'Conv');
  const r = net.table('r', c, point('relu'), 'Relu');
  const m = net.groups('m', [2], x, 'max', [0, 4, 7], [16, 17, 18, 19, 1, 9, 2]);
  const y = net.linear('y', [3], dense([[r, 16], [m, 2]], 3, random), 'MatMul'); // prettier-ignore
  const ends = [[-1, 1], [0, 5], [0.9, 1.1]] as const; // prettier-ignore
  return circuitOf(net, outputsOf(net, y), { ranges: { x: { axis: 1, ends } }, bits: 6 });
}

/** Indices of which some are negative -> the places that they name -> what a dense form makes of them; and a product with one place. */
export function choices(): Circuit {
  const random = generator(7);
  const net = sketch();
  const x = net.input('x', [1, 3]);
  const i = net.input('index', [2], 'int64');
  const hot = net.onehot('hot', i, 4);
  const y = net.linear('y', [1, 3], dense([[hot, 8], [x, 3]], 3, random), 'MatMul'); // prettier-ignore
  const p = net.product('p', x, net.linear('one', [1, 3], gatherMap(hot, Int32Array.of(1, 0, 7)), 'Gather'));
  return circuitOf(net, outputsOf(net, y, p, hot), { ranges: { x: [[-1, 2]], index: [[-2, 3]] }, bits: 6 });
}

/** Integers whose columns have ranges of their own: one that fills its bits, two that do not, one of a single value; and a choice by one of them. */
export function categories(): Circuit {
  const net = sketch();
  const x = net.input('x', [1, 4], 'int64');
  const hot = net.onehot('hot', net.linear('first', [1], gatherMap(x, Int32Array.of(1)), 'Gather', 'int64'), 7);
  const sums = addMaps([
    identityMap(x, 4),
    gatherMap(x, Int32Array.of(1, 2, 3, 0)),
    constantMap(Float64Array.of(3, 0, -7, 1)),
  ]);
  const y = net.linear('y', [1, 4], sums, 'Add', 'int64');
  const ends = [[0, 3], [-2, 6], [5, 5.5], [0, 300]] as const; // prettier-ignore
  return circuitOf(net, outputsOf(net, y, hot), { ranges: { x: ends } });
}

/** x -> a softmax of two groups of which one element never counts, and the logarithm of a sum that takes a maximum first. */
export function exponentials(rangeBits?: number): Circuit {
  const net = sketch();
  const x = net.input('x', [1, 6]);
  const masked = scaleMap(identityMap(x, 6), 1, Float64Array.of(0, 0, -1e9, 0, 0, 0));
  const groups = { starts: Int32Array.of(0, 3, 6), members: Int32Array.of(0, 2, 4, 1, 3, 5) };
  const p = net.step('p', [1, 6], 'softmax', [net.linear('m', [1, 6], masked, 'Add')], groups);
  const wide = net.linear('wide', [1, 6], scaleMap(identityMap(x, 6), 6), 'Mul');
  const s = net.step('s', [1, 2], 'logsum', [wide], groups);
  const settings = { ranges: { x: [[-1, 1.5]] as const }, bits: 5, ...(rangeBits !== undefined && { rangeBits }) };
  return circuitOf(net, outputsOf(net, p, s), settings);
}

/** x -> its rows standardised; y over the norms of pairs that lie apart. */
export function norms(rangeBits?: number): Circuit {
  const net = sketch();
  const [x, y] = [net.input('x', [2, 3]), net.input('y', [1, 4])];
  const rows = { starts: Int32Array.of(0, 3, 6), members: Int32Array.of(0, 1, 2, 3, 4, 5) };
  const pairs = { starts: Int32Array.of(0, 2, 4), members: Int32Array.of(0, 2, 1, 3) };
  const s = net.step('s', [2, 3], 'standardise', [x], { ...rows, centred: true, averaged: true, epsilon: 0.1 });
  const n = net.step('n', [1, 4], 'standardise', [y], { ...pairs, centred: false, averaged: false, epsilon: 0.1 });
  const settings = { ranges: { x: [[-1, 2]] as const, y: [[-0.5, 1]] as const }, bits: 3, ...(rangeBits !== undefined && { rangeBits }) }; // prettier-ignore
  return circuitOf(net, outputsOf(net, s, n), settings);
}

/** x -> the norms of groups that overlap. */
export function roots(rangeBits = 6): Circuit {
  const net = sketch();
  const x = net.input('x', [1, 4]);
  const groups = { starts: Int32Array.of(0, 3, 5), members: Int32Array.of(0, 1, 2, 2, 3) };
  const n = net.step('n', [1, 2], 'norm', [x], groups);
  return circuitOf(net, outputsOf(net, n), { ranges: { x: [[-0.5, 1]] }, bits: 3, rangeBits });
}

/**
 * Three tokens of four numbers, standardised; a head of attention in the last of which the first may not look, its exponents cut at
 * what data showed; what is added to them and standardised again.
 */
export function attention(rangeBits?: number): Circuit {
  const random = generator(21);
  const net = sketch();
  const [T, D] = [3, 4];
  const x = net.input('x', [T, D]);
  const rows = { starts: Int32Array.of(0, 4, 8, 12), members: Int32Array.from({ length: T * D }, (_, i) => i) };
  const norm = { ...rows, centred: true, averaged: true, epsilon: 0.05 };
  const s = net.step('s', [T, D], 'standardise', [x], norm);
  const [q, k, v] = ['q', 'k', 'v'].map((name) => net.linear(name, [T, D], dense([[s, T * D]], T * D, random), 'MatMul')); // prettier-ignore
  const terms = (at: (i: number, j: number, k: number) => number, n: number, depth: number): Int32Array =>
    Int32Array.from({ length: T * n * depth }, (_, t) => at(Math.floor(t / depth / n), Math.floor(t / depth) % n, t % depth)); // prettier-ignore
  const scores = net.step('scores', [T, T], 'matmul', [q, k], {
    a: terms((i, _, d) => i * D + d, T, D),
    b: terms((_, j, d) => j * D + d, T, D),
    depth: D,
  });
  const mask = Float64Array.from({ length: T * T }, (_, i) => (i === 2 ? -1e9 : 0));
  const masked = net.linear('masked', [T, T], scaleMap(identityMap(scores, T * T), 0.5, mask), 'Add');
  const groups = { starts: Int32Array.of(0, 3, 6, 9), members: Int32Array.from({ length: T * T }, (_, i) => i) };
  const p = net.step('p', [T, T], 'softmax', [masked], groups);
  const o = net.step('o', [T, D], 'matmul', [p, v], {
    a: terms((i, _, j) => i * T + j, D, T),
    b: terms((_, d, j) => j * D + d, D, T),
    depth: T,
  });
  const r = net.linear('r', [T, D], addMaps([identityMap(x, T * D), identityMap(o, T * D)]), 'Add');
  const y = net.step('y', [T, D], 'standardise', [r], norm);
  const activations = [
    { value: q, lo: -3, hi: 3 },
    { value: masked, lo: -4, hi: 3 },
    { value: r, lo: -2, hi: 2.5 },
  ];
  const settings = { ranges: { x: [[-1, 1]] as const }, bits: 4, activations, ...(rangeBits !== undefined && { rangeBits }) }; // prettier-ignore
  const circuit = circuitOf(net, outputsOf(net, p, y), settings);
  return rangeBits === undefined ? circuit : withCheapest(circuit, rangeBits);
}

/** Sixteen rows of x times three columns of y, of which the second and third meet the later rows alone: more than a field element holds. */
export function folded(rangeBits: number, bits = 8): Circuit {
  const net = sketch();
  const [T, n, depth] = [16, 3, 6];
  const [x, y] = [net.input('x', [T, depth]), net.input('y', [n, depth])];
  const terms = (at: (o: number) => number): Int32Array =>
    Int32Array.from({ length: T * n * depth }, (_, t) => at(Math.floor(t / depth)) * depth + (t % depth));
  const own = { a: terms((o) => Math.floor(o / n)), b: terms((o) => o % n), depth };
  const sums = net.step('sums', [T, n], 'matmul', [x, y], own);
  const met = Int32Array.from({ length: T * n }, (_, o) => o).filter((o) => Math.floor(o / n) >= 7 * (o % n));
  const z = net.linear('z', [met.length], gatherMap(sums, met), 'Gather');
  return circuitOf(net, outputsOf(net, z), {
    ranges: { x: [[-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]], y: [[56 - 2 ** bits, 55]] },
    bits,
    rangeBits,
  });
}

/** Each step with the gadget that is cheapest if no other shares its tables. */
function withCheapest(circuit: Circuit, rangeBits: number): Circuit {
  const steps = withVariants(circuit, rangeBits, (index) => {
    const step = circuit.steps[index];
    const offers =
      integerOf(step).lookup.offers?.(
        step,
        step.outs.map((id) => circuit.tensors[id]),
        rangeBits,
      ) ?? [];
    const rows = offers.map(({ rows, table, brings }) => rows + brings + (table ? table.hi - table.lo + 1 : 0));
    return offers[rows.indexOf(Math.min(...rows))]?.variant;
  });
  return { ...circuit, steps };
}

/**
 * x, byte and flags -> g, x against thresholds on and off its grid; o, one dense form against another; z, bytes that are 7; t, g and
 * a flag; w, x where o, else a dense form; n, a byte where z, else 200.
 */
export function decisions(): Circuit {
  const random = generator(12);
  const net = sketch();
  const x = net.input('x', [1, 4]);
  const byte = net.input('byte', [1, 4], 'uint8');
  const flag = net.input('flag', [1, 4], 'bool');
  const shift = (id: ValueId, by: readonly number[]): LinearMap =>
    scaleMap(identityMap(id, 4), 1, Float64Array.from(by));
  const g = net.ask('g', 'compare', net.linear('above', [1, 4], shift(x, [0.2, -1, 0, 0.7]), 'Sub'));
  const h = net.linear('h', [1, 4], dense([[x, 4]], 4, random));
  const o = net.ask('o', 'compare', h);
  const z = net.ask('z', 'equal', net.linear('from7', [1, 4], shift(byte, [-7, -7, 0, -255]), 'Sub', 'int64'));
  const none = net.linear('none', [1, 4], constantMap(new Float64Array(4)), 'Constant', 'bool');
  const t = net.select('t', g, flag, none);
  const w = net.select('w', o, x, h);
  const most = net.linear('most', [1, 4], constantMap(new Float64Array(4).fill(200)), 'Constant', 'uint8');
  const n = net.select('n', z, byte, most);
  const ranges: Settings['ranges'] = { x: [[-1, 2]], byte: [[0, 255]], flag: [[0, 1]] };
  return circuitOf(net, outputsOf(net, g, o, z, t, w, n), { ranges, bits: 6 });
}

/** x -> a state of means, h' = n + z (h - n), over two steps, as a recurrent net has it; and the sum of products of its last step. */
export function blends(): Circuit {
  const random = generator(12);
  const net = sketch();
  const [x, first] = [net.input('x', [1, 4]), net.input('h', [1, 3])];
  const bounded = (name: string, at: ValueId, lo: number): ValueId =>
    net.table(name, net.linear(`${name} sum`, [1, 3], dense([[x, 4], [at, 3]], 3, random)), point('clip', lo, 1), 'Clip'); // prettier-ignore
  const step = (k: number, h: ValueId): readonly [state: ValueId, p: ValueId] => {
    const [z, n] = [bounded(`z${k}`, h, 0), bounded(`n${k}`, h, -1)];
    const difference = addMaps([identityMap(h, 3), scaleMap(identityMap(n, 3), -1)]);
    const p = net.product(`p${k}`, z, net.linear(`d${k}`, [1, 3], difference, 'Sub'));
    const mean = net.linear(`m${k}`, [1, 3], addMaps([identityMap(n, 3), identityMap(p, 3)]), 'Add');
    return [net.table(`h${k}`, mean, point('identity'), 'Identity'), p];
  };
  const [second] = step(1, first);
  const [last, p] = step(2, second);
  const all = net.linear('all', [1, 1], dense([[p, 3]], 1, random), 'ReduceSum');
  return circuitOf(net, outputsOf(net, last, all), { ranges: { x: [[-1, 1]], h: [[-1, 1]] }, bits: 6 });
}

/**
 * Integers of both signs over 3, 8, -5 and 1, toward 0, and what is left of them; over live ones; mod 7 of others, of the sign of the
 * divisor; a byte that wraps around where it is read.
 */
export function divisions(): Circuit {
  const net = sketch();
  const [x, d] = [net.input('x', [4], 'int64'), net.input('d', [4], 'int64')];
  const by = Float64Array.of(3, 8, -5, 1);
  const none = new Float64Array();
  const divided = (name: string, sources: readonly ValueId[], part: 'quotient' | 'rest', toward: 'floor' | 'zero', of: Float64Array): ValueId =>
    net.step(name, [4], 'division', sources, { part, toward, by: of }, 'int64'); // prettier-ignore
  const q = divided('q', [x], 'quotient', 'zero', by);
  const r = divided('r', [x], 'rest', 'zero', by);
  const m = divided('m', [x], 'rest', 'floor', Float64Array.of(7, 7, -7, 64));
  const lq = divided('lq', [x, d], 'quotient', 'zero', none);
  const lr = divided('lr', [x, d], 'rest', 'floor', none);
  const wide = net.linear('wide', [4], scaleMap(identityMap(x, 4), 3, 5), 'Add', 'int8');
  const w = net.linear('w', [4], scaleMap(identityMap(wide, 4), 2), 'Mul', 'int64');
  const settings = { ranges: { x: [[-60, 61]] as const, d: [[1, 9]] as const } };
  return circuitOf(net, outputsOf(net, q, r, m, lq, lr, w), settings);
}

/** x -> the first two of three, twice, of forms that overlap; both of two of those in order; a dense form of values and positions. */
export function sorted(rangeBits?: number): Circuit {
  const random = generator(9);
  const net = sketch();
  const x = net.input('x', [1, 5]);
  const h = net.linear('h', [1, 4], dense([[x, 5]], 4, random));
  const [values, positions] = net.sorted('s', h, 3, 2, [0, 1, 2, 3, 2, 0]);
  const [order, at] = net.sorted('t', values, 2, 2, [3, 0]);
  const [first] = net.sorted('u', x, 4, 1, [4, 2, 3, 1]);
  const y = net.linear('y', [1, 3], dense([[order, 2], [positions, 4], [first, 1]], 3, random)); // prettier-ignore
  const settings = { ranges: { x: [[-1, 2]] as const }, bits: 4, ...(rangeBits !== undefined && { rangeBits }) };
  return circuitOf(net, outputsOf(net, values, positions, at, y), settings);
}

/** Numbers of both signs and bytes, bit by bit with each other. */
export function patterns(): Circuit {
  const net = sketch();
  const [x, y] = [net.input('x', [3], 'int64'), net.input('y', [3], 'int64')];
  const both = (name: string, op: string, a: ValueId, b: ValueId): ValueId =>
    net.step(name, [3], 'bitwise', [a, b], { op }, 'int64');
  const mask = net.linear('mask', [3], constantMap(Float64Array.of(12, 255, 3)), 'Constant', 'int64');
  const values = [both('a', 'and', x, y), both('o', 'or', x, x), both('e', 'xor', y, mask)];
  return circuitOf(net, outputsOf(net, ...values), { ranges: { x: [[-100, 90]], y: [[0, 200]] } });
}

/** Two trees over integers, one of which a sum asks for too, by value and by path; and a tree over floats of which only the order counts. */
export function forest(targets: 1 | 3 = 1, integers: readonly Ends[] = [[-6, 7]]): Circuit {
  const net = sketch();
  const [i, x] = [net.input('i', [2], 'int64'), net.input('x', [1, 3])];
  const leaf = (...all: number[]): Float64Array => Float64Array.from(all.flatMap((w) => [w, -2 * w, 1 - w].slice(0, targets))); // prettier-ignore
  const splits = (feature: number[], at: number[], strict: number[], below: number[], above: number[]) => ({
    ...{ feature: Int32Array.from(feature), at: Float64Array.from(at), strict: Int32Array.from(strict) },
    ...{ below: Int32Array.from(below), above: Int32Array.from(above) },
  });
  const two = {
    ...{
      features: 2,
      targets,
      each: false,
      roots: Int32Array.of(2, 4),
      leaves: leaf(0.5, -1, 2.25, 0.125, 0.75, -0.5),
    },
    ...splits([1, 0, 0, 1, 0], [2, -3, 4, 2, 0.5], [1, 0, 1, 0, 0], [-1, -3, 0, -2, -5], [-2, -4, 1, -6, 3]),
  };
  const y = net.step('y', [1, targets], 'ensemble', [i], two);
  const floats = {
    ...{ features: 3, targets: 1, each: true, roots: Int32Array.of(1, 2), leaves: Float64Array.of(1, 0.5, -0.25, 3) },
    ...splits([0, 2, 0], [0, 1.5, -1e-40], [0, 1, 1], [-1, 0, -3], [-2, -3, -4]),
  };
  const t = net.step('t', [1, 2], 'ensemble', [x], floats);
  const ranges: Settings['ranges'] = { i: integers, x: [[-3.4e38, 3.4e38]] };
  return circuitOf(net, outputsOf(net, y, t), { ranges, bits: 6 });
}

export const circuits: readonly (readonly [name: string, build: () => Circuit])[] = [
  ['perceptron', perceptron],
  ['convolutional', convolutional],
  ['tabular', tabular],
  ['products', products],
  ['channels', channels],
  ['choices', choices],
  ['categories', categories],
  ['decisions', decisions],
  ['blends', blends],
  ['divisions', divisions],
  ['patterns', patterns],
  ['forest', forest],
  ['forest by path', () => forest(3)],
];

/** Stored inputs: both ends and random ones. */
export function storedInputs(circuit: Circuit, seed: number): Map<TensorId, Float64Array> {
  const random = generator(seed);
  return new Map(
    circuit.inputs.map(({ tensor }) => {
      const { shape, lo } = circuit.tensors[tensor];
      const rangeOf = rangeOfElement(circuit.tensors[tensor]);
      const pick = (_: unknown, i: number): number => {
        const [least, most] = rangeOf(i);
        return [() => least, () => most, () => least + Math.floor(random() * (most - least + 1))][Math.min(seed, 2)]() - lo; // prettier-ignore
      };
      return [tensor, Float64Array.from({ length: sizeOf(shape) }, pick)];
    }),
  );
}

/** Shift and function of a rescale; null for a step of another kind. */
export const rescaleOf = ({ kind, own }: IntegerStep): RescaleOwn | null =>
  kind === 'rescale' ? (own as RescaleOwn) : null;

/** Stored values of every tensor, by the definitions in test/primitives. */
export function naive(
  { steps, tensors }: Pick<Circuit, 'steps' | 'tensors'>,
  inputs: ReadonlyMap<TensorId, Float64Array>,
): bigint[][] {
  const values: bigint[][] = [];
  for (const step of steps) {
    const acc = step.forms.map((form) => naiveForm(form, values));
    const given = step.outs.map((out) => Array.from(inputs.get(out) ?? [], BigInt));
    const meant = meaningOf(step).naive(step.own, acc, step.outs.map((out) => tensors[out]), given); // prettier-ignore
    step.outs.forEach((out, k) => (values[out] = meant[k]));
  }
  return values;
}

const naiveForm = ({ map }: IntegerForm, values: readonly bigint[][]): bigint[] =>
  Array.from({ length: map.size }, (_, o) => {
    let sum = BigInt(map.bias[o]);
    for (const { from, base, pattern, kernel, patterns, kernels } of map.parts)
      for (let k = 0; k < kernels[kernel[o]].length; k++)
        sum += BigInt(kernels[kernel[o]][k]) * values[from][base[o] + patterns[pattern[o]][k]];
    return sum;
  });

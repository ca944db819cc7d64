// Files of at most a kilobyte that ask for work, memory or trust that they do not deserve, from a seed: what grows beyond
// any bound, small valid models with bytes changed or cut off, and values of the wrong types.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { generator } from './circuits.js';
import { floats, ints, modelBytes, type ModelInit, type NodeInit, type TensorInit } from './onnx-models.js';

export interface Hostile {
  readonly what: string;
  readonly bytes: Uint8Array;
}

const MOST_BYTES = 1024;

/** A constant tensor of any size in a few bytes: the node that makes `out`, of the shape that an initializer `of` holds. */
const filled = (of: string, out: string): NodeInit => ({
  op: 'ConstantOfShape',
  in: [of],
  out: [out],
  attributes: { value: { tensor: floats([1], [0.01]) } },
});
const one = (op: string, dims: number[], attributes: NodeInit['attributes'] = {}): ModelInit => ({
  inputs: { x: dims },
  nodes: [{ op, in: ['x'], attributes }],
});
/** `count` nodes one after the other, each made from the name of what it reads and of what it gives. */
const chain = (count: number, node: (from: string, to: string) => NodeInit): NodeInit[] =>
  Array.from({ length: count }, (_, i) => node(i === 0 ? 'x' : `t${i - 1}`, i === count - 1 ? 'y' : `t${i}`));

/** v = x, then so many rounds of what makes w of v; null: no limit. */
const looped = (rounds: number | null, nodes: NodeInit[]): ModelInit => ({
  inputs: { x: [4] },
  initializers: { m: { dims: [], dataType: Type.INT64, int64Data: [BigInt(rounds ?? 0)] } },
  nodes: [
    {
      op: 'Loop',
      in: [rounds === null ? '' : 'm', '', 'x'],
      attributes: { body: { body: { inputs: ['k', 'c', 'v'], nodes, outputs: ['c', 'w'] } } },
    },
  ],
});

/** What grows with n while the file does not. */
const BOMBS: Readonly<Record<string, (n: number) => ModelInit>> = {
  'a MatMul with a large constant': (n) => ({ inputs: { x: [1, n] }, initializers: { s: ints(n, n) }, nodes: [filled('s', 'w'), { op: 'MatMul', in: ['x', 'w'] }] }),
  'a MatMul of large matrices': (n) => ({ inputs: { x: [n, n] }, initializers: { s: ints(n, n) }, nodes: [filled('s', 'w'), { op: 'MatMul', in: ['x', 'w'] }] }),
  'a product of constants': (n) => ({ inputs: { x: [1, 1] }, initializers: { s: ints(n, n) }, nodes: [filled('s', 'w'), { op: 'MatMul', in: ['w', 'w'], out: ['v'] }, { op: 'Add', in: ['x', 'v'] }] }),
  'a Gemm': (n) => ({ inputs: { x: [1, n] }, initializers: { s: ints(n, n) }, nodes: [filled('s', 'w'), { op: 'Gemm', in: ['x', 'w'], attributes: { transB: 1 } }] }),
  'layer after layer': (n) => ({ inputs: { x: [1, n] }, initializers: { s: ints(n, n) }, nodes: [filled('s', 'w'), ...chain(12, (from, to) => ({ op: 'MatMul', in: [from, 'w'], out: [to] }))] }),
  'a large mean': (n) => one('AveragePool', [1, 1, n, n], { kernel_shape: [n / 2, n / 2] }),
  'a padded mean': (n) => one('AveragePool', [1, 1, n, n], { kernel_shape: [n, n], auto_pad: 'SAME_UPPER' }),
  'a large maximum': (n) => one('MaxPool', [1, 1, n, n], { kernel_shape: [n / 2, n / 2] }),
  'a mean over everything': (n) => one('GlobalAveragePool', [1, 1, n, n]),
  'a maximum over everything': (n) => one('GlobalMaxPool', [1, 1, n, n]),
  'an ArgMax': (n) => one('ArgMax', [1, n * n], { axis: 1 }),
  'many ArgMax': (n) => one('ArgMax', [n, n], { axis: 0 }),
  'a Conv with huge pads': (n) => ({ inputs: { x: [1, 1, 3, 3] }, initializers: { w: floats([1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]) }, nodes: [{ op: 'Conv', in: ['x', 'w'], attributes: { pads: [n, n, n, n] } }] }),
  'a Conv with a huge kernel': (n) => ({ inputs: { x: [1, 1, n, n] }, initializers: { s: ints(1, 1, n, n) }, nodes: [filled('s', 'w'), { op: 'Conv', in: ['x', 'w'], attributes: { auto_pad: 'SAME_UPPER' } }] }),
  'a Conv of many channels': (n) => ({ inputs: { x: [1, n, 8, 8] }, initializers: { s: ints(n, n, 3, 3) }, nodes: [filled('s', 'w'), { op: 'Conv', in: ['x', 'w'] }] }),
  'a Conv under overlapping maxima': (n) => ({ inputs: { x: [1, 4, 32, 32] }, initializers: { s: ints(4, 4, 5, 5) }, nodes: [filled('s', 'w'), { op: 'Conv', in: ['x', 'w'], out: ['c'] }, { op: 'MaxPool', in: ['c'], attributes: { kernel_shape: [Math.min(n / 8, 28), 28] } }] }),
  'Conv after Conv': (n) => ({ inputs: { x: [1, 1, n, n] }, initializers: { s: ints(1, 1, 9, 9) }, nodes: [filled('s', 'w'), ...chain(10, (from, to) => ({ op: 'Conv', in: [from, 'w'], out: [to], attributes: { auto_pad: 'SAME_UPPER' } }))] }),
  'an Expand': (n) => ({ inputs: { x: [1, 1] }, initializers: { s: ints(n, n) }, nodes: [{ op: 'Expand', in: ['x', 's'] }] }),
  'a broadcast sum': (n) => ({ inputs: { a: [n, 1], b: [1, n] }, nodes: [{ op: 'Add', in: ['a', 'b'] }] }),
  'a broadcast product': (n) => ({ inputs: { a: [n, 1], b: [1, n] }, nodes: [{ op: 'Mul', in: ['a', 'b'] }] }),
  'a Pad': (n) => ({ inputs: { x: [1, 1] }, initializers: { p: ints(n, n, n, n) }, nodes: [{ op: 'Pad', in: ['x', 'p'] }] }),
  'a Pad that repeats': (n) => ({ inputs: { x: [2, 2] }, initializers: { p: ints(n, n, n, n) }, nodes: [{ op: 'Pad', in: ['x', 'p'], attributes: { mode: 'wrap' } }] }),
  'doubling': (n) => ({ inputs: { x: [1, n] }, nodes: chain(14, (from, to) => ({ op: 'Concat', in: [from, from], out: [to], attributes: { axis: 1 } })) }),
  'a Concat of many': (n) => ({ inputs: { x: [1, n] }, nodes: [{ op: 'Concat', in: new Array<string>(200).fill('x'), attributes: { axis: 0 } }] }),
  'a Sum of many': (n) => ({ inputs: { x: [1, n] }, nodes: [{ op: 'Sum', in: new Array<string>(200).fill('x') }] }),
  'a Max of many': (n) => ({ inputs: { x: [1, n] }, nodes: [{ op: 'Max', in: new Array<string>(200).fill('x') }] }),
  'a Range': (n) => ({ inputs: { x: [1] }, initializers: { a: floats([], [0]), b: floats([], [n * n]), c: floats([], [1]) }, nodes: [{ op: 'Range', in: ['a', 'b', 'c'], out: ['r'] }, { op: 'Add', in: ['x', 'r'] }] }),
  'a Gather': (n) => ({ inputs: { x: [1, 4] }, initializers: { s: ints(n, n) }, nodes: [{ op: 'ConstantOfShape', in: ['s'], out: ['i'], attributes: { value: { tensor: ints(1) } } }, { op: 'Gather', in: ['x', 'i'], attributes: { axis: 1 } }] }),
  'Relu after Relu': (n) => ({ inputs: { x: [1, n] }, nodes: chain(24, (from, to) => ({ op: 'Relu', in: [from], out: [to] })) }),
  'Relu after Mul': (n) => ({ inputs: { x: [1, n] }, initializers: { c: floats([1], [-1.1]) }, nodes: chain(16, (from, to) => (to.length % 2 === 0 ? { op: 'Relu', in: [from], out: [to] } : { op: 'Mul', in: [from, 'c'], out: [to] })) }),
  'Relu of channels': (n) => ({ inputs: { x: [1, 1, 128, 128] }, initializers: { s: ints(Math.ceil(n / 64), 1, 1, 1) }, nodes: [filled('s', 'w'), { op: 'Conv', in: ['x', 'w'], out: ['c'] }, { op: 'Relu', in: ['c'] }] }),
  'squares of squares': (n) => ({ inputs: { x: [1, n] }, nodes: chain(5, (from, to) => ({ op: 'Mul', in: [from, from], out: [to] })) }),
  'a Sigmoid of wide sums': (n) => ({ inputs: { x: [1, 8] }, initializers: { c: floats([1], [n * 16]) }, nodes: [{ op: 'Mul', in: ['x', 'c'], out: ['m'] }, { op: 'Sigmoid', in: ['m'] }] }),
  'Tanh after Tanh': (n) => ({ inputs: { x: [1, 8] }, initializers: { c: floats([1], [n]) }, nodes: chain(12, (from, to) => (to.length % 2 === 0 ? { op: 'Mul', in: [from, 'c'], out: [to] } : { op: 'Tanh', in: [from], out: [to] })) }),
  'a LeakyRelu of wide sums': (n) => ({ inputs: { x: [1, 64] }, initializers: { c: floats([1], [n * n]), d: floats([1], [-n * n]) }, nodes: [{ op: 'Mul', in: ['x', 'c'], out: ['m'] }, { op: 'Add', in: ['m', 'd'], out: ['a'] }, { op: 'LeakyRelu', in: ['a'] }] }),
  'a large input': (n) => one('Relu', [1, n * n]),
  'a batch': (n) => one('BatchNormalization', [n, n]),
  'an input beyond memory': (n) => one('Transpose', [n * 2 ** 12, n * 2 ** 12]),
  'a Loop of many rounds': (n) => looped(n, [{ op: 'Relu', in: ['v'], out: ['w'] }]),
  'a Loop of nothing': (n) => looped(n, [{ op: 'Identity', in: ['v'], out: ['w'] }]),
  'a Loop without end': () => looped(null, [{ op: 'Add', in: ['v', 'x'], out: ['w'] }]),
  'a Loop in a Loop': (n) => looped(n, [{ op: 'Loop', in: ['m', '', 'v'], out: ['w'], attributes: { body: { body: { inputs: ['i', 'd', 'u'], nodes: [{ op: 'Neg', in: ['u'], out: ['t'] }], outputs: ['d', 't'] } } } }]),
  'doubling in a Loop': (n) => looped(n, [{ op: 'Concat', in: ['v', 'v'], out: ['w'], attributes: { axis: 0 } }]),
  'a Scan': (n) => ({ inputs: { x: [n, n] }, nodes: [{ op: 'Scan', in: ['x'], attributes: { num_scan_inputs: 1, body: { body: { inputs: ['a'], nodes: [{ op: 'Mul', in: ['a', 'a'], out: ['b'] }], outputs: ['b'] } } } }] }),
  'a dimension beside a dimension of 0': (n) => ({ inputs: { x: [1] }, initializers: { e: { dims: [0n, BigInt(n * 2 ** 14)], dataType: Type.FLOAT }, a: ints(0), b: ints(n * 2 ** 14), c: ints(1) }, nodes: [{ op: 'Slice', in: ['e', 'a', 'b', 'c'], out: ['s'] }, { op: 'Add', in: ['x', 's'] }] }),
}; // prettier-ignore

const SIZES = [64, 128, 512, 1024, 4096, 16384, 65536];

/** Models that are right, to be damaged. */
const SOUND: readonly ModelInit[] = [
  { inputs: { x: [1, 4] }, initializers: { w: floats([4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) }, nodes: [{ op: 'Gemm', in: ['x', 'w'], out: ['h'] }, { op: 'Relu', in: ['h'], out: ['r'] }, { op: 'ArgMax', in: ['r'], attributes: { axis: 1 } }] },
  { inputs: { x: [1, 2, 6, 6] }, initializers: { w: floats([2, 2, 3, 3], Array.from({ length: 36 }, (_, i) => i / 36 - 0.5)) }, nodes: [{ op: 'Conv', in: ['x', 'w'], out: ['c'], attributes: { pads: [1, 1, 1, 1] } }, { op: 'MaxPool', in: ['c'], out: ['m'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } }, { op: 'Flatten', in: ['m'] }] },
  { inputs: { x: ['batch', 6] }, initializers: { s: ints(2, 3), c: floats([1], [0.5]) }, nodes: [{ op: 'Reshape', in: ['x', 's'], out: ['r'] }, { op: 'Mul', in: ['r', 'c'], out: ['m'] }, { op: 'Sigmoid', in: ['m'], out: ['g'] }, { op: 'Softmax', in: ['g'] }] },
  { inputs: { x: [2, 3], z: [3] }, initializers: { p: ints(1, 0, 0, 1), q: ints(1, 2) }, nodes: [{ op: 'Add', in: ['x', 'z'], out: ['a'] }, { op: 'Pad', in: ['a', 'p'], out: ['b'] }, { op: 'Gather', in: ['b', 'q'], out: ['d'] }, { op: 'Transpose', in: ['d'], out: ['e'], attributes: { perm: [1, 0] } }, { op: 'Max', in: ['e', 'e'] }] },
]; // prettier-ignore

/** Values of a wrong type where an operator reads them. */
const WRONG: readonly ModelInit[] = [
  one('Relu', [1, 2], { alpha: 1 }),
  one('LeakyRelu', [1, 2], { alpha: { float: NaN } }),
  one('LeakyRelu', [1, 2], { alpha: 'a' }),
  one('MaxPool', [1, 1, 4, 4], { kernel_shape: [-1, 2 ** 31] }),
  one('AveragePool', [1, 1, 4, 4], { kernel_shape: [2, 2], strides: [0, 0] }),
  one('AveragePool', [1, 1, 4, 4], { kernel_shape: [2, 2], pads: [2 ** 31 - 1, 0, 0, 0] }),
  one('Flatten', [2, 2], { axis: 2 ** 40 }),
  one('Transpose', [2, 2], { perm: [0, 0] }),
  one('Cast', [2], { to: 99 }),
  one('ArgMax', [0, 2]),
  ...[Type.STRING, Type.INT8, Type.BOOL, Type.DOUBLE, Type.COMPLEX64].map((type): ModelInit => ({ ...SOUND[0], type })),
  ...[floats([1], [NaN]), floats([1], [Infinity]), ints(2 ** 53), { dims: [1n], dataType: Type.STRING } as TensorInit].map(
    (c): ModelInit => ({ inputs: { x: [1, 2] }, initializers: { c }, nodes: [{ op: 'Add', in: ['x', 'c'] }] }),
  ),
  { inputs: { x: [1, 3] }, initializers: { c: { dims: [], dataType: Type.DOUBLE, doubleData: [1e170] } }, type: Type.DOUBLE, nodes: chain(2, (from, to) => ({ op: 'Mul', in: [from, 'c'], out: [to] })) },
  { inputs: { x: [1, 3] }, initializers: { c: { dims: [], dataType: Type.DOUBLE, doubleData: [1.7e308] } }, type: Type.DOUBLE, nodes: [{ op: 'Add', in: ['c', 'c'], out: ['d'] }, { op: 'Add', in: ['x', 'd'] }] },
]; // prettier-ignore

/** `count` files, the same for the same seed. */
export function hostileFiles(seed: number, count: number): Hostile[] {
  const random = generator(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const files: Hostile[] = WRONG.map((init, i) => ({ what: `wrong value ${i}`, bytes: modelBytes(init) }));
  const bombs = Object.entries(BOMBS);
  for (let i = 0; files.length < count; i++) {
    if (i % 2 === 0) {
      const [what, of] = bombs[(i / 2) % bombs.length];
      const n = SIZES[below(SIZES.length)];
      files.push({ what: `${what}, n = ${n}`, bytes: modelBytes(of(n)) });
    } else files.push(damaged(modelBytes(SOUND[below(SOUND.length)]), below));
  }
  for (const { what, bytes } of files)
    if (bytes.length > MOST_BYTES)
      throw new Error(`expected at most ${MOST_BYTES} bytes, got ${bytes.length}: ${what}`);
  return files;
}

function damaged(sound: Uint8Array, below: (n: number) => number): Hostile {
  const at = below(sound.length);
  const way = below(4);
  if (way === 0) return { what: `cut at ${at}`, bytes: sound.slice(0, at) };
  if (way === 1)
    return { what: `repeated from ${at}`, bytes: Uint8Array.of(...sound.slice(0, at), ...sound).slice(0, MOST_BYTES) };
  const bytes = sound.slice();
  const places = Array.from({ length: 1 + below(4) }, () => below(sound.length));
  for (const place of places) bytes[place] = way === 2 ? below(256) : bytes[place] ^ (1 << below(8));
  return { what: `changed at ${places.join(', ')}`, bytes };
}

/** All bombs at one size. */
export const bombsOf = (n: number): Hostile[] =>
  Object.entries(BOMBS).map(([what, of]) => ({ what: `${what}, n = ${n}`, bytes: modelBytes(of(n)) }));

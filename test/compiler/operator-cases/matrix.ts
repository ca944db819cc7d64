// Random nodes of operators that multiply and average.
import { axisOf, broadcastOf, maybe, shapeOf, type Case, type CaseOf } from './case.js';

const flag = (c: Case): number | undefined => maybe(c, () => c.random.int(0, 1));
const scalar = (c: Case): { float: number } | undefined => maybe(c, () => ({ float: c.random.pick([0, 0.5, -2]) }));

const Gemm: CaseOf = (c) => {
  const [m, k, n] = [c.random.int(1, 4), c.random.int(1, 4), c.random.int(1, 4)];
  const [transA, transB] = [flag(c), flag(c)];
  const [a, b] = [transA === 1 ? [k, m] : [m, k], transB === 1 ? [n, k] : [k, n]];
  const bias = c.random.chance(0.7) || c.opset < 11 ? [c.either(broadcastOf(c, [m, n]))] : [];
  const factors = c.random.pick([() => [c.live(a), c.constant(b)], () => [c.constant(a), c.live(b)], () => [c.live(a), c.live(b)]])(); // prettier-ignore
  return { in: [...factors, ...bias], attributes: { transA, transB, alpha: scalar(c), beta: scalar(c) } };
};

const MatMul: CaseOf = (c) => {
  const k = c.random.int(1, 4);
  const batch = shapeOf(c, 0, 2, 3);
  const a = c.random.chance(0.2) ? [k] : [...batch, c.random.int(1, 4), k];
  const b = c.random.chance(0.2) ? [k] : [...broadcastOf(c, batch), k, c.random.int(1, 4)];
  return { in: c.random.pick([() => [c.live(a), c.constant(b)], () => [c.constant(a), c.live(b)], () => [c.live(a), c.live(b)]])() }; // prettier-ignore
};

/** Attributes of windows over the axes, as they fit into one another or not. */
export function windowsOf(c: Case, kernel: readonly number[], isPool: boolean) {
  const rank = kernel.length;
  const autoPad = c.random.pick([undefined, undefined, 'NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER']);
  const padsFree = autoPad === undefined || autoPad === 'NOTSET';
  const dilations = isPool && c.opset < 10 ? undefined : maybe(c, () => kernel.map(() => c.random.pick([1, 1, 2])));
  return {
    kernel_shape: [...kernel],
    strides: maybe(c, () => kernel.map(() => c.random.int(1, 3))),
    dilations,
    auto_pad: autoPad,
    pads: padsFree ? maybe(c, () => Array.from({ length: 2 * rank }, (_, i) => c.random.int(0, kernel[i % rank] - 1))) : undefined, // prettier-ignore
    ceil_mode: isPool && c.opset >= 10 ? flag(c) : undefined,
  };
}

const kernelOf = (c: Case, rank: number): number[] => Array.from({ length: rank }, () => c.random.int(1, 3));
const spatialOf = (c: Case, rank: number): number[] =>
  Array.from({ length: rank }, () => c.random.int(3, rank < 3 ? 7 : 4));

const Conv: CaseOf = (c) => {
  const rank = c.random.pick([1, 2, 2, 2, 3]);
  const [group, per, out] = [c.random.int(1, 2), c.random.int(1, 2), c.random.int(1, 2)];
  const kernel = kernelOf(c, rank);
  const x = c.live([c.random.int(1, 2), group * per, ...spatialOf(c, rank)]);
  const bias = c.random.chance(0.5) ? [c.random.chance(0.3) ? c.live([group * out]) : c.constant([group * out])] : [];
  const shape = [group * out, per, ...kernel];
  const w = c.random.chance(0.3) ? c.live(shape) : c.constant(shape);
  const { ceil_mode: _, ...windows } = windowsOf(c, kernel, false);
  return { in: [x, w, ...bias], attributes: { ...windows, group: group === 1 ? undefined : group } };
};

const ConvTranspose: CaseOf = (c) => {
  const rank = c.random.pick([1, 2, 2, 2, 3]);
  const [group, per, out] = [c.random.int(1, 2), c.random.int(1, 2), c.random.int(1, 2)];
  const kernel = kernelOf(c, rank);
  const { ceil_mode: _, ...windows } = windowsOf(c, kernel, false);
  const strides = windows.strides ?? kernel.map(() => 1);
  const output_padding = maybe(c, () => strides.map((stride) => c.random.int(0, stride - 1)));
  const spatial = Array.from({ length: rank }, () => c.random.int(1, rank < 3 ? 5 : 3));
  const bias = c.random.chance(0.5) ? [c.constant([group * out])] : [];
  const output_shape = c.random.chance(0.2)
    ? spatial.map((dim, a) => dim * strides[a] + c.random.int(0, 1))
    : undefined;
  return {
    in: [c.live([c.random.int(1, 2), group * per, ...spatial]), c.constant([group * per, out, ...kernel]), ...bias],
    attributes: { ...windows, output_padding, output_shape, group: group === 1 ? undefined : group },
  };
};

/** Letters for the axes of a live operand and of constants, some shared, some twice, some behind an ellipsis. */
const Einsum: CaseOf = (c) => {
  const dims = new Map(['i', 'j', 'k', 'l'].map((letter): [string, number] => [letter, c.random.int(1, 3)]));
  const lead = c.random.chance(0.3) ? shapeOf(c, 1, 2, 2) : null;
  const term = (): string => Array.from({ length: c.random.int(1, 3) }, () => c.random.pick([...dims.keys()])).join('');
  const terms = Array.from({ length: c.random.int(1, 3) }, (_, i) => (i === 0 && lead !== null ? '...' : '') + term());
  const shapeFor = (one: string): number[] => [...(one.startsWith('...') ? lead! : []), ...Array.from(one.replace('...', '')).map((letter) => dims.get(letter)!)]; // prettier-ignore
  const at = c.random.int(0, terms.length - 1);
  const bothLive = c.random.chance(0.5);
  const used = [...new Set(terms.join('').replace('...', ''))].filter(() => c.random.chance(0.6));
  if (c.random.chance(0.5)) used.reverse();
  const arrow = c.random.chance(0.8) ? `->${lead === null ? '' : '...'}${used.join('')}` : '';
  const operands = terms.map((one, i) => (i === at || bothLive ? c.live(shapeFor(one)) : c.constant(shapeFor(one))));
  return { in: operands, attributes: { equation: terms.join(c.random.pick([',', ', '])) + arrow } };
};

const AveragePool: CaseOf = (c) => {
  const rank = c.random.pick([1, 2, 2, 3]);
  const { dilations, ...windows } = windowsOf(c, kernelOf(c, rank), true);
  const attributes = { ...windows, dilations: c.opset >= 19 ? dilations : undefined };
  return {
    in: [c.live([1, c.random.int(1, 2), ...spatialOf(c, rank)])],
    attributes: { ...attributes, count_include_pad: c.opset >= 7 ? flag(c) : undefined },
  };
};

export const MaxPool: CaseOf = (c) => {
  const rank = c.random.pick([1, 2, 2, 3]);
  const attributes = windowsOf(c, kernelOf(c, rank), true);
  const shape = [c.random.int(1, 2), c.random.int(1, 2), ...spatialOf(c, rank)];
  if (c.opset < 8 || c.random.chance(0.5)) return { in: [c.live(shape)], attributes };
  // equal at times, and so exact that nothing else decides which one is the maximum
  return { in: [c.grid(shape)], attributes: { ...attributes, storage_order: flag(c) }, outs: 2 };
};

/** A pool over all spatial axes. */
export const globalPool: CaseOf = (c) => ({
  in: [c.live([c.random.int(1, 2), c.random.int(1, 3), ...spatialOf(c, c.random.int(1, 3))])],
});

const BatchNormalization: CaseOf = (c) => {
  const channels = c.random.int(1, 4);
  const x = c.live([c.random.int(1, 2), channels, ...shapeOf(c, 0, 2)]);
  const variance = Array.from({ length: channels }, () => c.random.between(0.1, 2));
  const [scale, bias, mean] = [0, 1, 2].map(() => c.constant([channels]));
  return {
    in: [x, scale, bias, mean, c.constant([channels], variance)],
    attributes: { epsilon: maybe(c, () => ({ float: 0.01 })), momentum: maybe(c, () => ({ float: 0.5 })) },
  };
};

const Col2Im: CaseOf = (c) => {
  const rank = c.random.int(1, 3);
  const each = (least: number, most: number): number[] => Array.from({ length: rank }, () => c.random.int(least, most));
  const [block, strides, dilations] = [each(1, 3), maybe(c, () => each(1, 2)), maybe(c, () => each(1, 2))];
  const pads = maybe(c, () => [...each(0, 1), ...each(0, 1)]);
  const image = block.map((size, a) => (size - 1) * (dilations?.[a] ?? 1) + c.random.int(1, 3));
  const places = image.map((size, a) => {
    const whole = size + (pads?.[a] ?? 0) + (pads?.[rank + a] ?? 0);
    return Math.floor((whole - (dilations?.[a] ?? 1) * (block[a] - 1) - 1) / (strides?.[a] ?? 1)) + 1;
  });
  const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);
  const x = c.live([c.random.int(1, 2), c.random.int(1, 2) * product(block), product(places)]);
  return { in: [x, c.integers(image), c.integers(block)], attributes: { dilations, pads, strides } };
};

export const MATRIX: Readonly<Record<string, CaseOf>> = {
  AveragePool,
  BatchNormalization,
  Col2Im,
  Conv,
  ConvTranspose,
  Einsum,
  Gemm,
  GlobalAveragePool: globalPool,
  MatMul,
};

/** Along an axis, which may be left out. */
export const alongAxis = (c: Case, rank: number): number | undefined =>
  maybe(c, () => (c.opset >= 11 ? axisOf(c, rank) : c.random.int(0, rank - 1)));

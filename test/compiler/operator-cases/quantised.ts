// Random nodes of quantised models: bytes of both kinds, a scale for all or for each channel, zero points anywhere.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { maybe, shapeOf, type Case, type CaseOf, type Drawn } from './case.js';

type Byte = 'int8' | 'uint8';

interface Drawing {
  readonly scale: string;
  readonly zero: string;
  readonly type: Byte;
}

const ends = (type: Byte): readonly [number, number] => (type === 'int8' ? [-128, 127] : [0, 255]);

/** Names of a scale and of a zero point. */
function steps(c: Case, type: Byte, most = 1, count: number | null = null): Drawing {
  const { random } = c;
  const shape = count === null ? [] : [count];
  const scales = Array.from({ length: count ?? 1 }, () => random.between(0.005, 0.03) * most);
  const zeros = scales.map(() => random.int(...ends(type)));
  return { scale: c.constant(shape, scales), zero: c.wholes(shape, zeros, type), type };
}

const typeOf = ({ random }: Case): Byte => random.pick(['int8', 'uint8']);

/** Live bytes, with their scale and zero point. */
function live(c: Case, shape: readonly number[], type = typeOf(c)): readonly [names: string[], type: Byte] {
  const { scale, zero } = steps(c, type);
  return [[c.quantised(shape, scale, zero), scale, zero], type];
}

/** Weights that no kernel of a processor saturates: it adds pairs of products in 16 bits. */
function weights(
  c: Case,
  shape: readonly number[],
  type: Byte,
  zeros: 'one' | 'each' | 'none',
  count: number,
): string[] {
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => c.random.int(type === 'int8' ? -60 : 0, 60)); // prettier-ignore
  const each = c.random.chance(0.5) ? count : null;
  const scale = c.constant(each === null ? [] : [each], Array.from({ length: each ?? 1 }, () => c.random.between(0.003, 0.02))); // prettier-ignore
  const zero = Array.from({ length: each ?? 1 }, () => (type === 'int8' && zeros !== 'none' ? 0 : c.random.int(0, 60)));
  const same = zeros === 'one' || type === 'uint8' ? zero.map(() => zero[0]) : zero;
  return [c.wholes(shape, values, type), scale, c.wholes(each === null ? [] : [each], same, type)];
}

const result = (c: Case, type: Byte, most = 4): string[] => {
  const { scale, zero } = steps(c, type, most);
  return [scale, zero];
};

const microsoft = (drawn: Omit<Drawn, 'domain'>): Drawn => ({ ...drawn, domain: 'com.microsoft' });

/** Nodes of opset 10 and later alone have bytes in front of them. */
const from10 =
  (draw: CaseOf): CaseOf =>
  (c) =>
    c.opset < 10 ? null : draw(c);

const bias = (c: Case, count: number): string =>
  c.wholes([count], Array.from({ length: count }, () => c.random.int(-500, 500)), 'int32'); // prettier-ignore

const picture = (c: Case): number[] => [1, c.random.int(1, 3), c.random.int(3, 6), c.random.int(3, 6)];

const windows = (c: Case, kernel: number[]) => ({
  kernel_shape: kernel,
  strides: maybe(c, () => kernel.map(() => c.random.int(1, 2))),
  pads: maybe(c, () => [...kernel, ...kernel].map((k) => c.random.int(0, k - 1))),
});

const QLinearConv: CaseOf = (c) => {
  const shape = picture(c);
  const [x, type] = live(c, shape);
  const kernel = [c.random.int(1, 3), c.random.int(1, 3)];
  const channels = c.random.int(1, 3);
  const w = weights(c, [channels, shape[1], ...kernel], type === 'int8' ? 'int8' : typeOf(c), 'one', channels);
  return { in: [...x, ...w, ...result(c, type, 30), ...(c.random.chance(0.5) ? [bias(c, channels)] : [])], attributes: windows(c, kernel) }; // prettier-ignore
};

const ConvInteger: CaseOf = (c) => {
  const shape = picture(c);
  const [[x, , zero]] = live(c, shape, 'uint8');
  const kernel = [c.random.int(1, 3), c.random.int(1, 3)];
  const [w] = weights(c, [2, shape[1], ...kernel], 'uint8', 'one', 2);
  return { in: [x, w, ...(c.random.chance(0.6) ? [zero] : [])], attributes: windows(c, kernel) };
};

const QLinearMatMul: CaseOf = (c) => {
  const [m, k, n] = [c.random.int(1, 3), c.random.int(1, 5), c.random.int(1, 4)];
  const [a, type] = live(c, [m, k]);
  const b = c.random.chance(0.3) ? live(c, [k, n], type)[0] : weights(c, [k, n], type, 'one', n);
  return { in: [...a, ...b, ...result(c, type, 20)] };
};

const MatMulInteger: CaseOf = (c) => {
  const [m, k, n] = [c.random.int(1, 3), c.random.int(1, 5), c.random.int(1, 4)];
  const [[a, , zero]] = live(c, [m, k], 'uint8');
  const [b, , zeros] = weights(c, [k, n], typeOf(c), 'one', n);
  const arity = c.random.int(2, 4);
  return { in: [a, b, zero, zeros].slice(0, arity) };
};

const QGemm: CaseOf = (c) => {
  const [m, k, n] = [c.random.int(1, 3), c.random.int(1, 5), c.random.int(1, 4)];
  const [a, type] = live(c, [m, k]);
  const transB = c.random.int(0, 1);
  const b = weights(c, transB === 1 ? [n, k] : [k, n], type, 'one', n);
  const ends = c.random.chance(0.8) ? result(c, type, 20) : [];
  return microsoft({ in: [...a, ...b, c.random.chance(0.6) || ends.length === 0 ? bias(c, n) : '', ...ends], attributes: { transB } }); // prettier-ignore
};

const pairOf =
  (most: number): CaseOf =>
  (c) => {
    const shape = shapeOf(c, 1, 3);
    const one = c.random.pick(['first', 'second', 'none', 'none']); // of one element
    const [a, type] = live(c, one === 'first' ? [1] : shape);
    const [b] = live(c, one === 'second' ? [1] : shape, type);
    return microsoft({ in: [...a, ...b, ...result(c, type, most)] });
  };

/** Scales and zero points of a tensor: one, from opset 13 on one for each index along an axis, from 21 on one for each block of it. */
function along(c: Case, shape: readonly number[], type: Byte): Drawn {
  const axis = c.random.int(0, shape.length - 1);
  const how = c.opset < 13 ? 'one' : c.random.pick(['one', 'each', ...(c.opset < 21 ? [] : ['block', 'block'])]);
  const block = how === 'block' ? c.random.int(1, shape[axis]) : 1;
  const dims = { one: [], each: [shape[axis]], block: shape.with(axis, Math.ceil(shape[axis] / block)) }[how] ?? [];
  const count = dims.reduce((a, b) => a * b, 1);
  const scale = c.constant(
    dims,
    Array.from({ length: count }, () => c.random.between(0.005, 0.03)),
  );
  const zero = c.wholes(
    dims,
    Array.from({ length: count }, () => c.random.int(...ends(type))),
    type,
  );
  const attributes = { axis: how === 'one' ? undefined : c.random.pick([axis, axis - shape.length]), block_size: how === 'block' ? block : undefined }; // prettier-ignore
  return { in: [scale, zero], attributes };
}

/** Constant numbers of 4 bits, two of them in a byte, the first in its low half. */
const nibbles = (c: Case, shape: readonly number[]): string =>
  c.add('n', { dims: shape.map(BigInt), dataType: c.random.pick([Type.INT4, Type.UINT4]), rawData: Uint8Array.from({ length: Math.ceil(shape.reduce((a, b) => a * b, 1) / 2) }, () => c.random.int(0, 255)) }); // prettier-ignore

const pool = (c: Case, isGlobal: boolean): Drawn => {
  const last = c.random.int(0, 1);
  const [n, channels, h, w] = picture(c);
  const [x, type] = live(c, last === 1 ? [n, h, w, channels] : [n, channels, h, w]);
  const own = isGlobal ? {} : { ...windows(c, [c.random.int(1, 3), c.random.int(1, 3)]), count_include_pad: c.random.int(0, 1) }; // prettier-ignore
  return microsoft({ in: [...x, ...result(c, type, 1)], attributes: { ...own, channels_last: last } });
};

const unary: CaseOf = (c) => {
  const [x, type] = live(c, shapeOf(c, 1, 3));
  return microsoft({ in: [...x, ...result(c, type, 1)] });
};

export const QUANTISED: Readonly<Record<string, CaseOf>> = {
  ConvInteger: from10(ConvInteger),
  DequantizeLinear: from10((c) => {
    const shape = shapeOf(c, 1, 3);
    const [[x], type] = live(c, shape);
    const { in: own, attributes } = along(c, shape, type);
    const isSmall = c.opset >= 21 && c.random.chance(0.3); // constant: no kernel here makes them of floats
    return { in: isSmall ? [nibbles(c, shape), own[0]] : [x, ...own], attributes };
  }),
  DynamicQuantizeLinear: (c) => (c.opset < 11 ? null : { in: [c.apart(shapeOf(c, 1, 3))], outs: 3 }),
  MatMulInteger: from10(MatMulInteger),
  NhwcMaxPool: from10((c) => {
    const [n, channels, h, w] = picture(c);
    const [[x]] = live(c, [n, h, w, channels]);
    return microsoft({ in: [x], attributes: windows(c, [c.random.int(1, 3), c.random.int(1, 3)]) });
  }),
  QGemm: from10(QGemm),
  QLinearAdd: from10(pairOf(2)),
  QLinearAveragePool: from10((c) => pool(c, false)),
  QLinearConcat: from10((c) => {
    const shape = shapeOf(c, 2, 3);
    const [first, type] = live(c, shape);
    const [second] = live(c, shape, type);
    return microsoft({ in: [...result(c, type, 1), ...first, ...second], attributes: { axis: c.random.int(0, shape.length - 1) } }); // prettier-ignore
  }),
  QLinearConv: from10(QLinearConv),
  QLinearGlobalAveragePool: from10((c) => pool(c, true)),
  QLinearLeakyRelu: from10((c) => ({ ...unary(c)!, attributes: { alpha: maybe(c, () => ({ float: 0.2 })) } })),
  QLinearMatMul: from10(QLinearMatMul),
  QLinearMul: from10(pairOf(2)),
  QLinearSigmoid: from10(unary),
  QLinearSoftmax: from10((c) => {
    const [x, type] = live(c, [...shapeOf(c, 0, 2), c.random.int(2, 5)]);
    const [least] = ends(type);
    const scale = c.constant([], [c.random.pick([1 / 256, 0.006])]);
    return microsoft({ in: [...x, scale, c.wholes([], [least], type)], attributes: { axis: -1, opset: 13 } });
  }),
  QuantizeLinear: from10((c) => {
    const shape = shapeOf(c, 1, 3);
    const { in: own, attributes } = along(c, shape, typeOf(c));
    return { in: [c.live(shape), ...(c.random.chance(0.7) ? own : own.slice(0, 1))], attributes };
  }),
};

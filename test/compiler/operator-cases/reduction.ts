// Random nodes of operators that make one value of many.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { axesOf, axisOf, broadcastOf, maybe, shapeOf, type Case, type CaseOf } from './case.js';
import { globalPool, MaxPool } from './matrix.js';

/** Over some axes: an attribute before opset `asInput`, an input since. */
const reduce =
  (asInput: number, isPositive = false): CaseOf =>
  (c: Case) => {
    const shape = shapeOf(c, 1, 4);
    const axes = maybe(c, () => axesOf(c, shape.length, c.opset >= 11));
    const keepdims = maybe(c, () => c.random.int(0, 1));
    const x = isPositive ? c.positive(shape) : c.live(shape);
    if (c.opset < asInput) return { in: [x], attributes: { axes: axes?.length === 0 ? undefined : axes, keepdims } };
    const noop = maybe(c, () => c.random.int(0, 1));
    const given = axes === undefined ? (c.random.chance(0.5) ? [] : ['']) : [c.integers(axes)];
    return { in: [x, ...given], attributes: { keepdims, noop_with_empty_axes: noop } };
  };

const Mean: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 3);
  return { in: [c.live(shape), ...Array.from({ length: c.random.int(0, 3) }, () => c.either(broadcastOf(c, shape)))] };
};

/** Along a dimension of up to 9, the others small; of integers at times. */
const ReduceProd: CaseOf = (c) => {
  if (c.random.chance(0.5)) return reduce(18)(c);
  const shape = [c.random.int(1, 2), c.random.int(1, 9)];
  const x = c.random.chance(0.5) ? c.live(shape) : c.indices(shape);
  return c.opset < 18 ? { in: [x], attributes: { axes: [1] } } : { in: [x, c.integers([-1])] };
};

const CumSum: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 4);
  const axis = { dims: [], dataType: Type.INT64, int64Data: [BigInt(axisOf(c, shape.length))] };
  const flag = (): number | undefined => maybe(c, () => c.random.int(0, 1));
  return { in: [c.live(shape), c.add('axis', axis)], attributes: { exclusive: flag(), reverse: flag() } };
};

const CumProd: CaseOf = (c) => CumSum(c);

const p = (c: Case): number | undefined => maybe(c, () => c.random.int(1, 4));

const LpPool: CaseOf = (c) => {
  const { in: inputs, attributes } = MaxPool(c)!;
  const { dilations, ceil_mode, storage_order: _, ...older } = attributes!;
  return { in: inputs, attributes: { ...older, ...(c.opset >= 18 && { dilations, ceil_mode }), p: p(c) } };
};

const GlobalLpPool: CaseOf = (c) => ({ ...globalPool(c)!, attributes: { p: p(c) } });

const LRN: CaseOf = (c) => ({
  in: [c.live([c.random.int(1, 2), c.random.int(1, 5), ...shapeOf(c, 2, 2, 3)])],
  attributes: {
    size: c.random.pick([1, 3, 5]),
    alpha: maybe(c, () => ({ float: 0.5 })),
    beta: maybe(c, () => ({ float: 0.5 })),
    bias: maybe(c, () => ({ float: 2 })),
  },
});

const Det: CaseOf = (c) => {
  const rows = c.random.int(1, 4);
  return { in: [c.live([...shapeOf(c, 0, 2, 3), rows, rows])] };
};

export const REDUCTION: Readonly<Record<string, CaseOf>> = {
  CumProd,
  CumSum,
  Det,
  GlobalLpPool,
  LRN,
  LpPool,
  Mean,
  ReduceL1: reduce(18),
  ReduceL2: reduce(18),
  ReduceLogSum: reduce(18, true),
  ReduceLogSumExp: reduce(18),
  ReduceMax: reduce(18),
  ReduceMean: reduce(18),
  ReduceMin: reduce(18),
  ReduceProd,
  ReduceSum: reduce(13),
  ReduceSumSquare: reduce(18),
};

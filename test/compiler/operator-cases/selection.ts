// Random nodes of operators that pick values, and of the softmax.
import { broadcastOf, maybe, shapeOf, type CaseOf } from './case.js';
import { alongAxis, globalPool, MaxPool } from './matrix.js';

const position: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 4);
  const keepdims = maybe(c, () => c.random.int(0, 1));
  const last = c.opset < 12 ? undefined : maybe(c, () => c.random.int(0, 1));
  // integers are equal at times
  const x = c.random.chance(0.6) ? c.live(shape) : c.indices(shape);
  return { in: [x], attributes: { axis: alongAxis(c, shape.length), keepdims, select_last_index: last } };
};

const extremum: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 3);
  return { in: [c.live(shape), ...Array.from({ length: c.random.int(0, 2) }, () => c.either(broadcastOf(c, shape)))] };
};

const softmax: CaseOf = (c) => {
  const shape = shapeOf(c, c.opset < 13 ? 2 : 1, 4);
  return { in: [c.live(shape)], attributes: { axis: alongAxis(c, shape.length) } };
};

/** Equal at times, integers where onnxruntime has them; an order that is left open where there is but one. */
const TopK: CaseOf = (c) => {
  const shape = shapeOf(c, 1, 3, 5);
  const axis = alongAxis(c, shape.length);
  const places = shape.at(axis ?? -1)!;
  const k = c.random.chance(0.05) ? places + 1 : c.random.int(1, places);
  const type = c.random.pick(['int32', 'int64'] as const);
  const kind = c.random.int(0, 3);
  const x = kind === 0 ? c.live(shape) : kind > 1 && c.opset >= 11 ? c.whole(shape, type) : c.grid(shape);
  const largest = maybe(c, () => c.random.int(0, 1));
  const order = maybe(c, () => (k === 1 ? 0 : 1));
  if (c.opset < 10) return { in: [x], attributes: { axis, k }, outs: 2 };
  return { in: [x, c.integers([k])], attributes: c.opset < 11 ? { axis } : { axis, largest, sorted: order }, outs: 2 };
};

export const SELECTION: Readonly<Record<string, CaseOf>> = {
  ArgMax: position,
  ArgMin: position,
  GlobalMaxPool: globalPool,
  Hardmax: softmax,
  LogSoftmax: softmax,
  Max: extremum,
  MaxPool: (c) => {
    const { in: inputs, attributes } = MaxPool(c)!;
    if (c.opset < 8 || c.random.chance(0.6)) return { in: inputs, attributes };
    return { in: inputs, attributes: { ...attributes, storage_order: maybe(c, () => c.random.int(0, 1)) }, outs: 2 };
  },
  Min: extremum,
  Softmax: softmax,
  TopK,
};

// Random nodes of Fourier transforms and of the weights of mel scales.
import { floats, int32s } from '../onnx-models.js';
import { integersOf, maybe, shapeOf, type CaseOf } from './case.js';

const scalar = (value: number) => integersOf([], [value], 'int64');

const DFT: CaseOf = (c) => {
  const inverse = maybe(c, () => c.random.int(0, 1));
  const onesided = inverse === 1 ? undefined : maybe(c, () => c.random.int(0, 1));
  const parts = onesided === 1 ? 1 : c.random.int(1, 2);
  const shape = [...shapeOf(c, 2, 3, 5), parts];
  const axis = maybe(c, () => c.random.pick([1, -2]));
  const length = c.random.chance(0.4) ? [c.add('n', scalar(c.random.int(1, 7)))] : [];
  if (c.opset < 20) return { in: [c.live(shape), ...length], attributes: { axis, inverse, onesided } };
  const along = axis === undefined ? [] : [length[0] ?? '', c.add('a', scalar(axis))];
  return { in: [c.live(shape), ...(along.length > 0 ? along : length)], attributes: { inverse, onesided } };
};

const STFT: CaseOf = (c) => {
  const [length, onesided] = [c.random.int(1, 6), maybe(c, () => c.random.int(0, 1))];
  const shape = [c.random.int(1, 2), length + c.random.int(0, 9), onesided === 0 ? c.random.int(1, 2) : 1];
  const window = c.random.chance(0.5) ? c.constant([length]) : '';
  const frame = window === '' || c.random.chance(0.5) ? c.add('l', scalar(length)) : '';
  return { in: [c.live(shape), c.add('s', scalar(c.random.int(1, 3))), window, frame], attributes: { onesided } };
};

const MelWeightMatrix: CaseOf = (c) => {
  const [bins, length, rate] = [c.random.int(2, 8), c.random.pick([16, 32, 64]), c.random.pick([8192, 16000])];
  const whole = (value: number): string => c.add('n', { ...int32s(value), dims: [] });
  const edge = (value: number): string => c.add('f', floats([], [value]));
  return {
    in: [whole(bins), whole(length), whole(rate), edge(c.random.int(0, 200)), edge(c.random.int(300, rate / 2))],
  };
};

export const SIGNAL: Readonly<Record<string, CaseOf>> = { DFT, MelWeightMatrix, STFT };

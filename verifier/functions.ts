// Functions at the end of a model that are not proved: the values in front of one are, exactly, and whoever reads them
// computes it. In float64 by the engine's own Math, so the last digits may differ from one engine to another: a decision
// that must be the same everywhere is made on the proved integers. Each function rises, so their order is the order.

/** Functions of a line along an axis, and of one value. */
export const READ_FUNCTIONS = ['softmax', 'logSoftmax', 'sigmoid', 'tanh', 'probit', 'sqrt'] as const;
export type ReadFunction = (typeof READ_FUNCTIONS)[number];

export interface Read {
  readonly function: ReadFunction;
  /** Of softmax and logSoftmax; null for a function of one value. */
  readonly axis: number | null;
}

/** Whether a function reads a tensor of a rank: along one of its axes, or value by value. */
export const fitsRank = ({ function: name, axis }: Read, rank: number): boolean =>
  name === 'softmax' || name === 'logSoftmax' ? axis !== null && axis >= 0 && axis < rank : axis === null;

/** Elements between neighbours along an axis. */
export const innerSize = (shape: readonly number[], axis: number): number =>
  shape.slice(axis + 1).reduce((n, d) => n * d, 1);

/** The function of row-major values. */
export function readValues({ function: name, axis }: Read, x: readonly number[], shape: readonly number[]): number[] {
  if (name === 'sigmoid') return x.map((v) => 1 / (1 + Math.exp(-v)));
  if (name === 'tanh') return x.map(Math.tanh);
  if (name === 'probit') return x.map(probit);
  if (name === 'sqrt') return x.map((v) => Math.sqrt(Math.max(v, 0))); // a square that was rounded may be below 0
  const along = axis ?? 0;
  const step = innerSize(shape, along);
  // the first element of the line along the axis that element i lies on
  const line = (i: number): number => i - (Math.floor(i / step) % shape[along]) * step;
  const max: number[] = [];
  const sum: number[] = [];
  x.forEach((v, i) => (max[line(i)] = Math.max(max[line(i)] ?? v, v)));
  const powers = x.map((v, i) => Math.exp(v - max[line(i)]));
  powers.forEach((p, i) => (sum[line(i)] = (sum[line(i)] ?? 0) + p));
  return name === 'softmax'
    ? powers.map((p, i) => p / sum[line(i)])
    : x.map((v, i) => v - max[line(i)] - Math.log(sum[line(i)]));
}

/** The quantile of the normal distribution, in the approximation that onnxruntime takes. */
function probit(p: number): number {
  const x = 2 * p - 1;
  const log = Math.log((1 - x) * (1 + x));
  const v = 2 / (3.14159 * 0.147) + log / 2;
  return Math.SQRT2 * Math.sign(x) * Math.sqrt(Math.sqrt(v * v - log / 0.147) - v);
}

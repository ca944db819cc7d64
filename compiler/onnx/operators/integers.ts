// What is left of a division, and operators of bits.
import { integerRange, isFloat } from '../../tensor.js';
import { exact } from '../arithmetic.js';
import { division } from '../division.js';
import { broadcastIndices, broadcastShape } from '../indexing.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { scaled } from '../sums.js';

/** f of two constants, element by element; null where one is live. */
function folded(site: Site, a: Operand, b: Operand, f: (x: number, y: number) => number): Operand | null {
  const [x, y] = [a.constant, b.constant];
  if (x === null || y === null) return null;
  [a, b].forEach(({ dtype }, i) => exact({ dtype, data: [x, y][i] }));
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.size(shape);
  const [atA, atB] = [broadcastIndices(a.shape, shape), broadcastIndices(b.shape, shape)];
  return site.computed(
    a.dtype,
    shape,
    Float64Array.from(atA, (i, o) => f(x[i], y[atB[o]])),
  );
}

/**
 * https://onnx.ai/onnx/operators/onnx__Mod.html : A - B floor(A / B), of the sign of B, or with fmod A - B trunc(A / B), of that of
 * A. Floats have one constant divisor: the rest is a table, exact where all that A can be is on one grid.
 */
const Mod: Lowering = (site) => {
  const [a, b] = [site.input(0), site.input(1)];
  const fmod = site.int('fmod', 0) !== 0;
  if (isFloat(a.dtype) && !fmod) site.refuse('expected fmod = 1 for floats, got 0', 'the node is not valid ONNX');
  if (b.constant?.includes(0) === true) site.refuse("expected divisors other than 0, got 0 in 'B'");
  const known = folded(site, a, b, (x, y) => (fmod ? x % y : x - y * Math.floor(x / y)) + 0);
  if (known !== null) return known;
  if (!isFloat(a.dtype)) return division(site, a, b, 'rest', fmod ? 'zero' : 'floor');
  const divisor = b.constant?.[0];
  if (divisor === undefined || !b.constant?.every((v) => v === divisor))
    return site.refuse('expected one constant divisor of floats, got others', 'write it as x - b * Floor(x / b)');
  return division(site, a, b, 'rest', 'zero');
};

/** https://onnx.ai/onnx/operators/onnx__BitShift.html : X 2^Y as its type wraps it around, or floor(X / 2^Y), of constant amounts. */
const BitShift: Lowering = (site) => {
  const [x, y] = [site.input(0), site.input(1)];
  const direction = site.string('direction', '');
  if (direction !== 'LEFT' && direction !== 'RIGHT')
    site.refuse(`expected direction LEFT or RIGHT, got '${direction}'`);
  const bits = Math.log2((integerRange(x.dtype)?.hi ?? 0) + 1);
  const amounts = site.constant(1, "the amounts 'Y'");
  if (!x.dtype.startsWith('uint')) site.refuse(`expected unsigned integers, got ${x.dtype}`, 'the node is not valid ONNX'); // prettier-ignore
  const bad = amounts.data.find((v) => v >= bits);
  if (bad !== undefined) site.refuse(`expected amounts below ${bits}, got ${bad}`, 'ONNX leaves open what they give');
  const powers = site.tensor(y.dtype.endsWith('64') ? y.dtype : 'uint64', amounts.shape, amounts.data.map((v) => 2 ** v)); // prettier-ignore
  const isLeft = direction === 'LEFT';
  const known = folded(site, x, powers, (a, b) => (isLeft ? a * b : Math.floor(a / b)));
  if (known !== null) return known;
  return isLeft ? scaled(site, x, powers, (c) => c) : division(site, x, powers, 'quotient', 'floor');
};

export const INTEGERS: readonly Operator[] = [
  { op: 'BitShift', since: 11, inputs: [2, 2], outputs: 1, lower: BitShift },
  { op: 'Mod', since: 10, inputs: [2, 2], outputs: 1, lower: Mod },
];

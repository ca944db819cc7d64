// What is left of a division, and operators of bits.
import { identityMap, scaleMap } from '../../linear/maps.js';
import { realBitwise } from '../../recipes/bitwise.js';
import type { Bitwise } from '../../primitives/bitwise.js';
import { integerRange, isFloat, sizeOf } from '../../tensor.js';
import { eachConstant } from '../apart.js';
import { division } from '../division.js';
import { folded } from '../folded.js';
import { broadcastIndices, broadcastShape } from '../indexing.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { onehotOf } from '../chosen.js';
import { mapBuilder } from '../../linear/builder.js';
import { product, scaled } from '../sums.js';

/**
 * https://onnx.ai/onnx/operators/onnx__Mod.html : A - B floor(A / B), of the sign of B, or with fmod A - B trunc(A / B), of that of
 * A. Floats have constant divisors: the rest by each is a table, exact where all that A can be is on one grid.
 */
const Mod: Lowering = (site) => {
  const [a, b] = [site.input(0), site.input(1)];
  const fmod = site.int('fmod', 0) !== 0;
  if (isFloat(a.dtype) && !fmod && site.opset < 28)
    site.refuse('expected fmod = 1 for floats, got 0', 'the node is not valid ONNX');
  if (b.constant?.includes(0) === true) site.refuse("expected divisors other than 0, got 0 in 'B'");
  const known = folded(site, a, b, (x, y) => (fmod ? x % y : x - y * Math.floor(x / y)) + 0);
  if (known !== null) return known;
  if (!isFloat(a.dtype)) return division(site, a, b, 'rest', fmod ? 'zero' : 'floor');
  const divisors = b.constant ?? site.refuse('expected constant divisors of floats, got a tensor that depends on the input', 'write it as x - b * Floor(x / b)'); // prettier-ignore
  const shape = broadcastShape(site, [a.shape, b.shape]);
  site.size(shape);
  const dividend = site.gather(a, broadcastIndices(a.shape, shape), shape);
  return eachConstant(
    site,
    dividend,
    Float64Array.from(broadcastIndices(b.shape, shape), (i) => divisors[i]),
    (x, d) => division(site, x, site.tensor(b.dtype, [], [d]), 'rest', fmod ? 'zero' : 'floor'),
  );
};

/** https://onnx.ai/onnx/operators/onnx__BitShift.html : X 2^Y as its type wraps it around, or floor(X / 2^Y); a live Y chooses among all powers. Since opset 28 of signed integers, too, and of any amount. */
const BitShift: Lowering = (site) => {
  const [x, y] = [site.input(0), site.input(1)];
  const direction = site.string('direction', '');
  if (direction !== 'LEFT' && direction !== 'RIGHT')
    site.refuse(`expected direction LEFT or RIGHT, got '${direction}'`);
  const { lo, hi } = integerRange(x.dtype) ?? { lo: 0, hi: 0 };
  const bits = Math.log2(hi - lo + 1);
  if (hi < 2 || (lo < 0 && site.opset < 28)) site.refuse(`expected unsigned integers, got ${x.dtype}`, 'the node is not valid ONNX'); // prettier-ignore
  const isLeft = direction === 'LEFT';
  if (y.constant === null) {
    const most = Math.min(bits, MOST_AMOUNTS) - 1;
    if (isLeft)
      return product(
        site,
        x,
        chosenPower(site, y, most, (v) => v),
      );
    // floor(x 2^(most - y) / 2^most)
    const moved = product(
      site,
      { ...x, dtype: 'int64' },
      chosenPower(site, y, most, (v) => most - v),
    );
    const floor = division(site, moved, site.tensor('int64', [], [2 ** most]), 'quotient', 'floor');
    return site.linear(identityMap(floor.id, sizeOf(floor.shape)), floor.shape, x.dtype);
  }
  const amounts = y.constant;
  const bad = amounts.find((v) => v < 0 || v >= bits);
  if (bad !== undefined && site.opset < 28)
    site.refuse(`expected amounts below ${bits}, got ${bad}`, 'ONNX leaves open what they give');
  // beyond the type nothing is left to the left, and the sign to the right
  const beyond = isLeft ? 0 : 2 ** Math.min(lo < 0 ? bits - 1 : bits, 52);
  const powerOf = (v: number): number => (v >= 0 && v < bits ? 2 ** v : beyond);
  const powers = site.tensor(y.dtype.endsWith('64') ? y.dtype : 'uint64', y.shape, amounts.map(powerOf)); // prettier-ignore
  const known = folded(site, x, powers, (a, b) => (isLeft ? a * b : Math.floor(a / b)));
  if (known !== null) return known;
  return isLeft ? scaled(site, x, powers, (c) => c) : division(site, x, powers, 'quotient', 'floor');
};

/** Amounts among which a live one chooses, at most: it is 2^32 that the shifted integer is multiplied by. */
const MOST_AMOUNTS = 32;

/** 2^exponent(y) of a live y of [0, most]. */
function chosenPower(site: Site, y: Operand, most: number, exponent: (y: number) => number): Operand {
  const bits = most + 1;
  const hot = onehotOf(site, y, bits);
  const builder = mapBuilder(sizeOf(y.shape));
  const part = builder.part(hot.id);
  const places = Array.from({ length: bits }, (_, v) => v);
  for (let o = 0; o < sizeOf(y.shape); o++) part.row(o, places.map((v) => o * bits + v), places.map((v) => 2 ** exponent(v))); // prettier-ignore
  return site.linear(builder.build(), y.shape, 'int64');
}

/** Two integers, bit by bit; and of 2^k - 1 is what 2^k leaves. */
const bits =
  (op: Bitwise, f: (x: bigint, y: bigint) => bigint): Lowering =>
  (site) => {
    const [a, b] = [site.input(0), site.input(1)];
    if (isFloat(a.dtype) || a.dtype === 'bool')
      site.refuse(`expected integers, got ${a.dtype}`, 'the node is not valid ONNX');
    const known = folded(site, a, b, (x, y) => Number(f(BigInt(x), BigInt(y))));
    if (known !== null) return known;
    const shape = broadcastShape(site, [a.shape, b.shape]);
    site.gadgets(4 * site.size(shape));
    const [live, mask] = a.constant === null ? [a, b] : [b, a];
    const modulus = mask.constant?.map((v) => v + 1);
    if (op === 'and' && modulus?.every((m) => m >= 2 && Number.isInteger(Math.log2(m))) === true)
      return division(site, live, site.tensor('int64', mask.shape, modulus), 'rest', 'floor');
    const operands = [a, b].map((x) => site.gather(x, broadcastIndices(x.shape, shape), shape));
    return site.step(realBitwise, operands, { op }, shape, a.dtype);
  };

/** https://onnx.ai/onnx/operators/onnx__BitwiseNot.html : -1 - X, or of unsigned integers what is left to the largest */
const BitwiseNot: Lowering = (site) => {
  const x = site.input(0);
  const type = integerRange(x.dtype);
  if (type === null || x.dtype === 'bool') return site.refuse(`expected integers, got ${x.dtype}`, 'the node is not valid ONNX'); // prettier-ignore
  if (x.dtype === 'uint64') site.refuse('expected integers below 2^53, got those of a uint64 turned over', 'cast to int64 before it'); // prettier-ignore
  return site.linear(scaleMap(identityMap(x.id, sizeOf(x.shape)), -1, type.lo === 0 ? type.hi : -1), x.shape, x.dtype);
};

export const INTEGERS: readonly Operator[] = [
  { op: 'BitShift', since: 11, inputs: [2, 2], outputs: 1, lower: BitShift },
  { op: 'BitwiseAnd', since: 18, inputs: [2, 2], outputs: 1, lower: bits('and', (x, y) => x & y) },
  { op: 'BitwiseNot', since: 18, inputs: [1, 1], outputs: 1, lower: BitwiseNot },
  { op: 'BitwiseOr', since: 18, inputs: [2, 2], outputs: 1, lower: bits('or', (x, y) => x | y) },
  { op: 'BitwiseXor', since: 18, inputs: [2, 2], outputs: 1, lower: bits('xor', (x, y) => x ^ y) },
  { op: 'Mod', since: 10, inputs: [2, 2], outputs: 1, lower: Mod },
];

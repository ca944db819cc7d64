// The final exponentiation against its definition, by @noble/curves's plain powers.
import { bn254 } from '@noble/curves/bn254.js';
import { expect, it } from 'vitest';
import { Q, R } from '#verifier/field.js';
import { finalPower, toQ, X } from '#verifier/final-power.js';
import { generator } from '../prover/systems.js';

const { Fp12 } = bn254.fields;
const next = generator(12);
const random = () =>
  Fp12.fromBigTwelve(
    Array.from({ length: 12 }, () => Array.from({ length: 8 }, next).reduce((x, w) => (x << 32n) | BigInt(w), 0n) % Q) as Parameters<typeof Fp12.fromBigTwelve>[0],
  ); // prettier-ignore

it('the curve is that of x', () => {
  expect(36n * X ** 4n + 36n * X ** 3n + 24n * X ** 2n + 6n * X + 1n).toBe(Q);
  expect(R).toBe(Q - 6n * X ** 2n);
});

it('a q-th power is one', () => {
  for (const f of [random(), Fp12.ONE, Fp12.ZERO]) expect(toQ(f)).toEqual(Fp12.pow(f, Q));
});

it('the power is that which it says, and 1 for r-th powers alone', () => {
  const k = 2n * X * (6n * X ** 2n + 3n * X + 1n);
  expect(k % R).not.toBe(0n);
  const f = random();
  const power = finalPower(f);
  expect(power).toEqual(Fp12.pow(f, (k * (Q ** 12n - 1n)) / R));
  expect(power).not.toEqual(Fp12.ONE);
  expect(Fp12.pow(power, R)).toEqual(Fp12.ONE);
  const one = Fp12.pow(f, R);
  expect([finalPower(one), Fp12.finalExponentiate(one)]).toEqual([Fp12.ONE, Fp12.ONE]);
  expect(Fp12.eql(Fp12.finalExponentiate(f), Fp12.ONE)).toBe(false);
});

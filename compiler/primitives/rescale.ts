// rescale: u = f(floor((acc + half) / 2^shift)), acc a linear form: the table primitive over integers, requantisation,
// rounding and saturation included. In bits a function of two pieces can be proved; any other wants the look-up argument.
import { inverse } from '../../verifier/field.js';
import type { IntegerFunction } from '../circuit/circuit.js';
import { bitLength, bitOf, signalArray, type Gadget, type SignalValue } from '../circuit/gadget.js';

const half = (shift: number): number => (shift === 0 ? 0 : 2 ** (shift - 1));

/** f over the integers, with values in [0, width]. */
export function applyInteger(f: IntegerFunction, q: number, width: number): number {
  const y = f.kind === 'leaky' && q < f.at ? f.at + Math.floor((f.slope * (q - f.at) + 2 ** (f.k - 1)) / 2 ** f.k) : q;
  return Math.min(Math.max(y, 0), width);
}

/** u = f(floor((acc + half) / 2^shift)), in [0, width]. */
export const rescale = (acc: number, shift: number, f: IntegerFunction, width: number): number =>
  applyInteger(f, Math.floor((acc + half(shift)) / 2 ** shift), width);

/** Smallest B with -2^(B-1) <= lo and hi < 2^(B-1). */
const signedBits = (lo: number, hi: number): number =>
  1 + Math.max(bitLength(Math.max(hi, 0)), bitLength(Math.max(-lo - 1, 0)));

/** What no accumulator, floor or scaled floor of a leaky rescale exceeds; its hint program is exact below 2^51. */
export function leakyReach({ accLo, accHi, shift, width, f }: RescaleBounds & { f: { kind: 'leaky' } }): number {
  const bend = (Math.abs(f.at) + 1) * 2 ** shift;
  const acc = Math.max(Math.abs(accLo), Math.abs(accHi), width * 2 ** shift) + bend;
  return Math.max(acc, ((acc + bend) / 2 ** shift) * Math.max(f.slope, 2 ** f.k));
}

export interface RescaleBounds {
  readonly accLo: number;
  readonly accHi: number;
  readonly shift: number;
  /** Largest value of the result, 2^n - 1. */
  readonly width: number;
  readonly f: IntegerFunction;
}

/** The gadget of circuits/rescale.circom or circuits/leaky.circom for an acc in [accLo, accHi]. */
export function rescaleGadget({ accLo, accHi, shift, width, f }: RescaleBounds): Gadget {
  const n = bitLength(width);
  return f.kind === 'clamp' ? clampGadget(accLo, accHi, shift, n) : leakyGadget(accLo, accHi, shift, n, f);
}

/** Signals of Rescale(B, s, n) behind a prefix, in the order of `fillClamp`. */
function clampSignals(B: number, s: number, n: number): string[] {
  return ['y', ...signalArray('bit', B), ...(B - 1 > s + n ? ['over', 'inv', 'capped'] : [])];
}

function fillClamp(
  acc: number,
  B: number,
  s: number,
  n: number,
  set: (signal: number, value: SignalValue) => void,
): void {
  const u = acc + half(s) + 2 ** (B - 1);
  for (let i = 0; i < B; i++) set(1 + i, bitOf(u, i));
  const positive = u >= 2 ** (B - 1);
  const floor = Math.floor((u % 2 ** (B - 1)) / 2 ** s); // of the bits below the top one
  const low = floor % 2 ** n;
  const h = Math.floor(floor / 2 ** n);
  const capped = h === 0 ? low : 2 ** n - 1;
  set(0, positive ? capped : 0);
  if (B - 1 > s + n) {
    set(B + 1, h === 0 ? 0 : 1);
    set(B + 2, h === 0 ? 0 : inverseOf(h));
    set(B + 3, capped);
  }
}

const inverses = new Map<number, bigint>();
function inverseOf(h: number): bigint {
  let value = inverses.get(h);
  if (value === undefined) inverses.set(h, (value = inverse(BigInt(h))));
  return value;
}

const clampRows = (B: number, s: number, n: number): number => (B - 1 > s + n ? B + 5 : B + 2);

function clampGadget(accLo: number, accHi: number, s: number, n: number): Gadget {
  const B = Math.max(signedBits(accLo + half(s), accHi + half(s)), s + 1);
  return {
    file: 'rescale',
    template: 'Rescale',
    args: [B, s, n],
    ports: ['acc'],
    signals: clampSignals(B, s, n),
    outputs: 1,
    rows: clampRows(B, s, n),
    fill: ([acc], set) => fillClamp(acc, B, s, n, set),
  };
}

function leakyGadget(
  accLo: number,
  accHi: number,
  s: number,
  n: number,
  f: IntegerFunction & { kind: 'leaky' },
): Gadget {
  const { at, slope, k } = f;
  const bend = half(s) - at * 2 ** s;
  const B = Math.max(signedBits(accLo + bend, accHi + bend), s + 1);
  const q = (acc: number): number => Math.floor((acc + bend) / 2 ** s);
  const scaled = (v: number): number => (v < 0 ? slope : 2 ** k) * v + at * 2 ** k;
  const C = Math.max(signedBits(scaled(q(accLo)) + half(k), scaled(q(accHi)) + half(k)), k + 1);
  const inner = clampSignals(C, k, n);
  const start = 2 + B + 1; // y, pos, bit[B], round.acc
  return {
    file: 'leaky',
    template: 'LeakyRescale',
    args: [B, s, n, at, slope, k, C],
    ports: ['acc'],
    signals: ['y', 'pos', ...signalArray('bit', B), 'round.acc', ...inner.map((name) => `round.${name}`)],
    outputs: 1,
    rows: B + 4 + clampRows(C, k, n),
    fill([acc], set) {
      const v = q(acc);
      const u = acc + bend + 2 ** (B - 1);
      for (let i = 0; i < B; i++) set(2 + i, bitOf(u, i));
      set(1, Math.max(v, 0));
      set(start - 1, scaled(v));
      fillClamp(scaled(v), C, k, n, (signal, value) => {
        set(start + signal, value);
        if (signal === 0) set(0, value);
      });
    },
  };
}

// Steps that are functions by their values: rescales, exponents and mantissas, nibbles.
import { type BitwiseOwn, bitwise, ofNibbles } from '../primitives/bitwise.js';
import { mantissas, normalised, type NormaliseOwn, normalise, secondOf } from '../primitives/normalise.js';
import { half } from '../primitives/floors.js';
import type { IntegerFunction } from '../primitives/integer-functions.js';
import { type RescaleOwn, rescale } from '../primitives/rescale.js';
import type { InOnnx, OnnxNodes } from './nodes.js';

export const rescaleNodes: InOnnx<RescaleOwn> = {
  of: rescale,
  nodes({ own: { shift, f } }, form, [out], to) {
    const floor = to.node('Floor', [to.node('Mul', [form(0, half(shift)), to.scalar(2 ** -shift)])]);
    const bent = functionNodes(floor, f, to);
    return [to.node('Min', [to.node('Max', [bent, to.scalar(0)]), to.scalar(out.hi - out.lo)])];
  },
};

/** The function in ONNX operators, not yet clamped. */
function functionNodes(q: string, f: IntegerFunction, to: OnnxNodes): string {
  if (f.kind === 'clamp') return q;
  if (f.kind === 'values') {
    const offset = to.node('Sub', [q, to.scalar(f.first)]);
    const inside = to.node('Min', [to.node('Max', [offset, to.scalar(0)]), to.scalar(f.values.length - 1)]);
    return to.node('Gather', [to.reals(f.values, [f.values.length]), to.toIndex(inside)]);
  }
  const at = to.scalar(f.at);
  const scaled = to.node('Mul', [to.node('Sub', [q, at]), to.scalar(f.slope)]);
  const halved = to.node('Add', [scaled, to.scalar(2 ** (f.k - 1))]);
  const floor = to.node('Floor', [to.node('Mul', [halved, to.scalar(2 ** -f.k)])]);
  return to.node('Where', [to.node('Less', [q, at]), to.node('Add', [floor, at]), q]);
}

export const bitwiseNodes: InOnnx<BitwiseOwn> = {
  of: bitwise,
  nodes({ forms: [{ map }], own: { op, nibbles, isSigned } }, form, _, to) {
    const total = map.size * nibbles;
    const element = to.indices(Int32Array.from({ length: total }, (__, o) => Math.floor(o / nibbles)), [total]); // prettier-ignore
    const place = to.reals(
      Float64Array.from({ length: total }, (__, o) => 16 ** (o % nibbles)),
      [total],
    );
    const nibble = (k: number): string => {
      const shifted = to.node('Floor', [to.node('Div', [to.node('Gather', [form(k), element]), place])]);
      const above = to.node('Floor', [to.node('Mul', [shifted, to.scalar(1 / 16)])]);
      return to.node('Sub', [shifted, to.node('Mul', [above, to.scalar(16)])]);
    };
    const pair = to.node('Add', [to.node('Mul', [nibble(0), to.scalar(16)]), nibble(1)]);
    const first = Float64Array.from({ length: total }, (__, o) => (isSigned && o % nibbles === nibbles - 1 ? 256 : 0));
    const row = to.node('Add', [pair, to.reals(first, [total])]);
    const values = [false, true].flatMap((signed) => Array.from({ length: 256 }, (__, t) => ofNibbles(op, signed, t >> 4, t & 15))); // prettier-ignore
    return [to.node('Gather', [to.reals(values, [512]), to.toIndex(row)])];
  },
};

export const normaliseNodes: InOnnx<NormaliseOwn> = {
  of: normalise,
  /** The exponent by comparing with all powers: a logarithm would be rounded. */
  nodes({ own, forms: [{ map }] }, form, _, to) {
    const v = form(0);
    const { exponent, M, p } = own;
    const column = to.node('Reshape', [v, to.toIndex(to.indices([map.size, 1], [2]))]);
    const powers = to.reals(Float64Array.from({ length: M - 1 }, (_, j) => 2 ** (j + 1)), [M - 1]); // prettier-ignore
    const reached = to.toReal(to.node('GreaterOrEqual', [column, powers]));
    const bits = to.toIndex(to.node('ReduceSum', [reached, to.toIndex(to.indices([1], [1]))], { keepdims: 0 }));
    const shifts = Array.from({ length: M }, (_, bit) => normalised(own, 2 ** bit).k);
    const list = (values: readonly number[]): string => to.node('Gather', [to.reals(values, [M]), bits]);
    const factor = list(shifts.map((k) => (exponent === 'root' ? 4 ** k : 2 ** k)));
    const scaled = to.node('Mul', [to.node('Mul', [v, factor]), to.scalar(2 ** (p - M))]);
    const m = to.node('Sub', [to.node('Floor', [scaled]), to.scalar(mantissas(own).lo)]);
    const y = to.node('Gather', [to.reals(own.values, [own.values.length]), to.toIndex(m)]);
    return [y, list(shifts.map((k) => secondOf(own, k)))];
  },
};

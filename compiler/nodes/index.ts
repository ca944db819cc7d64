// Every integer primitive in ONNX operators, one record each.
import { InferproofError } from '../../verifier/errors.js';
import { compare } from '../primitives/compare.js';
import { divide } from '../primitives/divide.js';
import { equal } from '../primitives/equal.js';
import { integerOf } from '../primitives/index.js';
import { input } from '../primitives/input.js';
import { onehot } from '../primitives/onehot.js';
import { output } from '../primitives/output.js';
import { product } from '../primitives/product.js';
import { type RemainderOwn, remainder } from '../primitives/remainder.js';
import { select } from '../primitives/select.js';
import type { IntegerStep } from '../primitives/steps.js';
import { sizeOf } from '../tensor.js';
import { argmaxNodes, locateNodes, matmulNodes, maxNodes, sortNodes } from './lists.js';
import type { InOnnx } from './nodes.js';
import { bitwiseNodes, normaliseNodes, rescaleNodes } from './tables.js';

const productNodes: InOnnx = {
  of: product,
  nodes: (_, form, [{ lo }], to) => [to.node('Sub', [to.node('Mul', [form(0), form(1)]), to.scalar(lo)])],
};

const compareNodes: InOnnx = {
  of: compare,
  nodes: (_, form, __, to) => [to.toReal(to.node('GreaterOrEqual', [form(0), to.scalar(0)]))],
};

const equalNodes: InOnnx = {
  of: equal,
  nodes: (_, form, __, to) => [to.toReal(to.node('Equal', [form(0), to.scalar(0)]))],
};

const selectNodes: InOnnx = {
  of: select,
  nodes(_, form, [{ shape }], to) {
    const size = sizeOf(shape);
    const [c, ab] = [form(0), form(1)];
    const half = (first: number): string =>
      to.node('Gather', [
        ab,
        to.indices(
          Int32Array.from({ length: size }, (_, o) => first + o),
          [size],
        ),
      ]);
    const [a, b] = [half(0), half(size)];
    return [to.node('Add', [b, to.node('Mul', [c, to.node('Sub', [a, b])])])];
  },
};

const onehotNodes: InOnnx = {
  of: onehot,
  nodes({ forms: [form] }, write, _, to) {
    const cells = form.accHi;
    const total = form.map.size * cells;
    const index = Int32Array.from({ length: total }, (_, o) => Math.floor(o / cells));
    const place = Float64Array.from({ length: total }, (_, o) => 1 + (o % cells));
    const repeated = to.node('Gather', [write(0), to.indices(index, [total])]);
    return [to.toReal(to.node('Equal', [repeated, to.reals(place, [total])]))];
  },
};

const divideNodes: InOnnx = {
  of: divide,
  nodes(_, form, [{ lo }], to) {
    const [a, d] = [form(0), form(1)];
    const floor = to.node('Floor', [to.node('Div', [a, d])]);
    return [to.node('Sub', [floor, to.scalar(lo)]), to.node('Sub', [a, to.node('Mul', [floor, d])])];
  },
};

const remainderNodes: InOnnx<RemainderOwn> = {
  of: remainder,
  nodes({ own: { divisor, part } }, form, _, to) {
    const [a, by] = [form(0), to.scalar(divisor)];
    const floor = to.node('Floor', [to.node('Div', [a, by])]);
    return [part === 'quotient' ? floor : to.node('Sub', [a, to.node('Mul', [floor, by])])];
  },
};

const IN_ONNX: readonly InOnnx[] = [
  { of: input, nodes: () => [] }, // whoever writes the model writes its inputs
  { of: output, nodes: (_, form) => [form(0)] },
  rescaleNodes,
  maxNodes,
  argmaxNodes,
  sortNodes,
  locateNodes,
  matmulNodes,
  normaliseNodes,
  bitwiseNodes,
  productNodes,
  compareNodes,
  equalNodes,
  selectNodes,
  onehotNodes,
  divideNodes,
  remainderNodes,
];
const records = new Map(IN_ONNX.map((record) => [record.of, record]));

/** The record of a step. Throws 'internal' for a primitive that has none. */
export function inOnnx(step: Pick<IntegerStep, 'kind'>): InOnnx {
  const record = records.get(integerOf(step));
  if (record === undefined) throw new InferproofError('internal', `expected '${step.kind}' in ONNX operators`);
  return record;
}

// Comparisons, booleans, and the choices that they make.
import { log } from '../../maths.js';
import { atLeast, both, compared, either, exclusive, not, same } from '../logic.js';
import { chosen, finite } from '../masks.js';
import { isPending } from '../pending.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';

/** Where a function that may be left to the reader reaches a level: it rises, so that its values compare as its arguments do. */
const LEVELS: Readonly<Record<string, (y: number) => number>> = {
  sigmoid: (y) => log(y / (1 - y)),
  tanh: (y) => log((1 + y) / (1 - y)) / 2,
};

/** Two values in the order that the inputs have: those under a sigmoid or tanh that is compared with constants. */
function operands(site: Site): readonly [Operand, Operand] {
  const given = [site.result(0), site.result(1)];
  const under = given.findIndex(isPending);
  const x = given[under];
  const y = given[1 - under];
  if (x === undefined || !isPending(x) || x.read === null || isPending(y) || y.constant === null)
    return [site.input(0), site.input(1)];
  const levels = y.constant.map(LEVELS[x.read.function] ?? (() => NaN));
  if (!levels.every(Number.isFinite)) return [site.input(0), site.input(1)];
  const level = site.tensor(y.dtype, y.shape, levels);
  return under === 0 ? [x.of, level] : [level, x.of];
}

/** https://onnx.ai/onnx/operators/onnx__Greater.html : A > B */
const Greater: Lowering = (site) => {
  const [a, b] = operands(site);
  return compared(site, a, b, (x, y) => x > y) ?? not(site, atLeast(site, b, a));
};

/** https://onnx.ai/onnx/operators/onnx__GreaterOrEqual.html : A >= B */
const GreaterOrEqual: Lowering = (site) => {
  const [a, b] = operands(site);
  return compared(site, a, b, (x, y) => x >= y) ?? atLeast(site, a, b);
};

/** https://onnx.ai/onnx/operators/onnx__Less.html : A < B */
const Less: Lowering = (site) => {
  const [a, b] = operands(site);
  return compared(site, a, b, (x, y) => x < y) ?? not(site, atLeast(site, a, b));
};

/** https://onnx.ai/onnx/operators/onnx__LessOrEqual.html : A <= B */
const LessOrEqual: Lowering = (site) => {
  const [a, b] = operands(site);
  return compared(site, a, b, (x, y) => x <= y) ?? atLeast(site, b, a);
};

/** https://onnx.ai/onnx/operators/onnx__Equal.html : A = B; of floats where both are on one grid, as an input and a constant are. */
const Equal: Lowering = (site) => {
  const [a, b] = operands(site);
  return compared(site, a, b, (x, y) => x === y) ?? same(site, a, b);
};

/** Two booleans. */
const booleans =
  (of: (site: Site, a: Operand, b: Operand) => Operand): Lowering =>
  (site) =>
    of(site, boolean(site, 0), boolean(site, 1));

function boolean(site: Site, i: number): Operand {
  const x = site.input(i);
  return x.dtype === 'bool' ? x : site.refuse(`expected booleans, got ${x.dtype}`, 'the node is not valid ONNX');
}

/** https://onnx.ai/onnx/operators/onnx__Where.html : X where the condition holds, else Y; either may be a mask. */
const Where: Lowering = (site) =>
  chosen(site, boolean(site, 0), finite(site, site.input(1)), finite(site, site.input(2)));

/** https://onnx.ai/onnx/operators/onnx__IsNaN.html : nothing that is proved is NaN. */
const IsNaN: Lowering = (site) => ofFloats(site, Number.isNaN);

/** https://onnx.ai/onnx/operators/onnx__IsInf.html : nothing that is proved is infinite. */
const IsInf: Lowering = (site) => {
  const [below, above] = [site.int('detect_negative', 1) !== 0, site.int('detect_positive', 1) !== 0];
  return ofFloats(site, (x) => (below && x === -Infinity) || (above && x === Infinity));
};

/** What finite numbers never are: false for whatever depends on the input. */
function ofFloats(site: Site, holds: (x: number) => boolean): Operand {
  const x = site.floats(0);
  return site.tensor(
    'bool',
    x.shape,
    (x.constant ?? new Float64Array(site.size(x.shape))).map((v) => Number(holds(v))),
  );
}

export const LOGIC: readonly Operator[] = [
  { op: 'And', since: 7, inputs: [2, 2], outputs: 1, lower: booleans(both) },
  { op: 'Equal', since: 7, inputs: [2, 2], outputs: 1, lower: Equal },
  { op: 'Greater', since: 7, inputs: [2, 2], outputs: 1, lower: Greater },
  { op: 'GreaterOrEqual', since: 12, inputs: [2, 2], outputs: 1, lower: GreaterOrEqual },
  { op: 'IsInf', since: 10, inputs: [1, 1], outputs: 1, lower: IsInf },
  { op: 'IsNaN', since: 9, inputs: [1, 1], outputs: 1, lower: IsNaN },
  { op: 'Less', since: 7, inputs: [2, 2], outputs: 1, lower: Less },
  { op: 'LessOrEqual', since: 12, inputs: [2, 2], outputs: 1, lower: LessOrEqual },
  { op: 'Not', since: 1, inputs: [1, 1], outputs: 1, lower: (site) => not(site, boolean(site, 0)) },
  { op: 'Or', since: 7, inputs: [2, 2], outputs: 1, lower: booleans(either) },
  { op: 'Where', since: 9, inputs: [3, 3], outputs: 1, lower: Where },
  { op: 'Xor', since: 7, inputs: [2, 2], outputs: 1, lower: booleans(exclusive) },
];

// Recurrent operators, unrolled: each step is linear maps, tables and products, and all steps of a gate share one scale.
import type { Interval } from '../../linear/intervals.js';
import { point } from '../../recipes/functions.js';
import { affine, gathered, type Line } from '../recurrent-sums.js';
import { unrolled, type Cell, type Direction } from '../recurrent.js';
import type { Lowering, Operand, Operator } from '../site.js';
import { times, weightedSum } from '../sums.js';

/** Activation number k of a gate, bounded in front as 'clip' says; the steps of a gate are a group. */
function gate({ site, activations, clip }: Direction, k: number, name: string, x: Operand, finer = 0): Operand {
  const { within, bend } = activations[k];
  const bounded = clip === null ? x : site.table(x, point('clip', -clip, clip));
  return bend(site.inGroup({ name, within, finer }), bounded);
}

/** A state on wires of its own: what the next step reads. It carries its rounding on, so it is finer than a gate. */
const state = ({ site }: Direction, name: string, within: Interval | null, x: Operand): Operand =>
  site.inGroup({ name, within, finer: 1 }).table(x, point('identity'));

const linesOf = (of: Operand, hidden: number): Line[] =>
  Array.from({ length: of.shape[0] }, (_, n) => ({ of, at: n * hidden }));

/** https://onnx.ai/onnx/operators/onnx__RNN.html : h = f(W x + Wb + R h + Rb) */
const rnnCell: Cell = (of, x, [h]) => {
  const { site, hidden, w, r, biasW, biasR } = of;
  const sum = affine(site, hidden, [{ lines: x, matrix: w(0) }, { lines: h, matrix: r(0) }], [biasW(0), biasR(0)]); // prettier-ignore
  return [gate(of, 0, 'h', sum, 1)];
};

/** https://onnx.ai/onnx/operators/onnx__GRU.html : h = (1 - z) n + z h, gates in the order z, r, n */
function gruCell(of: Direction, x: readonly Line[], h: readonly Line[], resetsLate: boolean): Operand[] {
  const { site, hidden, w, r, biasW, biasR } = of;
  const own = (k: number) => ({ lines: x, matrix: w(k) });
  const past = (k: number) => ({ lines: h, matrix: r(k) });
  const sum = (k: number): Operand => affine(site, hidden, [own(k), past(k)], [biasW(k), biasR(k)]);
  const [update, reset] = [gate(of, 0, 'z', sum(0)), gate(of, 0, 'r', sum(1))];
  const before = gathered(site, h, hidden);
  const candidate = resetsLate
    ? affine(site, hidden, [own(2)], [biasW(2)], [times(site, reset, affine(site, hidden, [past(2)], [biasR(2)]))])
    : affine(
        site,
        hidden,
        [own(2), { lines: linesOf(times(site, reset, before), hidden), matrix: r(2) }],
        [biasW(2), biasR(2)],
      );
  const next = gate(of, 1, 'n', candidate);
  const change = times(site, update, weightedSum(site, [before, next], [1, -1]));
  const isMixed = of.activations[0].within !== null && of.activations[1].within !== null && of.startsInside;
  return [state(of, 'h', isMixed ? of.activations[1].within : null, weightedSum(site, [next, change], [1, 1]))];
}

/** https://onnx.ai/onnx/operators/onnx__LSTM.html : c = f c + i g, h = o tanh(c), gates in the order i, o, f, g */
function lstmCell(
  of: Direction,
  x: readonly Line[],
  [h, c]: readonly (readonly Line[])[],
  forgetsInput: boolean,
): Operand[] {
  const { site, hidden, w, r, biasW, biasR, peephole, activations } = of;
  const sum = (k: number, seen: Operand | null, peep: number): Operand => {
    const terms = [
      { lines: x, matrix: w(k) },
      { lines: h, matrix: r(k) },
    ];
    const weights = seen && peephole(peep);
    const also = weights ? [times(site, seen, site.tensor(seen.dtype, [1, hidden], weights))] : [];
    return affine(site, hidden, terms, [biasW(k), biasR(k)], also);
  };
  const before = gathered(site, c, hidden);
  const input = gate(of, 0, 'i', sum(0, before, 0));
  const kept = forgetsInput
    ? weightedSum(site, [before, times(site, input, before)], [1, -1])
    : times(site, gate(of, 0, 'f', sum(2, before, 2)), before);
  const block = gate(of, 1, 'g', sum(3, null, 0));
  const cell = state(of, 'c', null, weightedSum(site, [kept, times(site, input, block)], [1, 1]));
  const output = gate(of, 0, 'o', sum(1, cell, 1));
  const bent = activations[2].bend(site.inGroup({ name: 'h(c)', within: activations[2].within, finer: 0 }), cell);
  const isInside = activations[0].within !== null && activations[2].within !== null;
  return [state(of, 'h', isInside ? activations[2].within : null, times(site, output, bent)), cell];
}

const RNN: Lowering = (site) => unrolled(site, { gates: 1, cell: rnnCell, activations: ['Tanh'], states: [5] });

const GRU: Lowering = (site) => {
  const resetsLate = site.int('linear_before_reset', 0) !== 0;
  const cell: Cell = (of, x, [h]) => gruCell(of, x, h, resetsLate);
  return unrolled(site, { gates: 3, cell, activations: ['Sigmoid', 'Tanh'], states: [5] });
};

const LSTM: Lowering = (site) => {
  const forgetsInput = site.int('input_forget', 0) !== 0;
  return unrolled(site, {
    gates: 4,
    cell: (of, x, states) => lstmCell(of, x, states, forgetsInput),
    activations: ['Sigmoid', 'Tanh', 'Tanh'],
    states: [5, 6],
    peepholes: { input: 7, gates: 3 },
  });
};

export const RECURRENT: readonly Operator[] = [
  { op: 'GRU', since: 7, inputs: [3, 6], outputs: 2, lower: GRU },
  { op: 'LSTM', since: 7, inputs: [3, 8], outputs: 3, lower: LSTM },
  { op: 'RNN', since: 7, inputs: [3, 6], outputs: 2, lower: RNN },
];

// Random recurrent nodes: directions, layouts, lengths, states that are live or constant, activations with parameters.
import { int32s } from '../onnx-models.js';
import { maybe, type Case, type CaseOf } from './case.js';

/** Names, and how many parameters alpha and beta each takes. */
const ACTIVATIONS: readonly (readonly [string, number, number])[] = [
  ['Affine', 1, 1],
  ['Elu', 1, 0],
  ['HardSigmoid', 1, 1],
  ['LeakyRelu', 1, 0],
  ['Relu', 0, 0],
  ['ScaledTanh', 1, 1],
  ['Sigmoid', 0, 0],
  ['Softplus', 0, 0],
  ['Softsign', 0, 0],
  ['Tanh', 0, 0],
  ['ThresholdedRelu', 1, 0],
];

interface Form {
  readonly gates: number;
  readonly activations: number;
  /** Of the cell's state and its peepholes. */
  readonly hasCell: boolean;
}

function recurrent(c: Case, { gates, activations, hasCell }: Form) {
  const { random } = c;
  const direction = maybe(c, () => random.pick(['forward', 'reverse', 'bidirectional', 'bidirectional']));
  const directions = direction === 'bidirectional' ? 2 : 1;
  const [length, batch, inputs, hidden] = [
    random.int(1, 4),
    random.int(1, 3),
    random.int(1, 3),
    random.pick([1, 2, 3, 3]),
  ];
  const layout = c.opset >= 14 && random.chance(0.1) ? 1 : undefined;
  const state = layout === 1 ? [batch, directions, hidden] : [directions, batch, hidden];
  const absent = (share: number, make: () => string): string => (random.chance(share) ? make() : '');
  const x = c.live(layout === 1 ? [batch, length, inputs] : [length, batch, inputs]);
  const [w, r] = [inputs, hidden].map((columns) => c.constant([directions, gates * hidden, columns]));
  const b = absent(0.7, () => c.constant([directions, 2 * gates * hidden]));
  const lens = Array.from({ length: batch }, () => random.int(random.chance(0.1) ? 0 : 1, length));
  const isLive = length >= 3 && (direction ?? 'forward') === 'forward' && random.chance(0.6); // of [1, 3]
  const lengths = isLive ? c.divisors([batch], 'int32') : absent(0.3, () => c.add('lens', int32s(...lens)));
  const states = [absent(0.5, () => c.either(state))];
  if (hasCell) {
    states.push(absent(0.5, () => c.either(state)));
    states.push(absent(0.4, () => c.constant([directions, 3 * hidden])));
  }
  const custom = random.chance(0.5);
  const chosen = Array.from({ length: activations * directions }, () => random.pick(ACTIVATIONS));
  const parameters = (at: 1 | 2): { floats: number[] } | undefined => {
    const count = chosen.reduce((sum, one) => sum + one[at], 0);
    return custom && count > 0 ? { floats: Array.from({ length: count }, () => random.between(0, 1)) } : undefined;
  };
  return {
    in: [x, w, r, b, lengths, ...states],
    outs: random.int(1, hasCell ? 3 : 2),
    attributes: {
      direction,
      layout,
      hidden_size: maybe(c, () => hidden) ?? hidden,
      clip: random.chance(0.3) ? { float: random.between(0.5, 2) } : undefined,
      activations: custom ? { strings: chosen.map(([name]) => name) } : undefined,
      activation_alpha: parameters(1),
      activation_beta: parameters(2),
    },
  };
}

const flag = (c: Case): number | undefined => maybe(c, () => c.random.int(0, 1));

const RNN: CaseOf = (c) => recurrent(c, { gates: 1, activations: 1, hasCell: false });

const GRU: CaseOf = (c) => {
  const drawn = recurrent(c, { gates: 3, activations: 2, hasCell: false });
  return { ...drawn, attributes: { ...drawn.attributes, linear_before_reset: flag(c) } };
};

const LSTM: CaseOf = (c) => {
  const drawn = recurrent(c, { gates: 4, activations: 3, hasCell: true });
  return { ...drawn, attributes: { ...drawn.attributes, input_forget: flag(c) } };
};

export const RECURRENT: Readonly<Record<string, CaseOf>> = { GRU, LSTM, RNN };

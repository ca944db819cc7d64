// Random nodes that carry a state along a sequence.
import { maybe, type CaseOf } from './case.js';

const CausalConvWithState: CaseOf = (c) => {
  const [batch, channels, length, reach] = [c.random.int(1, 2), c.random.int(1, 3), c.random.int(1, 5), c.random.int(2, 4)]; // prettier-ignore
  const bias = c.random.chance(0.5) ? c.either([channels]) : '';
  const past = c.random.chance(0.5) ? [c.live([batch, channels, reach - 1])] : [];
  return {
    in: [c.live([batch, channels, length]), c.either([channels, 1, reach]), ...(past.length + bias.length > 0 ? [bias, ...past] : [])], // prettier-ignore
    attributes: { activation: maybe(c, () => c.random.pick(['none', 'silu'])) },
    outs: 2,
  };
};

const LinearAttention: CaseOf = (c) => {
  const [batch, length, heads, group] = [c.random.int(1, 2), c.random.int(1, 3), c.random.int(1, 2), c.random.int(1, 2)]; // prettier-ignore
  const [depth, width] = [c.random.int(1, 3), c.random.int(1, 3)];
  const rule = c.random.pick(['linear', 'gated', 'delta', 'gated_delta']);
  const of = (count: number, size: number): string => c.live([batch, length, count * size]);
  const past = c.random.chance(0.5) ? c.live([batch, heads, depth, width]) : '';
  const decay = rule.startsWith('gated') ? c.either([batch, length, heads * c.random.pick([1, depth])]) : '';
  const beta = rule.endsWith('delta') ? c.either([batch, length, c.random.pick([1, heads])]) : '';
  const given = [past, decay, beta];
  const inputs = [of(heads * group, depth), of(heads, depth), of(heads, width)];
  return {
    in: [...inputs, ...given.slice(0, given.findLastIndex((name) => name !== '') + 1)],
    attributes: {
      q_num_heads: heads * group,
      kv_num_heads: heads,
      scale: maybe(c, () => ({ float: 0.5 })),
      update_rule: rule === 'gated_delta' ? maybe(c, () => rule) : rule,
    },
    outs: 2,
  };
};

const TensorScatter: CaseOf = (c) => {
  const [batch, length, count] = [c.random.int(1, 3), c.random.int(3, 5), c.random.int(1, 3)];
  const [before, after] = [c.random.chance(0.5) ? [c.random.int(1, 2)] : [], [c.random.int(1, 3)]];
  const mode = maybe(c, () => c.random.pick(['linear', 'circular']));
  const last = mode === 'circular' ? length - 1 : length - count;
  const constant = Array.from({ length: batch }, () => c.random.int(0, last));
  const from = c.random.chance(0.5) && last >= 2 ? c.indices([batch]) : c.integers(constant);
  const shape = (along: number): number[] => [batch, ...before, along, ...after];
  return { in: [c.live(shape(length)), c.live(shape(count)), ...(from === '' ? [] : [from])], attributes: { mode } };
};

export const STATEFUL: Readonly<Record<string, CaseOf>> = { CausalConvWithState, LinearAttention, TensorScatter };

// Random nodes of attention: heads that share keys, masks, a past, a cap; and of the rotation of positions.
import { bools } from '../onnx-models.js';
import { maybe, type Case, type CaseOf } from './case.js';

const sized = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function maskOf(c: Case, shape: number[]): string {
  if (c.random.chance(0.4)) return c.either(shape);
  if (c.random.chance(0.3)) return c.flags(shape);
  // the first key is always seen
  const open = Array.from({ length: sized(shape) }, (_, o) => Number(o % shape.at(-1)! === 0 || c.random.chance(0.6)));
  return c.add('mask', bools(shape, open));
}

const Attention: CaseOf = (c) => {
  const [batch, keyHeads, group] = [c.random.int(1, 2), c.random.int(1, 2), c.random.int(1, 2)];
  const [queries, keys, depth, width] = [c.random.int(1, 3), c.random.int(1, 3), c.random.int(1, 3), c.random.int(1, 3)]; // prettier-ignore
  const isFlat = c.random.chance(0.5);
  const heads = keyHeads * group;
  const of = (count: number, length: number, size: number): string => c.live(isFlat ? [batch, length, count * size] : [batch, count, length, size]); // prettier-ignore
  const qkv = [of(heads, queries, depth), of(keyHeads, keys, depth), of(keyHeads, keys, width)];
  const past = c.random.chance(0.3) ? c.random.int(1, 2) : 0;
  const pasts = past === 0 ? [] : [c.live([batch, keyHeads, past, depth]), c.live([batch, keyHeads, past, width])];
  const total = keys + past;
  const mask = c.random.chance(0.5) ? maskOf(c, c.random.pick([[queries, total], [batch, heads, queries, total], [1, 1, queries, total]])) : ''; // prettier-ignore
  const causal = maybe(c, () => c.random.int(0, 1));
  const outs = past === 0 ? 1 : 3;
  return {
    in: [...qkv, mask, ...pasts],
    attributes: {
      is_causal: causal,
      kv_num_heads: isFlat ? keyHeads : undefined,
      q_num_heads: isFlat ? heads : undefined,
      scale: maybe(c, () => ({ float: 0.5 })),
      softcap: c.random.chance(0.3) ? { float: 1.5 } : undefined,
    },
    outs,
  };
};

const RotaryEmbedding: CaseOf = (c) => {
  const [batch, heads, length, half] = [c.random.int(1, 2), c.random.int(1, 2), c.random.int(1, 3), c.random.int(1, 2)];
  const isPartial = c.random.chance(0.3);
  const size = 2 * half + (isPartial ? 2 : 0);
  const isFlat = c.random.chance(0.5);
  const x = c.live(isFlat ? [batch, length, heads * size] : [batch, heads, length, size]);
  const positions = Array.from({ length: batch * length }, () => c.random.int(0, 4));
  const isListed = c.random.chance(0.5);
  const cache = isListed ? [5, half] : [batch, length, half];
  const list = { dims: [BigInt(batch), BigInt(length)], dataType: 7, int64Data: positions.map(BigInt) };
  const ids = isListed ? [c.random.chance(0.5) ? c.add('ids', list) : c.indices([batch, length])] : [];
  return {
    in: [x, c.constant(cache), c.constant(cache), ...ids],
    attributes: {
      interleaved: maybe(c, () => c.random.int(0, 1)),
      num_heads: isFlat || isPartial ? heads : undefined,
      rotary_embedding_dim: isPartial ? 2 * half : undefined,
    },
  };
};

/** Of scores with something added, or bent. */
const FlexAttention: CaseOf = (c) => {
  const [batch, heads] = [c.random.int(1, 2), c.random.int(1, 2)];
  const [queries, keys, depth, width] = [c.random.int(1, 3), c.random.int(2, 3), c.random.int(1, 3), c.random.int(1, 3)]; // prettier-ignore
  const of = (length: number, size: number): string => c.live([batch, heads, length, size]);
  const bias = c.either([1, heads, queries, keys]);
  const op = c.random.pick(['Add', 'Mul']);
  const body = { inputs: ['scores'], nodes: [{ op, in: ['scores', bias], out: ['changed'] }], outputs: ['changed'] };
  return {
    domain: 'ai.onnx.preview',
    in: [of(queries, depth), of(keys, depth), of(keys, width)],
    attributes: {
      scale: maybe(c, () => ({ float: 0.5 })),
      [c.random.pick(['score_mod', 'prob_mod'])]: maybe(c, () => ({ body })),
    },
  };
};

export const ATTENTION: Readonly<Record<string, CaseOf>> = { Attention, FlexAttention, RotaryEmbedding };

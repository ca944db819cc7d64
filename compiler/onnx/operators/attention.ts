// Attention, as the scores of all heads, a softmax and their sums of values; and the rotation of positions in front of it.
import { addMaps, identityMap, scaleMap } from '../../linear/maps.js';
import { point } from '../../recipes/functions.js';
import { sizeOf } from '../../tensor.js';
import { masksOf } from '../attention-masks.js';
import { chosen } from '../chosen.js';
import { behind, headsOf, joined, scoresOf, softmaxOf, split, weightedValues } from '../heads.js';
import { wholeOf } from '../pending.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { times } from '../sums.js';

/** https://onnx.ai/onnx/operators/onnx__Attention.html : softmax(scale Q K' + mask) V, by heads. */
const Attention: Lowering = (site) => {
  const [q, k, v] = heads(site);
  const all = headsOf(site, q, k, v);
  const [batch, , , keys] = all.shape;
  const depth = q.shape[3];
  const scale = site.attribute('scale') === undefined ? 1 / Math.sqrt(depth) : site.float('scale', 1);
  const softcap = site.float('softcap', 0);
  const mode = site.int('qk_matmul_output_mode', 0);
  site.attribute('softmax_precision'); // of its floats
  const scores = scoresOf(site, all, scale);
  const capped = softcap === 0 ? scores : cappedAt(site, scores, softcap);
  const past = keys - sizeOf(site.input(1).shape) / (batch * k.shape[1] * depth);
  const masked = masksOf(site, capped, past);
  const shares = softmaxOf(site, masked.scores);
  const weights = masked.seen === null ? shares : times(site, shares, masked.seen);
  const sums = weightedValues(site, all, weights);
  const y = site.input(0).shape.length === 4 ? sums : joined(site, sums);
  if (site.outputs < 4) return [y, k, v];
  const shown = [scores, capped, masked.scores, weights][mode] ?? site.refuse(`expected qk_matmul_output_mode 0 to 3, got ${mode}`); // prettier-ignore
  if (mode === 2 && masked.hasHoles)
    site.refuse('expected an output of finite numbers, got scores to which -inf is added', 'leave out the output of scores, or take it before the mask'); // prettier-ignore
  return [y, k, v, shown];
};

/** Queries, and keys and values behind those of the past, all of them [batch, heads, length, size]. */
function heads(site: Site): [Operand, Operand, Operand] {
  const [q, k, v] = [0, 1, 2].map((i) => site.floats(i));
  const [qHeads, kHeads] = [site.int('q_num_heads', 0), site.int('kv_num_heads', 0)];
  const [pastK, pastV] = [site.optional(4), site.optional(5)];
  return [split(site, q, qHeads), behind(site, pastK, split(site, k, kHeads)), behind(site, pastV, split(site, v, kHeads))]; // prettier-ignore
}

/** cap tanh(x / cap) */
function cappedAt(site: Site, x: Operand, cap: number): Operand {
  if (!(cap > 0)) site.refuse(`expected attribute 'softcap' from 0, got ${cap}`);
  const size = sizeOf(x.shape);
  const bent = site.table(site.linear(scaleMap(identityMap(x.id, size), 1 / cap), x.shape, x.dtype), point('tanh'));
  return site.linear(scaleMap(identityMap(bent.id, size), cap), x.shape, x.dtype);
}

/** https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html : pairs of elements turned by the angle of their position. */
const RotaryEmbedding: Lowering = (site) => {
  const given = site.floats(0);
  const count = site.int('num_heads', 0);
  const x = split(site, given, count);
  const [batch, heads_, length, size] = x.shape;
  const turned = site.int('rotary_embedding_dim', 0) || size;
  const isInterleaved = site.int('interleaved', 0) !== 0;
  const half = turned / 2;
  if (!Number.isInteger(half) || turned > size) site.refuse(`expected an even number of elements to turn, at most ${size}, got ${turned}`); // prettier-ignore
  const listed = site.optional(3);
  const positions = listed?.constant ?? null;
  const caches = [1, 2].map((i) => site.floats(i));
  const rows = listed === null ? batch * length : caches[0].shape[0];
  if (caches.some(({ shape }) => sizeOf(shape) !== rows * half) || (listed !== null && sizeOf(listed.shape) !== batch * length)) // prettier-ignore
    site.refuse(`expected caches of ${half} numbers for each position, got ${caches.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')}`); // prettier-ignore
  if (positions?.some((p) => !(p >= 0 && p < rows)) === true) site.refuse(`expected positions from 0 to ${rows - 1}, got others`); // prettier-ignore
  // live positions choose their rows of the caches, of which there is then one for each
  const own = listed !== null && positions === null ? listed : null;
  const [cos, sin] = own === null ? caches : caches.map((cache) => atPositions(site, cache, own, rows, half));
  const elements = Int32Array.from({ length: site.size(x.shape) }, (_, o) => o);
  const inPair = (o: number): [pair: number, second: boolean] => {
    const d = o % size;
    return isInterleaved ? [Math.floor(d / 2), d % 2 === 1] : [d % half, d >= half];
  };
  const isTurned = (o: number): boolean => o % size < turned;
  const angle = elements.map((o) => {
    if (!isTurned(o)) return -1;
    const [n, t] = [Math.floor(o / size / length / heads_), Math.floor(o / size) % length];
    const row = positions === null ? n * length + t : positions[n * length + t];
    return row * half + inPair(o)[0];
  });
  const other = elements.map((o) => (isTurned(o) ? o + (inPair(o)[1] ? -1 : 1) * (isInterleaved ? 1 : half) : -1));
  const straight = times(site, x, site.gather(cos, angle, x.shape, 1));
  const sign = Float64Array.from(elements, (o) => (inPair(o)[1] ? 1 : -1));
  const across = times(site, site.gather(x, other, x.shape), site.gather(sin, angle, x.shape));
  const y = site.linear(addMaps([identityMap(straight.id, sign.length), scaleMap(identityMap(across.id, sign.length), sign)]), x.shape, x.dtype); // prettier-ignore
  return given.shape.length === 4 ? y : joined(site, y);
};

/** A row of a cache for each live position. */
function atPositions(site: Site, cache: Operand, positions: Operand, rows: number, half: number): Operand {
  const shape = [sizeOf(positions.shape), half];
  const elements = Int32Array.from({ length: site.size(shape) }, (_, o) => o);
  const choice = { index: elements.map((o) => Math.floor(o / half)), first: elements.map((o) => o % half), stride: half, places: rows }; // prettier-ignore
  return chosen(site, cache, positions, choice, shape);
}

/**
 * https://onnx.ai/onnx/operators/onnx_aionnxpreview_FlexAttention.html : attention whose scores, and whose shares behind the softmax,
 * are changed by graphs inside the node.
 */
const FlexAttention: Lowering = (site) => {
  const [q, k, v] = [0, 1, 2].map((i) => site.floats(i));
  const all = headsOf(site, q, k, v);
  const scale = site.attribute('scale') === undefined ? 1 / Math.sqrt(q.shape[3]) : site.float('scale', 1);
  site.attribute('softmax_precision'); // of its floats
  const changed = (name: string, x: Operand): Operand => {
    const body = site.optionalBody(name);
    if (body === null) return x;
    const y = wholeOf(body.run([x])[0]);
    if (y.shape.join() !== x.shape.join()) site.refuse(`expected '${name}' to keep the shape [${x.shape.join(', ')}], got [${y.shape.join(', ')}]`); // prettier-ignore
    return y;
  };
  const scores = changed('score_mod', scoresOf(site, all, scale));
  return weightedValues(site, all, changed('prob_mod', softmaxOf(site, scores)));
};

export const ATTENTION: readonly Operator[] = [
  { op: 'Attention', since: 23, inputs: [3, 6], outputs: 4, lower: Attention },
  { op: 'Attention', since: 24, inputs: [3, 7], outputs: 4, lower: Attention },
  { op: 'FlexAttention', domain: 'ai.onnx.preview', since: 1, inputs: [3, 3], outputs: 1, lower: FlexAttention },
  { op: 'RotaryEmbedding', since: 23, inputs: [3, 4], outputs: 1, lower: RotaryEmbedding },
];

// Attention, as the scores of all heads, a softmax and their sums of values; and the rotation of positions in front of it.
import { addMaps, gatherMap, identityMap, scaleMap } from '../../linear/maps.js';
import { point } from '../../recipes/functions.js';
import { softmax } from '../../recipes/softmax.js';
import { sizeOf } from '../../tensor.js';
import { broadcastIndices, broadcastShape, groupsAlong, lattice } from '../indexing.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { contracted, times, weightedSum } from '../sums.js';

/** A number that a score with -inf added to it is no smaller than in effect: its exponential is 0 in any number of bits. */
const MASKED = -1e9;

/** https://onnx.ai/onnx/operators/onnx__Attention.html : softmax(scale Q K' + mask) V, by heads. */
const Attention: Lowering = (site) => {
  const [q, k, v] = heads(site);
  const [batch, queryHeads, queries, depth] = q.shape;
  const [, keyHeads, keys] = k.shape;
  const width = v.shape[3];
  if (k.shape[3] !== depth || v.shape[2] !== keys || v.shape[1] !== keyHeads || !(queryHeads % keyHeads === 0))
    site.refuse(`expected queries, keys and values that fit, got [${q.shape.join(', ')}], [${k.shape.join(', ')}] and [${v.shape.join(', ')}]`); // prettier-ignore
  const scale = site.attribute('scale') === undefined ? 1 / Math.sqrt(depth) : site.float('scale', 1);
  const softcap = site.float('softcap', 0);
  const mode = site.int('qk_matmul_output_mode', 0);
  site.attribute('softmax_precision'); // of its floats
  const shape = [batch, queryHeads, queries, keys];
  site.size(shape);
  // the head of keys that a head of queries shares, in the strides of the keys
  const group = Int32Array.from({ length: batch * queryHeads }, (_, i) => Math.floor(i / queryHeads) * keyHeads + Math.floor((i % queryHeads) / (queryHeads / keyHeads))); // prettier-ignore
  const each = (rows: number, columns: number, at: (head: number, row: number, column: number) => number): Int32Array =>
    Int32Array.from({ length: group.length * rows * columns }, (_, o) =>
      at(Math.floor(o / columns / rows), Math.floor(o / columns) % rows, o % columns),
    );
  const raw = contracted(
    site,
    { of: q, outer: each(queries, keys, (h, i) => (h * queries + i) * depth), inner: lattice([depth], [1]) },
    { of: k, outer: each(queries, keys, (h, _, j) => (group[h] * keys + j) * depth), inner: lattice([depth], [1]) },
    shape,
  );
  const scores = site.linear(scaleMap(identityMap(raw.id, sizeOf(shape)), scale), shape, q.dtype);
  const capped = softcap === 0 ? scores : cappedAt(site, scores, softcap);
  const masked = withMask(site, capped, keys - sizeOf(site.input(1).shape) / (batch * keyHeads * depth));
  const weights = softmaxOf(site, masked);
  const sums = contracted(
    site,
    { of: weights, outer: each(queries, width, (h, i) => (h * queries + i) * keys), inner: lattice([keys], [1]) },
    { of: v, outer: each(queries, width, (h, _, d) => group[h] * keys * width + d), inner: lattice([keys], [width]) },
    [batch, queryHeads, queries, width],
  );
  const y = site.input(0).shape.length === 4 ? sums : joined(site, sums);
  if (site.outputs < 4) return [y, k, v];
  const shown = [scores, capped, masked, weights][mode] ?? site.refuse(`expected qk_matmul_output_mode 0 to 3, got ${mode}`); // prettier-ignore
  if (mode === 2 && hasHoles(site))
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

/** [batch, length, heads size] as [batch, heads, length, size]. */
function split(site: Site, x: Operand, count: number): Operand {
  if (x.shape.length === 4) return x;
  const [batch, length, all] = x.shape;
  if (x.shape.length !== 3 || !(count >= 1) || all % count !== 0)
    site.refuse(`expected a tensor of rank 4, or of rank 3 and ${count} heads, got [${x.shape.join(', ')}]`);
  const size = all / count;
  site.size(x.shape);
  const at = lattice([batch, count, length, size], [length * all, size, all, 1]);
  return site.gather(x, at, [batch, count, length, size]);
}

function joined(site: Site, x: Operand): Operand {
  const [batch, count, length, size] = x.shape;
  const at = lattice([batch, length, count, size], [count * length * size, size, length * size, 1]);
  return site.gather(x, at, [batch, length, count * size]);
}

function behind(site: Site, past: Operand | null, x: Operand): Operand {
  if (past === null) return x;
  const [batch, count, length, size] = x.shape;
  const before = past.shape[2];
  if (past.shape.join() !== [batch, count, before, size].join())
    site.refuse(`expected a past of shape [${batch}, ${count}, any, ${size}], got [${past.shape.join(', ')}]`);
  const shape = [batch, count, before + length, size];
  const places = lattice(shape, [1, 1, 1, 1]); // of the right length
  const [total, from] = [(before + length) * size, before * size];
  const ofPast = places.map((_, o) => (o % total < from ? Math.floor(o / total) * from + (o % total) : -1));
  const ofNew = places.map((_, o) => (o % total < from ? -1 : Math.floor(o / total) * length * size + (o % total) - from)); // prettier-ignore
  site.size(shape);
  return site.linear(addMaps([gatherMap(past.id, ofPast), gatherMap(x.id, ofNew)]), shape, x.dtype);
}

/** cap tanh(x / cap) */
function cappedAt(site: Site, x: Operand, cap: number): Operand {
  if (!(cap > 0)) site.refuse(`expected attribute 'softcap' from 0, got ${cap}`);
  const size = sizeOf(x.shape);
  const bent = site.table(site.linear(scaleMap(identityMap(x.id, size), 1 / cap), x.shape, x.dtype), point('tanh'));
  return site.linear(scaleMap(identityMap(bent.id, size), cap), x.shape, x.dtype);
}

/** Whether something in the scores is hidden for good. */
const hasHoles = (site: Site): boolean =>
  site.int('is_causal', 0) !== 0 || (site.opset >= 25 && (site.int('left_window_size', -1) >= 0 || site.int('right_window_size', -1) >= 0)) || site.optional(3)?.constant?.includes(-Infinity) === true || site.optional(3)?.dtype === 'bool'; // prettier-ignore

/** Scores with the mask added; what is hidden from a query counts for nothing in its softmax. */
function withMask(site: Site, scores: Operand, past: number): Operand {
  const { shape } = scores;
  const [batch, count, queries, keys] = shape;
  const bias = new Float64Array(sizeOf(shape));
  let live: Operand | null = null;
  const given = site.optional(3);
  if (given !== null) {
    // keys beyond the mask are hidden
    const last = given.shape.at(-1) ?? 1;
    const open = [batch, count, queries, last === 1 ? 1 : Math.min(last, keys)];
    const each = broadcastShape(site, [given.shape, open.with(3, last)]);
    if (each.slice(0, 3).join() !== shape.slice(0, 3).join() || last > keys)
      site.refuse(`expected a mask that broadcasts to [${shape.join(', ')}], got [${given.shape.join(', ')}]`);
    const columns = last === 1 ? keys : last;
    const at = broadcastIndices(given.shape, each);
    const from = Int32Array.from(bias, (_, o) => {
      const [row, j] = [Math.floor(o / keys), o % keys];
      return j < columns ? at[row * last + (last === 1 ? 0 : j)] : -1;
    });
    from.forEach((i, o) => {
      if (i < 0) bias[o] = MASKED;
      else if (given.constant !== null)
        bias[o] = given.dtype === 'bool' ? (given.constant[i] !== 0 ? 0 : MASKED) : Math.max(given.constant[i], MASKED); // prettier-ignore
    });
    if (given.constant === null) {
      if (given.dtype === 'bool')
        site.refuse("expected a bool 'attn_mask' to be constant, got one that depends on the input", 'give the mask as floats to add, or fix it when exporting'); // prettier-ignore
      live = site.gather(given, from, shape);
    }
  }
  const isCausal = site.int('is_causal', 0) !== 0;
  if (isCausal && queries === 1 && past > 0 && keys > past + 1)
    site.refuse(`expected one new key for one query under is_causal, got ${keys - past}: runtimes differ in what it sees`, 'give the whole mask as attn_mask'); // prettier-ignore
  const [left, right] = ['left_window_size', 'right_window_size'].map((name) => site.opset >= 25 ? site.int(name, -1) : -1); // prettier-ignore
  const lengths = site.opset >= 24 ? site.optionalConstant(6, "'nonpad_kv_seqlen'") : null;
  if (lengths !== null && (isCausal || left >= 0 || right >= 0))
    site.refuse("expected no 'nonpad_kv_seqlen' beside is_causal or a window, got one", 'give the whole mask as attn_mask'); // prettier-ignore
  bias.forEach((_, o) => {
    const [n, i, j] = [Math.floor(o / keys / queries / count), Math.floor(o / keys) % queries, o % keys];
    const isOutside = (left >= 0 && j < i + past - left) || (right >= 0 && j > i + past + right);
    if (isOutside || (isCausal && j > i + past) || (lengths !== null && j >= lengths.data[n])) bias[o] = MASKED;
  });
  for (let row = 0; row < bias.length; row += keys)
    if (bias.subarray(row, row + keys).every((b) => b === MASKED))
      site.refuse('expected a key at least that each query sees, got a query from which all are hidden');
  const isOpen = live === null && bias.every((b) => b === 0);
  if (isOpen) return scores;
  const sum = live === null ? scores : weightedSum(site, [scores, live], [1, 1]);
  return site.linear({ ...identityMap(sum.id, bias.length), bias }, shape, scores.dtype);
}

function softmaxOf(site: Site, x: Operand): Operand {
  if (x.shape[3] === 1) return site.tensor(x.dtype, x.shape, new Float64Array(site.size(x.shape)).fill(1));
  site.gadgets(2 * site.size(x.shape));
  return site.step(softmax, [x], groupsAlong(x.shape, 3), x.shape, x.dtype);
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
  const positions = site.optionalConstant(3, "'position_ids'");
  const [cos, sin] = [1, 2].map((i) => site.floats(i));
  const rows = positions === null ? batch * length : cos.shape[0];
  if ([cos, sin].some(({ shape }) => sizeOf(shape) !== rows * half) || (positions !== null && positions.data.length !== batch * length)) // prettier-ignore
    site.refuse(`expected caches of ${half} numbers for each position, got [${cos.shape.join(', ')}] and [${sin.shape.join(', ')}]`); // prettier-ignore
  if (positions?.data.some((p) => !(p >= 0 && p < rows)) === true) site.refuse(`expected positions from 0 to ${rows - 1}, got others`); // prettier-ignore
  const elements = Int32Array.from({ length: site.size(x.shape) }, (_, o) => o);
  const inPair = (o: number): [pair: number, second: boolean] => {
    const d = o % size;
    return isInterleaved ? [Math.floor(d / 2), d % 2 === 1] : [d % half, d >= half];
  };
  const isTurned = (o: number): boolean => o % size < turned;
  const angle = elements.map((o) => {
    if (!isTurned(o)) return -1;
    const [n, t] = [Math.floor(o / size / length / heads_), Math.floor(o / size) % length];
    const row = positions === null ? n * length + t : positions.data[n * length + t];
    return row * half + inPair(o)[0];
  });
  const other = elements.map((o) => (isTurned(o) ? o + (inPair(o)[1] ? -1 : 1) * (isInterleaved ? 1 : half) : -1));
  const straight = times(site, x, site.gather(cos, angle, x.shape, 1));
  const sign = Float64Array.from(elements, (o) => (inPair(o)[1] ? 1 : -1));
  const across = times(site, site.gather(x, other, x.shape), site.gather(sin, angle, x.shape));
  const y = site.linear(addMaps([identityMap(straight.id, sign.length), scaleMap(identityMap(across.id, sign.length), sign)]), x.shape, x.dtype); // prettier-ignore
  return given.shape.length === 4 ? y : joined(site, y);
};

export const ATTENTION: readonly Operator[] = [
  { op: 'Attention', since: 23, inputs: [3, 6], outputs: 4, lower: Attention },
  { op: 'Attention', since: 24, inputs: [3, 7], outputs: 4, lower: Attention },
  { op: 'RotaryEmbedding', since: 23, inputs: [3, 4], outputs: 1, lower: RotaryEmbedding },
];

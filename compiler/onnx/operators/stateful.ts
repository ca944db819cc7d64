// Operators that carry a state along a sequence, and give it back for the next one.
import { addMaps, gatherMap, identityMap, scaleMap } from '../../linear/maps.js';
import { point } from '../../recipes/functions.js';
import { own } from '../../own.js';
import { sizeOf } from '../../tensor.js';
import { split, joined } from '../heads.js';
import { onehotOf } from '../chosen.js';
import { axisOf, broadcastShape, indicesOfAxis, lattice } from '../indexing.js';
import type { Lowering, Operand, Operator, Site } from '../site.js';
import { contracted, times, weightedSum } from '../sums.js';
import { named } from '../written.js';

/** The elements from one place of an axis on. */
function cut(site: Site, x: Operand, axis: number, from: number, length: number): Operand {
  const places = Int32Array.from({ length }, (_, i) => from + i);
  const shape = x.shape.with(axis, length);
  site.size(shape);
  return site.gather(x, indicesOfAxis(x.shape, axis, places), shape);
}

/** https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html : each channel's kernel over what came before, the last inputs of a past in front; and the last inputs of all. */
const CausalConvWithState: Lowering = (site) => {
  const [x, w] = [site.floats(0), site.floats(1)];
  const [bias, past] = [site.optional(2), site.optional(3)];
  const [batch, channels, length] = x.shape;
  const reach = w.shape[2];
  const before = [batch, channels, reach - 1];
  if (x.shape.length !== 3 || !(reach >= 1) || w.shape.join() !== [channels, 1, reach].join() || (bias !== null && bias.shape.join() !== String(channels)) || (past !== null && past.shape.join() !== before.join())) // prettier-ignore
    site.refuse(`expected an input [N, C, L], weights [C, 1, K], biases [C] and a past [N, C, K - 1], got [${x.shape.join(', ')}] and [${w.shape.join(', ')}]`); // prettier-ignore
  const activation = site.string('activation', 'none');
  if (!['none', 'silu', 'swish'].includes(activation))
    site.refuse(`expected activation none, silu or swish, got '${activation}'`);
  const wide = [batch, channels, reach - 1 + length];
  site.size(wide);
  const from = lattice(wide, [0, 0, 1]);
  const line = (o: number): number => Math.floor(o / wide[2]);
  const ofPast = from.map((t, o) => (t < reach - 1 ? line(o) * (reach - 1) + t : -1));
  const ofNew = from.map((t, o) => (t < reach - 1 ? -1 : line(o) * length + t - reach + 1));
  const parts = [gatherMap(x.id, ofNew), ...(past === null ? [] : [gatherMap(past.id, ofPast)])];
  const padded = site.linear(addMaps(parts), wide, x.dtype);
  const strides = [channels * wide[2], wide[2], 1];
  const sums = contracted(
    site,
    { of: padded, outer: lattice(x.shape, strides), inner: lattice([reach], [1]) },
    { of: w, outer: lattice(x.shape, [0, reach, 0]), inner: lattice([reach], [1]) },
    x.shape,
  );
  const moved = bias === null ? sums : weightedSum(site, [sums, site.reshape(bias, [channels, 1])], [1, 1]);
  const y = activation === 'none' ? moved : site.table(moved, point('swish', 1));
  if (site.outputs < 2) return y;
  return [y, reach === 1 ? site.tensor(x.dtype, before, []) : cut(site.forOutput(1), padded, 2, length, reach - 1)];
};

const RULES: Readonly<Record<string, { readonly decays: boolean; readonly corrects: boolean }>> = {
  linear: { decays: false, corrects: false },
  gated: { decays: true, corrects: false },
  delta: { decays: false, corrects: true },
  gated_delta: { decays: true, corrects: true },
};

/** https://onnx.ai/onnx/operators/onnx__LinearAttention.html : a state of sums k v', decayed and corrected as the rule says, read by each query. */
const LinearAttention: Lowering = (site) => {
  const name = site.string('update_rule', 'gated_delta');
  const rule = own(RULES, name) ?? site.refuse(`expected update_rule ${Object.keys(RULES).join(', ')}, got '${name}'`);
  if ([0, 1, 2].some((i) => site.input(i).shape.length !== 3)) site.refuse('expected queries, keys and values of rank 3, got others'); // prettier-ignore
  const [queryHeads, heads] = [site.int('q_num_heads', 0), site.int('kv_num_heads', 0)];
  site.int('chunk_size', 64); // how a runtime goes about it
  if (!(heads >= 1 && queryHeads >= 1 && queryHeads % heads === 0))
    site.refuse(`expected heads of queries that share those of keys, got ${queryHeads} and ${heads}`);
  const [q, k, v] = [queryHeads, heads, heads].map((count, i) => split(site, site.floats(i), count));
  const [batch, , length, depth] = k.shape;
  const width = v.shape[3];
  if (q.shape.join() !== [batch, queryHeads, length, depth].join() || v.shape[2] !== length || v.shape[0] !== batch)
    site.refuse(`expected queries, keys and values that fit, got [${q.shape.join(', ')}], [${k.shape.join(', ')}] and [${v.shape.join(', ')}]`); // prettier-ignore
  const [past, decay, beta] = [3, 4, 5].map((i) => site.optional(i));
  if ((decay !== null) !== rule.decays || (beta !== null) !== rule.corrects)
    site.refuse(`expected ${rule.decays ? 'a' : 'no'} decay and ${rule.corrects ? 'a' : 'no'} beta of rule ${name}, got others`); // prettier-ignore
  if ([decay, beta].some((x) => x !== null && x.shape.slice(0, -1).join() !== [batch, length].join()))
    site.refuse(`expected a decay and a beta of [${batch}, ${length}, any], got others`);
  const kept = decay && site.table(split(site, decay, heads), point('exp')); // [N, H, T, 1 or depth]
  const step = beta && split(site, beta, beta.shape[2] === 1 ? 1 : heads);
  const given = site.float('scale', 0);
  const scale = given === 0 ? 1 / Math.sqrt(depth) : given;
  const stateShape = [batch, heads, depth, width];
  if (past !== null && past.shape.join() !== stateShape.join())
    site.refuse(`expected a past of shape [${stateShape.join(', ')}], got [${past.shape.join(', ')}]`);
  site.size(stateShape);
  const at = (x: Operand, t: number): Operand => cut(site, x, 2, t, 1);
  /** Sums over the depth of a vector of each of `count` heads times the state that it shares. */
  const read = (x: Operand, state: Operand, count: number): Operand => {
    const shape = [batch, count, 1, width];
    const group = count / heads;
    const shared = lattice([batch, heads, group, width], [heads * depth * width, depth * width, 0, 1]);
    return contracted(
      site,
      { of: x, outer: lattice(shape, [count * depth, depth, 0, 0]), inner: lattice([depth], [1]) },
      { of: state, outer: shared, inner: lattice([depth], [width]) },
      shape,
    );
  };
  let state = past;
  const rows: Operand[] = [];
  for (let t = 0; t < length; t++) {
    const [key, value] = [at(k, t), at(v, t)];
    if (state !== null && kept !== null) {
      const factor = at(kept, t); // along the depth, which is the next axis of the state
      state = times(site, state, site.reshape(factor, [batch, heads, factor.shape[3], 1]));
    }
    const error =
      rule.corrects && state !== null ? weightedSum(site, [value, read(key, state, heads)], [1, -1]) : value;
    const written = step === null ? error : times(site, at(step, t), error);
    const added = times(site, site.reshape(key, [batch, heads, depth, 1]), written);
    const sum = state === null ? added : weightedSum(site, [state, added], [1, 1]);
    if (broadcastShape(site, [sum.shape, stateShape]).join() !== sum.shape.join() || sizeOf(sum.shape) !== sizeOf(stateShape)) // prettier-ignore
      site.refuse('expected a decay for each head or each of its elements, and a beta for each head or one, got others'); // prettier-ignore
    state = site.inGroup({ name: 'state', within: null, finer: 1 }).table(sum, point('identity'));
    const y = read(at(q, t), state, queryHeads);
    rows.push(site.linear(scaleMap(identityMap(y.id, sizeOf(y.shape)), scale), y.shape, y.dtype));
  }
  const all = [batch, queryHeads, length, width];
  site.size(all);
  const parts = rows.map(({ id }, t) => {
    const reads = lattice(all, [queryHeads * width, width, 0, 1]);
    return gatherMap(id, reads.map((i, o) => (Math.floor(o / width) % length === t ? i : -1))); // prettier-ignore
  });
  site.terms(16 * length * sizeOf(all));
  const y = joined(site, site.linear(addMaps(parts), all, q.dtype));
  return state === null || site.outputs < 2 ? y : [y, state];
};

/** https://onnx.ai/onnx/operators/onnx__TensorScatter.html : a cache with an update written from a place of each sequence on, round its end if the mode is circular. */
const TensorScatter: Lowering = (site) => {
  const [past, update, given] = [site.input(0), site.input(1), site.optional(2)];
  const { shape } = past;
  const axis = axisOf(site, site.int('axis', -2), shape.length);
  const [length, count] = [shape[axis], update.shape[axis]];
  const mode = site.string('mode', 'linear');
  if (mode !== 'linear' && mode !== 'circular') site.refuse(`expected mode linear or circular, got '${mode}'`);
  if (axis === 0 || !(count <= length) || update.shape.join() !== shape.with(axis, count).join())
    site.refuse(`expected an update no longer than the cache [${shape.join(', ')}] along axis ${axis}, got [${update.shape.join(', ')}]`); // prettier-ignore
  const from = given ?? site.tensor('int64', [shape[0]], new Float64Array(shape[0]));
  if (from.shape.join() !== String(shape[0]))
    site.refuse(`expected ${shape[0]} places, got [${from.shape.join(', ')}]`);
  const last = mode === 'circular' ? length - 1 : length - count;
  if (from.constant?.every((v) => v >= 0 && v <= last) === false)
    site.refuse(`expected places from 0 to ${last}, got ${from.constant.join(', ')}`);
  // whether a sequence is written from each place on
  const hot = onehotOf(site, from, last + 1);
  const [inner, size] = [sizeOf(shape.slice(axis + 1)), site.size(shape)];
  const each = Int32Array.from({ length: size }, (_, o) => o);
  const along = (o: number): number => Math.floor(o / inner) % length;
  let cache = past;
  for (let t = 0; t < count; t++) {
    site.size(shape);
    const start = (o: number): number => (mode === 'circular' ? (along(o) - t + length) % length : along(o) - t);
    const at = each.map((o) => (start(o) >= 0 && start(o) <= last ? Math.floor(o / (size / shape[0])) * (last + 1) + start(o) : -1)); // prettier-ignore
    const written = site.gather(update, each.map((o) => (Math.floor(o / inner / length) * count + t) * inner + (o % inner)), shape); // prettier-ignore
    cache = named(site, { ...site.gather(hot, at, shape), dtype: past.dtype }, written, cache);
  }
  return cache;
};

export const STATEFUL: readonly Operator[] = [
  { op: 'CausalConvWithState', since: 27, inputs: [2, 4], outputs: 2, lower: CausalConvWithState },
  { op: 'LinearAttention', since: 27, inputs: [3, 6], outputs: 2, lower: LinearAttention },
  { op: 'TensorScatter', since: 24, inputs: [2, 3], outputs: 1, lower: TensorScatter },
];

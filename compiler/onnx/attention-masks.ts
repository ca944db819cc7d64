// Which keys a query sees: masks that are given, the causal order, windows and the lengths of sequences. What is constant is added to
// the scores; what is live hides a score in its softmax, and takes its share away behind it, so that a query that sees nothing gets 0.
import { identityMap } from '../linear/maps.js';
import { sizeOf } from '../tensor.js';
import { broadcastIndices, broadcastShape } from './indexing.js';
import { atLeast, both, choice, not } from './logic.js';
import type { Operand, Site } from './site.js';
import { weightedSum } from './sums.js';

/** A number that a score with -inf added to it is no smaller than in effect: its exponential is 0 in any number of bits. */
const MASKED = -1e9;
/** What takes the place of a score where that is a matter of the input: as far below others as they count against each other. */
const HIDDEN = -256;

export interface Masked {
  readonly scores: Operand;
  /** 1 where a query sees a key, in a shape that broadcasts; null where that is no matter of the input. */
  readonly seen: Operand | null;
  /** Whether something in the scores is hidden for good. */
  readonly hasHoles: boolean;
}

/** @param past keys in front of those of the queries */
export function masksOf(site: Site, scores: Operand, past: number): Masked {
  const { shape } = scores;
  const [batch, count, queries, keys] = shape;
  const bias = new Float64Array(sizeOf(shape));
  const [added, flags]: [Operand[], Operand[]] = [[], []];
  const given = site.optional(3);
  if (given !== null) {
    const last = given.shape.at(-1) ?? 1;
    const natural = [...given.shape.slice(0, -1), keys];
    if (last > keys || broadcastShape(site, [natural, shape]).join() !== shape.join())
      site.refuse(`expected a mask that broadcasts to [${shape.join(', ')}], got [${given.shape.join(', ')}]`);
    // keys beyond the mask are hidden
    const from = Int32Array.from({ length: sizeOf(natural) }, (_, o) => {
      const [row, j] = [Math.floor(o / keys), o % keys];
      return last === 1 ? row : j < last ? row * last + j : -1;
    });
    const { constant, dtype } = given;
    const addedAt = (i: number): number =>
      i < 0 ? MASKED : constant === null ? 0 : dtype === 'bool' ? (constant[i] !== 0 ? 0 : MASKED) : Math.max(constant[i], MASKED); // prettier-ignore
    broadcastIndices(natural, shape).forEach((i, o) => (bias[o] = addedAt(from[i])));
    if (constant === null) (dtype === 'bool' ? flags : added).push(site.gather(given, from, natural));
  }
  const isCausal = site.int('is_causal', 0) !== 0;
  if (isCausal && queries === 1 && past > 0 && keys > past + 1)
    site.refuse(`expected one new key for one query under is_causal, got ${keys - past}: runtimes differ in what it sees`, 'give the whole mask as attn_mask'); // prettier-ignore
  const [left, right] = ['left_window_size', 'right_window_size'].map((name) => site.opset >= 25 ? site.int(name, -1) : -1); // prettier-ignore
  const lengths = site.opset >= 24 ? site.optional(6) : null;
  if (lengths !== null && lengths.shape.join() !== String(batch))
    site.refuse(`expected ${batch} lengths in 'nonpad_kv_seqlen', got shape [${lengths.shape.join(', ')}]`);
  // without a past the queries are the last of a sequence as long as its length says
  const isBehind = lengths !== null && site.optional(4) === null;
  /** The lengths of which query i sees key j, and whether it does where they are no matter. */
  const range = (i: number, j: number): readonly [least: number, most: number] => {
    const ahead = j - i + (isBehind ? queries : -past); // lengths, or 0, from which on j is no later than i
    const [open, later, earlier] = [isCausal ? ahead : -Infinity, right >= 0 ? ahead - right : -Infinity, left >= 0 ? ahead + left : Infinity]; // prettier-ignore
    const [least, most] = [Math.max(open, later), earlier];
    if (isBehind) return [Math.max(least, j + 1), most];
    return least > 0 || most < 0 ? [Infinity, -Infinity] : [lengths === null ? -Infinity : j + 1, Infinity];
  };
  const live = lengths?.constant === null ? lengths : null;
  bias.forEach((_, o) => {
    const [n, i, j] = [Math.floor(o / keys / queries / count), Math.floor(o / keys) % queries, o % keys];
    const [least, most] = range(i, j);
    const length = lengths?.constant?.[n] ?? 0;
    if (live === null ? length < least || length > most : least > keys || most < 0) bias[o] = MASKED;
  });
  if (live !== null) flags.push(withinLengths(site, live, [batch, 1, queries, keys], range));
  for (let row = 0; row < bias.length; row += keys)
    if (bias.subarray(row, row + keys).every((b) => b === MASKED))
      site.refuse('expected a key at least that each query sees, got a query from which all are hidden');
  const [first, ...others] = flags;
  const seen = flags.length === 0 ? null : others.reduce((all, one) => both(site, all, one), first);
  const hasHoles = seen !== null || bias.includes(MASKED);
  const sum = added.length === 0 ? scores : weightedSum(site, [scores, ...added], [1, ...added.map(() => 1)]);
  const chosen = seen === null ? sum : choice(site, seen, sum, site.tensor(scores.dtype, [], [HIDDEN]));
  const isOpen = bias.every((b) => b === 0);
  const masked = isOpen ? chosen : site.linear({ ...identityMap(chosen.id, bias.length), bias }, shape, scores.dtype);
  return { scores: masked, seen, hasHoles };
}

/** Whether the length of each sequence is in the range of a query and a key. */
function withinLengths(
  site: Site,
  lengths: Operand,
  shape: readonly [batch: number, heads: number, queries: number, keys: number],
  range: (i: number, j: number) => readonly [least: number, most: number],
): Operand {
  const [batch, , queries, keys] = shape;
  const bounds = Array.from({ length: keys + 2 }, (_, t) => t);
  const reached = atLeast(site, site.reshape(lengths, [batch, 1]), site.tensor(lengths.dtype, [1, bounds.length], bounds)); // prettier-ignore
  site.size(shape);
  const at = (bound: (i: number, j: number) => number): Operand => {
    const own = Int32Array.from({ length: queries * keys }, (_, o) => Math.min(Math.max(bound(Math.floor(o / keys), o % keys), 0), keys + 1)); // prettier-ignore
    return site.gather(reached, Int32Array.from({ length: batch * own.length }, (_, o) => Math.floor(o / own.length) * bounds.length + own[o % own.length]), shape); // prettier-ignore
  };
  const long = at((i, j) => range(i, j)[0]);
  const isBounded = range(0, 0)[1] !== Infinity;
  return isBounded
    ? both(
        site,
        long,
        not(
          site,
          at((i, j) => range(i, j)[1] + 1),
        ),
      )
    : long;
}

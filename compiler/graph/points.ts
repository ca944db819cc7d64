// Steps that compute one function of one value, element by element, become one table: GELU as PyTorch writes it, x sigmoid(x),
// x min(max(x + 3, 0), 6) / 6. It happens before linear maps are composed, which would dissolve the value that they share, and only
// where nothing else needs what lies between: a value that something else reads is proved in any case.
import { formula, isTwoLines, point, type NamedFunction, type PointFunction } from '../recipes/functions.js';
import { MAX_TERMS, type Term } from '../recipes/formula.js';
import { realOf } from '../recipes/index.js';
import type { RealStep, Value, ValueId } from '../recipes/values.js';
import { table, type TableOwn } from '../recipes/table.js';
import { isFloat, sizeOf } from '../tensor.js';
import type { Graph } from './graph.js';

/** A value as a function of another one, its root. */
interface Member {
  readonly root: ValueId;
  readonly step: RealStep;
  /** Over the step's sources. */
  readonly term: Term<NamedFunction>;
  /** Terms in all, those that are shared counted each time. */
  readonly size: number;
}

type Members = ReadonlyMap<ValueId, Member>;

/** Searches for the values that have to stand apart; models need one or two. */
const MOST_ROUNDS = 16;

type FunctionOf = (terms: readonly Term<NamedFunction>[], elements: number) => PointFunction | null;

/**
 * The graph with such steps fused; what they leave without a reader stays, for `fuse` to drop.
 * @param hasTables of any function; clips become one in any case: each rounds the bounds of the other away
 */
export function fusePoints(graph: Graph, hasTables: boolean): Graph {
  const clips = fusedBy(graph, (term) => term.op === 'function' && endsOf(term.f) !== null, clipOf);
  return hasTables ? fusedBy(clips, () => true, formulaOf) : clips;
}

/** What each step computes of a float, if it is one term of its sources' elements. */
export const pointTerms = ({ steps, values }: Graph): (Term<NamedFunction> | null)[] =>
  steps.map((step) => (isFloat(values[step.outs[0]].dtype) ? (realOf(step).pointwise?.(step.own) ?? null) : null));

function fusedBy(graph: Graph, isPart: (term: Term<NamedFunction>) => boolean, functionOf: FunctionOf): Graph {
  const terms = pointTerms(graph).map((term) => (term && isPart(term) ? term : null));
  const apart = new Set<ValueId>(); // needed by other steps as well: they are the roots of what comes after them
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const members = membersOf(graph, terms, apart);
    const { sinks, inner } = sinksOf(graph, members, apart);
    const both = sinks.filter((id) => inner.has(id));
    if (both.length === 0) return written(graph, members, sinks, functionOf);
    for (const id of both) apart.add(id);
  }
  return graph;
}

export function membersOf(
  { steps, values }: Graph,
  terms: readonly (Term<NamedFunction> | null)[],
  apart: ReadonlySet<ValueId>,
): Members {
  const members = new Map<ValueId, Member>();
  for (const [i, step] of steps.entries()) {
    const [out] = step.outs;
    const term = terms[i];
    if (term === null) continue;
    const of = step.sources.map((id) => (apart.has(id) ? undefined : members.get(id)));
    const roots = new Set(step.sources.map((id, i) => of[i]?.root ?? id));
    const size = of.reduce((sum, member) => sum + (member?.size ?? 0), 1);
    // the first elements of a larger value are a value of their own
    const isWhole = step.sources.every((id) => sizeOf(values[id].shape) === sizeOf(values[out].shape));
    if (isWhole && roots.size === 1 && size <= MAX_TERMS) members.set(out, { root: [...roots][0], step, term, size });
  }
  return members;
}

interface Sinks {
  /** Members that something reads that is none of their root. */
  readonly sinks: readonly ValueId[];
  /** What lies between them and their roots. */
  readonly inner: ReadonlySet<ValueId>;
}

function sinksOf({ steps, outputs }: Graph, members: Members, apart: ReadonlySet<ValueId>): Sinks {
  const needed = new Set(outputs.map(({ value }) => value));
  for (const step of steps)
    for (const id of step.sources) if (apart.has(id) || !step.outs.every((out) => members.has(out))) needed.add(id);
  const sinks: ValueId[] = [];
  const inner = new Set<ValueId>();
  for (const { outs } of steps.toReversed()) {
    const [out] = outs;
    const member = members.get(out);
    if (member === undefined || (!needed.has(out) && !inner.has(out))) continue;
    const sources = member.step.sources.filter((id) => id !== member.root);
    if (needed.has(out)) {
      // a line costs nothing: the function in front of it is what takes a table
      const bends = [...bendsOf(out, members, apart)];
      if (member.term.op === 'sum' && bends.length < 2) {
        for (const id of bends) needed.add(id);
        continue;
      }
      sinks.push(out);
    }
    for (const id of sources) inner.add(id);
  }
  return { sinks, inner };
}

/** The members, not linear in their root, that a value is a weighted sum of. */
function bendsOf(id: ValueId, members: Members, apart: ReadonlySet<ValueId>, isFirst = true): Set<ValueId> {
  const member = isFirst || !apart.has(id) ? members.get(id) : undefined;
  if (member === undefined) return new Set();
  if (member.term.op !== 'sum') return new Set([id]);
  const { root, step } = member;
  return new Set(step.sources.filter((s) => s !== root).flatMap((s) => [...bendsOf(s, members, apart, false)]));
}

function written(graph: Graph, members: Members, sinks: readonly ValueId[], functionOf: FunctionOf): Graph {
  const values = [...graph.values];
  const fused = new Map<ValueId, RealStep<TableOwn>>();
  for (const out of sinks) {
    const { root } = members.get(out)!;
    const { terms, ids } = termsOf(out, members);
    const f = functionOf(terms, sizeOf(values[out].shape));
    if (f === null) continue;
    fused.set(out, { kind: table.kind, sources: [root], outs: [out], own: { f } });
    values[out] = { ...values[out], operator: operatorsOf(ids.map((id) => graph.values[id])) };
  }
  return { ...graph, values, steps: graph.steps.map((step) => fused.get(step.outs[0]) ?? step) };
}

/** What a member is of its root, each value computed once. */
export function termsOf(
  out: ValueId,
  members: Members,
): { readonly terms: Term<NamedFunction>[]; readonly ids: ValueId[] } {
  const { root } = members.get(out)!;
  const places = new Map([[root, 0]]);
  const terms: Term<NamedFunction>[] = [];
  const place = (id: ValueId): number => {
    const known = places.get(id);
    if (known !== undefined) return known;
    const { step, term } = members.get(id)!;
    const of = term.of.map((position) => place(step.sources[position]));
    const next = terms.push({ ...term, of });
    places.set(id, next);
    return next;
  };
  place(out);
  return { terms, ids: [...places.keys()].slice(1).sort((a, b) => a - b) };
}

/** Elements from which a row less for each pays for the keys of a table that clips and products do without. */
const PAYS_FOR_KEYS = 1024;

/** Null where the steps are as good by themselves: one that is not linear, products alone, which are exact, or bends and lines. */
function formulaOf(terms: readonly Term<NamedFunction>[], elements: number): PointFunction | null {
  const bends = terms.filter(({ op }) => op !== 'sum');
  const functions = terms.flatMap((term) => (term.op === 'function' ? [term.f] : []));
  if (bends.length < 2 || functions.length === 0) return null;
  const isCheap = functions.every(isTwoLines) && (functions.length === bends.length || elements < PAYS_FOR_KEYS);
  return isCheap ? null : formula(terms);
}

/** One clip for several, one behind the other. */
function clipOf(terms: readonly Term<NamedFunction>[]): PointFunction | null {
  if (terms.length < 2) return null;
  const ends = terms.flatMap((term) => (term.op === 'function' ? [endsOf(term.f)!] : []));
  const [lo, hi] = ends.reduce(([lo, hi], into) => [clip(lo, into), clip(hi, into)]);
  return lo === 0 && hi === Infinity ? point('relu') : point('clip', lo, hi);
}

const clip = (x: number, [lo, hi]: readonly number[]): number => Math.min(Math.max(x, lo), hi);

/** Of a clip; null for any other function. */
const endsOf = ({ name, params }: NamedFunction): readonly number[] | null =>
  name === 'clip' ? params : name === 'relu' ? [0, Infinity] : name === 'identity' ? [-Infinity, Infinity] : null;

/** For reports and refusals: an operator for each node, in the order of the model; of many the first and the last. */
function operatorsOf(values: readonly Pick<Value, 'node' | 'operator'>[]): string {
  const names = [...new Map(values.map(({ node, operator }) => [node, operator])).values()];
  return names.length <= 8 ? names.join('+') : [...names.slice(0, 7), '…', names.at(-1)].join('+');
}

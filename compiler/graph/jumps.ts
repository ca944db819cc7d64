// Functions that jump, of an input: a runtime rounds what it computes of the input to float32, node by node, and on which side of a jump
// a number lies may hang on that: 0.7 / 0.1 is 7 in float32, and less in reals. So the function and the arithmetic in front of it become
// one formula of the input that rounds as the runtime does, and its table answers at each point of the input's grid what the runtime
// answers there. It happens before linear maps are composed, which would round nothing in between. Sums, products and quotients are
// rounded; what a function in between gives is not.
import { isSelection } from '../linear/map.js';
import { formula, hasJumps, isWhole, point, type Formula, type NamedFunction, type PointFunction } from '../recipes/functions.js'; // prettier-ignore
import { MAX_TERMS, type Term } from '../recipes/formula.js';
import { realOf } from '../recipes/index.js';
import { divisionIn, tableIn, truncateIn } from '../recipes/known.js';
import { table } from '../recipes/table.js';
import { truncate } from '../recipes/truncate.js';
import type { RealStep, ValueId } from '../recipes/values.js';
import type { Graph } from './graph.js';
import { membersOf, pointTerms, termsOf } from './points.js';

type Terms = readonly Term<NamedFunction>[];

export function withFloatJumps(graph: Graph): Graph {
  const found = graph.steps.map(jumpOf);
  if (found.every((f) => f === null)) return graph;
  const members = membersOf(graph, pointTerms(graph), new Set());
  const ofInput = movedInputs(graph);
  const steps = graph.steps.map((step, i): RealStep => {
    const f = found[i];
    if (f === null) return step;
    const [x] = step.sources;
    const root = members.get(x)?.root ?? x;
    if (!ofInput.has(root)) return step;
    const { terms, ids } = root === x ? { terms: [], ids: [] } : termsOf(x, members);
    if (!ids.every((id) => graph.values[id].dtype === 'float32')) return step;
    // integers and their halves are floats: nothing is rounded on the way to such a jump
    if (terms.length === 0 && isExact(f)) return step;
    const held = inFloats([...terms, ...(f.name === 'formula' ? behind(terms.length, f) : [at(terms.length, f)])]);
    if (held === null) return step;
    const kind = truncateIn(step) === null ? table.kind : truncate.kind;
    return { ...step, kind, sources: [root], own: { f: held } };
  });
  return { ...graph, steps };
}

const at = (of: number, f: NamedFunction): Term<NamedFunction> => ({ op: 'function', of: [of], f });

/** The terms of a formula of the last of so many terms: what it calls 0 is that one, and its own follow. */
const behind = (count: number, { terms }: Formula): Terms =>
  terms.map((term) => ({ ...term, of: term.of.map((i) => i + count) }));

/** The function of one value that a step is, where it jumps. */
function jumpOf(step: RealStep): PointFunction | null {
  const f = tableIn(step)?.f ?? truncateIn(step)?.f;
  if (f !== undefined) return hasJumps(f) ? f : null;
  const rest = divisionIn(step);
  if (rest?.part !== 'rest' || new Set(rest.by).size !== 1) return null;
  return point(rest.toward === 'floor' ? 'modulo' : 'fmod', rest.by[0]);
}

const isExact = (f: PointFunction): boolean => f.name !== 'formula' && (isWhole(f) || f.params.every(Number.isInteger));

/** The inputs of float32, and what only moves their elements. */
function movedInputs({ steps, values, inputs }: Graph): ReadonlySet<ValueId> {
  const isFloat32 = (id: ValueId): boolean => values[id].dtype === 'float32';
  const moved = new Set(inputs.map(({ value }) => value).filter(isFloat32));
  for (const step of steps) {
    const map = realOf(step).map?.(step.own);
    const isMoved = map !== undefined && isSelection(map) && step.sources.every((id) => moved.has(id));
    if (isMoved && step.sources.length > 0 && isFloat32(step.outs[0])) moved.add(step.outs[0]);
  }
  return moved;
}

/** The same terms, rounded to float32 as each node is; null for too many. */
function inFloats(terms: Terms): Formula | null {
  const written: Term<NamedFunction>[] = [at(0, point('float32'))];
  const places = [1]; // of the root and of each term, among the values of what is written
  const write = (term: Term<NamedFunction>): number => written.push(term);
  for (const term of terms) {
    const of = term.of.map((t) => places[t]);
    if (term.op === 'function') places.push(write({ ...term, of }));
    else places.push(write(at(write(divided({ ...term, of })), point('float32'))));
  }
  return written.length <= MAX_TERMS ? formula(written) : null;
}

/** A factor that float32 does not hold is one over a divisor. */
function divided(term: Term<NamedFunction>): Term<NamedFunction> {
  if (term.op !== 'sum' || term.of.length !== 1 || term.bias !== 0) return term;
  const [weight] = term.weights;
  return Math.fround(weight) === weight ? term : at(term.of[0], point('over', Math.fround(1 / weight)));
}

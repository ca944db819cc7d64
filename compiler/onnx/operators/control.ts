// Control flow: graphs inside nodes, written out. What decides how often is constant; an If of a live condition computes both branches
// and chooses.
import { mapBuilder } from '../../linear/builder.js';
import { MAX_TRIPS } from '../../limits.js';
import { sizeOf, stridesOf } from '../../tensor.js';
import { axisIndices, axisOf, lattice } from '../indexing.js';
import { choice } from '../logic.js';
import { wholeOf, type Result } from '../pending.js';
import type { Body, Lowering, Operand, Operator, Site } from '../site.js';

/** https://onnx.ai/onnx/operators/onnx__If.html : the outputs of one branch. */
const If: Lowering = (site) => {
  const condition = site.input(0);
  if (condition.dtype !== 'bool' || sizeOf(condition.shape) !== 1)
    site.refuse(`expected one bool as condition, got ${condition.dtype} [${condition.shape.join(', ')}]`);
  const [yes, no] = [site.body('then_branch'), site.body('else_branch')];
  if (condition.constant !== null) return (condition.constant[0] !== 0 ? yes : no).run([]);
  const [a, b] = [yes.run([], ' then'), no.run([], ' else')];
  return a.map((of, k) => chosen(site.forOutput(k), site.reshape(condition, []), wholeOf(of), wholeOf(b[k]), k));
};

function chosen(site: Site, condition: Operand, a: Operand, b: Operand, k: number): Operand {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join())
    site.refuse(
      `expected branches of one shape under a condition that depends on the input, got ${a.dtype} [${a.shape.join(', ')}] and ${b.dtype} [${b.shape.join(', ')}] for output ${k}`,
      'make both branches give tensors of one shape and type, or fix the condition when exporting',
    );
  return choice(site, condition, a, b);
}

/** https://onnx.ai/onnx/operators/onnx__Loop.html : a body so many times, or while its condition holds; what it carries, and what each round adds. */
const Loop: Lowering = (site) => {
  const limit = countOf(site, 0);
  const first = site.optional(1);
  let carried: readonly Result[] = Array.from({ length: Math.max(site.arity - 2, 0) }, (_, i) => site.result(i + 2));
  const body = site.body('body');
  const added: Operand[][] = Array.from({ length: Math.max(body.outputs - 1 - carried.length, 0) }, () => []);
  let goesOn = first === null || isTrue(site, first);
  let round = 0;
  while (goesOn && round < limit) {
    refuseTrips(site, round + 1);
    const outputs = body.run([site.tensor('int64', [], [round]), site.tensor('bool', [], [1]), ...carried], `[${round}]`); // prettier-ignore
    const { length } = carried;
    carried = outputs.slice(1, 1 + length);
    added.forEach((parts, k) => parts.push(wholeOf(outputs[1 + length + k])));
    round++;
    goesOn = round === limit || isTrue(site, wholeOf(outputs[0]));
  }
  return [...carried, ...added.map((parts, k) => stacked(site.forOutput(carried.length + k), parts, 0))];
};

/** The number of rounds; without one there is no limit but the condition. */
function countOf(site: Site, i: number): number {
  const given = site.optional(i);
  if (given === null) return Infinity;
  if (given.constant === null)
    site.refuse(
      'expected a number of rounds that is constant, got one that depends on the input',
      'a circuit has one length: export the model for a fixed number of rounds',
    );
  const count = given.constant[0];
  if (site.optional(1) === null) refuseTrips(site, count); // no need to begin
  return count;
}

function refuseTrips(site: Site, rounds: number): void {
  if (rounds > MAX_TRIPS)
    site.refuse(
      `expected at most ${MAX_TRIPS} rounds, got ${Number.isFinite(rounds) ? rounds : 'more'}`,
      'each round is written out: use fewer, or an operator that does it at once',
    );
}

function isTrue(site: Site, condition: Operand): boolean {
  if (condition.constant === null)
    site.refuse(
      'expected a condition that is constant in every round, got one that depends on the input',
      'a circuit has one length: loop a fixed number of times, and keep the old values by a Where once the condition is false',
    );
  return condition.constant[0] !== 0;
}

/** https://onnx.ai/onnx/operators/onnx__Scan.html : a body for each slice of its sequences; states that it carries, and what each step adds. */
const Scan: Lowering = (site) => {
  if (site.opset < 9) return batched(site);
  const body = site.body('body');
  const sequences = site.int('num_scan_inputs', 0);
  const states = site.arity - sequences;
  const [kept, added] = [states, body.outputs - states];
  if (!(sequences >= 1 && states >= 0 && added >= 0))
    site.refuse(`expected 1 to ${site.arity} scan inputs, got ${sequences}`);
  const xs = site.inputs();
  const inAxes = listOf(site, 'scan_input_axes', sequences).map((axis, i) => axisOf(site, axis, xs[states + i].shape.length)); // prettier-ignore
  const [backwards, backwardsOut] = [listOf(site, 'scan_input_directions', sequences), listOf(site, 'scan_output_directions', added)]; // prettier-ignore
  const outAxes = listOf(site, 'scan_output_axes', added);
  const scanned = xs.slice(states).map((of, i): Sequence => ({ of, axis: inAxes[i], backwards: backwards[i] !== 0 }));
  const { last, parts } = scan(site, body, xs.slice(0, states), scanned, added, '');
  return [
    ...last,
    ...parts.map((list, k) => {
      const axis = axisOf(site, outAxes[k], list[0].shape.length + 1);
      return stacked(site.forOutput(kept + k), backwardsOut[k] === 0 ? list : list.toReversed(), axis);
    }),
  ];
};

/** Opset 8: everything has a batch in front, and each of its elements is a scan of its own along axis 1. */
function batched(site: Site): Operand[] {
  const body = site.body('body');
  const lengths = site.optionalConstant(0, "'sequence_lens'");
  const sequences = site.int('num_scan_inputs', 0);
  const xs = Array.from({ length: site.arity - 1 }, (_, i) => site.input(i + 1));
  const states = xs.length - sequences;
  const added = body.outputs - states;
  if (!(sequences >= 1 && states >= 0 && added >= 0) || xs.some(({ shape }) => shape.length === 0))
    site.refuse(`expected 1 to ${xs.length} scan inputs with a batch in front, got ${sequences}`);
  const backwards = listOf(site, 'directions', sequences);
  const [batch, length] = [xs[0].shape[0], xs[states].shape[1]];
  if (lengths?.data.some((n) => n !== length) === true)
    site.refuse(`expected 'sequence_lens' of the whole length ${length}, got ${[...lengths.data].join(', ')}`);
  const rounds = Array.from({ length: batch }, (_, n) => {
    const own = xs.map((x) => sliced(site, x, 0, n));
    const scanned = own.slice(states).map((of, i): Sequence => ({ of, axis: 0, backwards: backwards[i] !== 0 }));
    const { last, parts } = scan(site, body, own.slice(0, states), scanned, added, `[${n}]`);
    return [...last, ...parts.map((list) => stacked(site, list, 0))];
  });
  return rounds[0].map((_, k) => stacked(site.forOutput(k), rounds.map((results) => results[k]), 0)); // prettier-ignore
}

interface Sequence {
  readonly of: Operand;
  readonly axis: number;
  readonly backwards: boolean;
}

function scan(
  site: Site,
  body: Body,
  first: readonly Operand[],
  sequences: readonly Sequence[],
  added: number,
  path: string,
) {
  // prettier-ignore
  const lengths = sequences.map(({ of, axis }) => of.shape[axis]);
  const [length] = lengths;
  if (lengths.some((n) => n !== length)) site.refuse(`expected sequences of one length, got ${lengths.join(', ')}`);
  refuseTrips(site, length);
  let last = first;
  const parts: Operand[][] = Array.from({ length: added }, () => []);
  for (let t = 0; t < length; t++) {
    const slices = sequences.map(({ of, axis, backwards }) => sliced(site, of, axis, backwards ? length - 1 - t : t));
    const outputs = body.run([...last, ...slices], `${path}[${t}]`).map(wholeOf);
    last = outputs.slice(0, first.length);
    parts.forEach((list, k) => list.push(outputs[first.length + k]));
  }
  return { last, parts };
}

/** An attribute of a number for each of some inputs or outputs; 0 where it is left out. */
function listOf(site: Site, name: string, count: number): readonly number[] {
  const given = site.ints(name) ?? new Array<number>(count).fill(0);
  if (given.length !== count) site.refuse(`expected ${count} numbers in '${name}', got ${given.length}`);
  return given;
}

function sliced(site: Site, x: Operand, axis: number, at: number): Operand {
  const shape = x.shape.toSpliced(axis, 1);
  site.size(shape);
  const maps = x.shape.map((_, a) => (a === axis ? Int32Array.of(at) : null));
  return site.gather(x, axisIndices(x.shape, maps), shape);
}

/** Work of a place in the whole, in terms for each part: a map has a list as long as its result for each source. */
const STACKED = 32;

/** Tensors of one shape, next to each other along a new axis. */
function stacked(site: Site, parts: readonly Operand[], axis: number): Operand {
  if (parts.length === 0)
    return site.refuse(
      'expected a round at least, got none: what it would add has no shape',
      'leave the loop out of the model',
    );
  const [{ shape: each, dtype }] = parts;
  const other = parts.find(({ shape }) => shape.join() !== each.join());
  if (other !== undefined)
    site.refuse(`expected rounds that add one shape, got [${each.join(', ')}] and [${other.shape.join(', ')}]`);
  const shape = each.toSpliced(axis, 0, parts.length);
  const strides = stridesOf(shape);
  const builder = mapBuilder(site.size(shape));
  site.terms(STACKED * parts.length * builder.bias.length);
  const places = lattice(each, strides.toSpliced(axis, 1));
  parts.forEach(({ id }, k) => {
    const part = builder.part(id);
    const [pattern, kernel] = [part.pattern(Int32Array.of(0)), part.kernel(Float64Array.of(1))];
    places.forEach((o, i) => part.set(k * strides[axis] + o, i, pattern, kernel));
  });
  return site.linear(builder.build(), shape, dtype);
}

export const CONTROL: readonly Operator[] = [
  { op: 'If', since: 1, inputs: [1, 1], outputs: Infinity, lower: If },
  { op: 'Loop', since: 1, inputs: [0, Infinity], outputs: Infinity, lower: Loop },
  { op: 'Scan', since: 8, inputs: [1, Infinity], outputs: Infinity, lower: Scan },
];

// What recurrent nodes have in common: attributes and inputs by direction, the steps one after the other, and the outputs made of
// the states. A node is unrolled: its sequence has a constant length.
import type { Tensor } from '../tensor.js';
import { atLeast, choice } from './logic.js';
import { activationsOf, type Activation } from './recurrent-activations.js';
import { gathered, type Line } from './recurrent-sums.js';
import type { Operand, Site } from './site.js';

/** One direction of a recurrent node. */
export interface Direction {
  readonly site: Site;
  readonly hidden: number;
  readonly activations: readonly Activation[];
  /** The bound of what an activation is given, from 'clip'; null: none. */
  readonly clip: number | null;
  /** Of one gate: a row for each hidden unit. */
  readonly w: (gate: number) => Float64Array;
  readonly r: (gate: number) => Float64Array;
  readonly biasW: (gate: number) => Float64Array;
  readonly biasR: (gate: number) => Float64Array;
  /** Weights from the cell to a gate; null: none. */
  readonly peephole: (gate: number) => Float64Array | null;
  /** The states before the first step, whatever the sequence: all of them are in [-1, 1]. */
  readonly startsInside: boolean;
}

/** The states after a step of some sequences, [sequences, hidden] each: the first is the output of the step. */
export type Cell = (direction: Direction, x: readonly Line[], states: readonly (readonly Line[])[]) => Operand[];

export interface Recurrent {
  readonly gates: number;
  readonly cell: Cell;
  /** Names of the default activations of a direction. */
  readonly activations: readonly string[];
  /** Inputs of the initial states, in order. */
  readonly states: readonly number[];
  /** Input of the peepholes, if the operator has any, and how many gates have them. */
  readonly peepholes?: { readonly input: number; readonly gates: number };
}

/** Y, and each state after the last step. */
export function unrolled(site: Site, { gates, cell, activations, states, peepholes }: Recurrent): Operand[] {
  const x = site.floats(0);
  if (x.shape.length !== 3) site.refuse(`expected 'X' of rank 3, got ${x.shape.length}`);
  const layout = site.opset >= 14 ? site.int('layout', 0) : 0;
  if (layout !== 0 && layout !== 1) site.refuse(`expected layout 0 or 1, got ${layout}`);
  const [length, batch] = layout === 0 ? x.shape : [x.shape[1], x.shape[0]];
  const inputs = x.shape[2];
  const directions = directionsOf(site);
  const count = directions.length;
  const hidden = hiddenOf(site, gates);
  const shaped = (tensor: Tensor | null, what: string, shape: readonly number[]): Float64Array | null => {
    if (tensor !== null && tensor.shape.join() !== shape.join())
      site.refuse(`expected '${what}' of shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`);
    return tensor && tensor.data;
  };
  const w = shaped(site.constant(1, "'W'"), 'W', [count, gates * hidden, inputs])!;
  const r = shaped(site.constant(2, "'R'"), 'R', [count, gates * hidden, hidden])!;
  const b = shaped(site.optionalConstant(3, "'B'"), 'B', [count, 2 * gates * hidden]);
  const p = peepholes && shaped(site.optionalConstant(peepholes.input, "'P'"), 'P', [count, peepholes.gates * hidden]);
  const lengths = lengthsOf(site, batch, length);
  const goesOn = goingOn(site, batch, length, directions);
  const functions = activationsOf(site, Array.from({ length: count }, () => activations).flat());
  const clip = site.attribute('clip') === undefined ? null : site.float('clip', 0);
  if (clip !== null && !(clip >= 0)) site.refuse(`expected attribute 'clip' from 0, got ${clip}`);
  site.gadgets(count * length * batch * gates * hidden);
  site.terms(2 * count * length * batch * gates * hidden * (inputs + hidden));
  site.macs(count * length * batch * gates * hidden * (inputs + hidden));

  const stateShape = layout === 0 ? [count, batch, hidden] : [batch, count, hidden];
  const initial = states.map((at) => initialState(site, at, stateShape));
  /** The place of a vector in [directions, batch, hidden], or as the layout has it. */
  const place = (d: number, n: number): number => (layout === 0 ? d * batch + n : n * count + d) * hidden;
  const outputs: (Line | null)[] = Array.from({ length: length * count * batch }, () => null);
  const last = states.map(() => new Array<Line>(count * batch));
  directions.forEach((isReverse, d) => {
    const part = (list: Float64Array | null, size: number, at: number): Float64Array =>
      list === null ? new Float64Array(size) : list.subarray(at, at + size);
    const direction: Direction = {
      site,
      hidden,
      clip,
      activations: functions.slice(d * activations.length, (d + 1) * activations.length),
      w: (gate) => part(w, hidden * inputs, (d * gates + gate) * hidden * inputs),
      r: (gate) => part(r, hidden * hidden, (d * gates + gate) * hidden * hidden),
      biasW: (gate) => part(b, hidden, (2 * d * gates + gate) * hidden),
      biasR: (gate) => part(b, hidden, ((2 * d + 1) * gates + gate) * hidden),
      peephole: (gate) => (p ? part(p, hidden, (d * peepholes.gates + gate) * hidden) : null),
      startsInside: initial[0].constant?.every((v) => Math.abs(v) <= 1) ?? false,
    };
    const now = initial.map((of) => Array.from({ length: batch }, (_, n): Line => ({ of, at: place(d, n) })));
    for (let step = 0; step < length; step++) {
      const active = [...lengths.keys()].filter((n) => step < lengths[n]);
      if (active.length === 0) break;
      const time = (n: number): number => (isReverse ? lengths[n] - 1 - step : step);
      const lines = active.map((n): Line => ({ of: x, at: (layout === 0 ? time(n) * batch + n : n * length + time(n)) * inputs })); // prettier-ignore
      const reached = cell(direction, lines, now.map((state) => active.map((n) => state[n]))); // prettier-ignore
      // beyond a live length a state stays what it was
      const still = goesOn && site.gather(goesOn, Int32Array.from({ length: batch }, (_, n) => n * length + step), [batch, 1]); // prettier-ignore
      const shown = still && choice(site, still, reached[0], site.tensor(x.dtype, [], [0]));
      const next = still ? reached.map((of, s) => choice(site, still, of, gathered(site, now[s], hidden))) : reached;
      next.forEach((of, s) => active.forEach((n, k) => (now[s][n] = { of, at: k * hidden })));
      for (const n of active)
        outputs[layout === 0 ? (time(n) * count + d) * batch + n : (n * length + time(n)) * count + d] =
          shown === null ? now[0][n] : { of: shown, at: n * hidden };
    }
    now.forEach((state, s) => state.forEach((line, n) => (last[s][place(d, n) / hidden] = line)));
  });
  const yShape = layout === 0 ? [length, count, batch, hidden] : [batch, length, count, hidden];
  const named = (k: number, lines: readonly (Line | null)[], shape: readonly number[]): Operand =>
    gathered(site.forOutput(k), lines, hidden, shape);
  return [named(0, outputs, yShape), ...last.map((lines, s) => named(1 + s, lines, stateShape))];
}

/** Whether each direction begins at the end. */
function directionsOf(site: Site): boolean[] {
  const direction = site.string('direction', 'forward');
  switch (direction) {
    case 'forward':
      return [false];
    case 'reverse':
      return [true];
    case 'bidirectional':
      return [false, true];
    default:
      return site.refuse(`expected direction forward, reverse or bidirectional, got '${direction}'`);
  }
}

function hiddenOf(site: Site, gates: number): number {
  const { shape } = site.constant(2, "'R'");
  const hidden = site.attribute('hidden_size') === undefined ? shape[2] : site.int('hidden_size', 0);
  if (!(hidden >= 1) || shape.length !== 3 || shape[1] !== gates * hidden)
    site.refuse(`expected 'R' of ${gates} hidden_size rows, got hidden_size ${hidden} and [${shape.join(', ')}]`);
  return hidden;
}

/** Whether each sequence is longer than each of its steps is late, where that is a matter of the input; null where it is not. */
function goingOn(site: Site, batch: number, length: number, directions: readonly boolean[]): Operand | null {
  const given = site.optional(4);
  if (given === null || given.constant !== null) return null;
  if (given.shape.join() !== String(batch) || directions.includes(true))
    site.refuse("expected 'sequence_lens' to be constant in a reverse direction, or a length for each sequence, got others", 'reverse the sequence outside, or fix its length'); // prettier-ignore
  const steps = site.tensor(
    given.dtype,
    [1, length],
    Array.from({ length }, (_, t) => t + 1),
  );
  return atLeast(site, site.reshape(given, [batch, 1]), steps);
}

function lengthsOf(site: Site, batch: number, length: number): readonly number[] {
  const given = site.optional(4)?.constant ?? null;
  if (given === null) return new Array<number>(batch).fill(length);
  const lengths = Array.from(given);
  if (lengths.length !== batch || !lengths.every((n) => n >= 1 && n <= length))
    site.refuse(`expected ${batch} lengths from 1 to ${length} in 'sequence_lens', got ${lengths.join(', ')}`);
  return lengths;
}

function initialState(site: Site, i: number, shape: readonly number[]): Operand {
  const given = site.optional(i);
  if (given === null) return site.tensor(site.input(0).dtype, shape, new Float64Array(site.size(shape)));
  if (given.shape.join() !== shape.join())
    site.refuse(`expected an initial state of shape [${shape.join(', ')}], got [${given.shape.join(', ')}]`);
  return given;
}

// The instances of a gadget on their wires: a use of a step, its wiring resolved.
import type { Gadget } from '../primitives/gadget.js';
import type { Port, Spread, Use } from '../primitives/integer.js';
import type { IntegerStep } from '../primitives/steps.js';
import { formAt, oneWire, type LargeTerms, type Terms } from './forms.js';

/** Hands out consecutive wires; 0 of them: the next one. */
export type Allocate = (count: number) => number;

export function allocator(next: number): Allocate {
  return (count) => (next += count) - count;
}

/** The instances of one gadget for one step, or of a gadget that no step owns. */
export interface Instances {
  readonly gadget: Gadget;
  readonly count: number;
  /** Number of the step they belong to and its wiring; null where they belong to none. */
  readonly of: { readonly index: number; readonly step: IntegerStep; readonly ports: readonly Port[] } | null;
  /** The linear form of a port of instance i. */
  readonly port: (i: number, port: number) => LargeTerms;
  /** The wire of a signal of instance i. */
  readonly wire: (i: number, signal: number) => number;
}

/** @param bound gives wires to what a gadget commits, `free` to the rest; both are the same in `plain` */
export function place(
  index: number,
  step: IntegerStep,
  { gadget, count, ports, outputs }: Use,
  tensors: readonly number[],
  bound: Allocate,
  free: Allocate,
): Instances {
  const wire = wiresOf(gadget, count, outputs, step.outs.map((out) => tensors[out]), bound, free); // prettier-ignore
  return {
    gadget,
    count,
    of: { index, step, ports },
    wire,
    port: (i, k) => portForm(ports[k], i, step, tensors, wire),
  };
}

function portForm(
  port: Port,
  i: number,
  step: IntegerStep,
  tensors: readonly number[],
  wire: Instances['wire'],
): Terms {
  const at = port.at ? port.at[i] : i;
  if ('form' in port) {
    if (at < 0) return oneWire(wire(-1 - at, port.signal ?? 0));
    return formAt(step.forms[port.form].map, tensors, at);
  }
  const element = tensors[step.outs[port.tensor]] + at;
  const { mirror, above = 0 } = port;
  if (mirror === undefined && above === 0) return oneWire(element);
  return (term) => {
    term(0, mirror ?? -above);
    term(element, mirror === undefined ? 1 : -1);
  };
}

/**
 * Instance by instance: outputs that are elements of a tensor have its wires; the other outputs and what else is committed take
 * the next ones of `bound`, the rest those of `free`.
 */
function wiresOf(
  { committed, signals, outputs: nOutputs }: Gadget,
  count: number,
  outputs: readonly Spread[],
  tensors: readonly number[],
  bound: Allocate,
  free: Allocate,
): Instances['wire'] {
  const isBound = Math.max(committed ?? 0, nOutputs);
  const [ownBound, ownFree] = [isBound - nOutputs, signals.length - isBound];
  // outputs with a wire of their own, of all instances before each
  const before = lonelyBefore(outputs, count);
  const lonely = before?.[count] ?? 0;
  const isOne = bound === free;
  const step = isOne ? ownBound + ownFree : ownBound;
  const firstBound = bound(count * step + lonely);
  const firstFree = isOne ? 0 : free(count * ownFree);
  const boundAt = (rest: number, signal: number): number => rest + signal - nOutputs;
  const freeAt = (i: number, rest: number, signal: number): number =>
    (isOne ? rest + ownBound : firstFree + i * ownFree) + signal - isBound;
  if (before === null) {
    const first = outputs.map(({ tensor }) => tensors[tensor]);
    return (i, signal) => {
      if (signal < nOutputs) return first[signal] + i;
      const rest = firstBound + i * step;
      return signal < isBound ? boundAt(rest, signal) : freeAt(i, rest, signal);
    };
  }
  return (i, signal) => {
    const start = firstBound + i * step + before[i];
    if (signal >= nOutputs) {
      const rest = start + before[i + 1] - before[i];
      return signal < isBound ? boundAt(rest, signal) : freeAt(i, rest, signal);
    }
    const { tensor, at } = outputs[signal];
    const o = at ? at[i] : i;
    if (o >= 0) return tensors[tensor] + o;
    let rank = 0; // among the instance's outputs with a wire of their own
    for (let s = 0; s < signal; s++) if ((outputs[s].at?.[i] ?? 0) < 0) rank++;
    return start + rank;
  };
}

function lonelyBefore(outputs: readonly Spread[], count: number): Int32Array | null {
  if (outputs.every(({ at }) => at === undefined)) return null;
  const before = new Int32Array(count + 1);
  for (let i = 0; i < count; i++)
    before[i + 1] = before[i] + outputs.reduce((n, { at }) => n + (at && at[i] < 0 ? 1 : 0), 0);
  return before;
}

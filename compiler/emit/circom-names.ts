// What model.circom calls its signals, and the wire that the arrangement gives each.
//
// Step s is `main.l<s>`, table t of the lookup argument `main.t<t>`; besides them there are `main.powers` and
// `main.fingerprint`; in each of them the gadget instances are `g[i]` in the order of the arrangement (`u1_g[i]` for a
// step's second gadget), and what a gadget calls its signals follows. Committed signals are inputs of main:
// `input_<name>[i]` for the model's inputs, `l<s>_<signal>[i]` for what instance i of step s commits, `m<t>[i]` for the
// multiplicity of row i of table t.
import type { Arrangement } from '../circuit/arrange.js';
import type { Circuit, TensorId } from '../circuit/circuit.js';
import type { Instances } from '../circuit/instances.js';
import type { Gadget } from '../primitives/gadget.js';
import { square, tableRow } from '../primitives/challenge.js';

/** The signal that holds a model's input, each with a name of its own. */
export function inputNames({
  inputs,
}: Pick<Circuit, 'inputs'>): { readonly name: string; readonly tensor: TensorId }[] {
  const taken = new Set<string>();
  return inputs.map(({ name, tensor }) => {
    const plain = `input_${name.replace(/\W/g, '_')}`;
    let own = plain;
    for (let i = 1; taken.has(own); i++) own = `${plain}_${i}`;
    taken.add(own);
    return { name: own, tensor };
  });
}

/** Prefix of everything that belongs to the use number u of a step. */
export const prefixOf = (u: number): string => (u === 0 ? '' : `u${u}_`);

export interface SignalArray {
  readonly name: string;
  /** Empty for a lone signal. */
  readonly dims: readonly number[];
}

/** The arrays, each whole, that the names of their elements make up: r[0], r[1] -> r of 2. */
export function arraysOf(names: readonly string[]): SignalArray[] {
  const dims = new Map<string, number[]>();
  for (const full of names) {
    const [name, ...indices] = full.split(/\]?\[|\]/).filter((part) => part !== '');
    const known = dims.get(name) ?? indices.map(() => 0);
    dims.set(name, known.map((d, i) => Math.max(d, Number(indices[i]) + 1))); // prettier-ignore
  }
  return [...dims].map(([name, d]) => ({ name, dims: d }));
}

/** What each instance of a gadget commits. */
export const committedArrays = ({ signals, committed = 0 }: Pick<Gadget, 'signals' | 'committed'>): SignalArray[] =>
  arraysOf(signals.slice(0, committed));

/** Gadget instances by the place that model.circom gives them. */
function placesOf({ uses, instances }: Arrangement): ReadonlyMap<string, Instances> {
  const names = uses.flatMap((list, s) => list.map((_, u) => `l${s}.${prefixOf(u)}g`));
  let tables = 0;
  for (const { gadget } of instances.slice(names.length)) {
    if (gadget === tableRow) names.push(`t${tables++}.g`);
    else names.push(gadget === square ? 'powers.g' : 'fingerprint.g');
  }
  return new Map(names.map((name, i) => [name, instances[i]]));
}

/**
 * The wire that the arrangement gives a signal of model.circom, each wire to one signal; undefined for ports, copies
 * and linear forms, which have none.
 */
export function circomWires(arrangement: Arrangement): (name: string) => number | undefined {
  const { circuit, tensors, challenge } = arrangement;
  const places = placesOf(arrangement);
  const lone = new Map(challenge ? [['main.X', challenge.X], ['main.F', challenge.F]] : [['main.context', 1]]); // prettier-ignore
  const arrays = new Map(inputNames(circuit).map(({ name, tensor }) => [name, tensors[tensor]]));
  if (!challenge) arrays.set('word', 2);
  challenge?.tables.forEach(({ m }, t) => arrays.set(`m${t}`, m));

  /** The wire of a signal of an instance if it is committed, or if it is not. */
  const wireIn = (place: string, i: string, signal: string, isCommitted: boolean): number | undefined => {
    const own = places.get(place);
    const at = own?.gadget.signals.indexOf(signal) ?? -1;
    if (!own || at < 0 || at < (own.gadget.committed ?? 0) !== isCommitted) return undefined;
    const wire = own.wire(Number(i), at);
    return wire === challenge?.F ? undefined : wire; // main.F
  };
  return (name) => {
    const alone = lone.get(name);
    if (alone !== undefined) return alone;
    const [, array, index] = /^main\.(\w+)\[(\d+)\]$/.exec(name) ?? [];
    const first = arrays.get(array);
    if (first !== undefined) return first + Number(index);
    const committed = /^main\.(l\d+)_(u\d+_)?(\w+?)\[(\d+)\](.*)$/.exec(name);
    if (committed) {
      const [, step, prefix = '', signal, i, rest] = committed;
      return wireIn(`${step}.${prefix}g`, i, signal + rest, true);
    }
    const [, place, i, signal] = /^main\.(\w+\.\w+)\[(\d+)\]\.(.+)$/.exec(name) ?? [];
    return place === undefined ? undefined : wireIn(place, i, signal, false);
  };
}

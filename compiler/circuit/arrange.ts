// Which wire is which. The order is fixed by the circuit alone, so that setup, witness and audit agree without talking:
//   plain    1 | context, words | tensors that steps define, in order | internal signals of the gadgets, step by step
//   lookup   1 | tensors, committed signals of the gadgets step by step, multiplicities table by table | X, F
//              | tensors that nothing commits, private signals of the gadgets step by step, powers of X, rows of the
//              tables, steps of F
// A circuit is arranged once; linker, witness, emitters, report and prover read that arrangement.
import { InferproofError } from '../../verifier/errors.js';
import { MAX_ROWS } from '../limits.js';
import { integerOf } from '../primitives/index.js';
import type { Use } from '../primitives/integer.js';
import { sizeOf } from '../tensor.js';
import { arrangeChallenge, type ChallengeWires } from './challenge-wires.js';
import type { Circuit, TensorId } from './circuit.js';
import { smallestDomain } from './domain.js';
import { formAt, oneWire, type Terms } from './forms.js';
import { allocator, place, type Instances } from './instances.js';
import { gadgetsOf, type Gadgets } from './uses.js';
import { countWords, wordForms, type Word } from './words.js';

export interface Arrangement extends Gadgets {
  readonly circuit: Circuit;
  /** Rows of the whole circuit, including one per public word. */
  readonly rows: number;
  readonly nWires: number;
  /** Wires 1 .. nCommitted; 0 in the plain argument. */
  readonly nCommitted: number;
  /** Context and words, or X and F: the wires after the committed ones. */
  readonly nPublic: number;
  /** First wire of each tensor; 0 where a tensor has no wires of its own (outputs are linear forms). */
  readonly tensors: readonly number[];
  /** The gadgets of all steps, in an order in which every port reads wires of earlier instances; then the argument's own. */
  readonly instances: readonly Instances[];
  /** The form of each public word, first word first. */
  readonly words: readonly Word[];
  /** Wires of the lookup argument; null in `plain`. */
  readonly challenge: ChallengeWires | null;
}

/**
 * Throws 'unbounded' for a lookup circuit whose accumulators could wrap round the field, 'unsupported' for more rows than a key
 * can have: a few lines of circuit.json can ask for any number of them.
 */
export function arrange(circuit: Circuit): Arrangement {
  const { steps } = circuit;
  const gadgets = gadgetsOf(circuit);
  const isLookup = circuit.rangeBits !== null;
  const rows = gadgets.rows + countWords(circuit);
  if (rows > MAX_ROWS) {
    throw new InferproofError('unsupported', `expected at most ${MAX_ROWS} rows, got ${rows}`, {
      where: 'circuit',
      hint: 'use a smaller model or input, or fewer --bits',
    });
  }
  const { nCommitted, isCommitted } = committedWires(circuit, gadgets);
  const nPublic = isLookup ? 2 : 1 + countWords(circuit);
  const bound = allocator(isLookup ? 1 : 1 + nPublic);
  const free = isLookup ? allocator(1 + nCommitted + nPublic) : bound;
  const tensors = new Array<number>(circuit.tensors.length).fill(0);
  for (const step of steps) {
    if (integerOf(step).isExact) continue;
    for (const out of step.outs) tensors[out] = (isCommitted(out) ? bound : free)(sizeOf(circuit.tensors[out].shape));
  }
  const instances = steps.flatMap((step, index) =>
    gadgets.uses[index].map((use) => place(index, step, use, tensors, bound, free)),
  );
  const exact = new Map(
    steps.flatMap((step) =>
      integerOf(step).isExact ? step.outs.map((out, k) => [out, step.forms[k].map] as const) : [],
    ),
  );
  const words = wordForms(circuit, (id: TensorId, o: number): Terms => {
    const map = exact.get(id);
    return map ? formAt(map, tensors, o) : oneWire(tensors[id] + o);
  });
  const own = isLookup ? arrangeChallenge(gadgets, words, 1 + nCommitted, bound, free) : null;
  return {
    ...gadgets,
    circuit,
    rows,
    nWires: free(0),
    nCommitted,
    nPublic,
    tensors,
    instances: own ? [...instances, ...own.instances] : instances,
    words,
    challenge: own?.wires ?? null,
  };
}

/** Rows of the domain that a setup takes, with those that Groth16 adds. */
export const domainOfRows = ({ circuit, rows, nPublic }: Pick<Arrangement, 'circuit' | 'rows' | 'nPublic'>): number =>
  smallestDomain(rows + nPublic + 1, circuit.options.argument);

/**
 * What the commitment of the lookup argument holds: inputs and the tensors whose gadget commits them, what gadgets commit
 * besides, and a multiplicity per row of a table. None in `plain`.
 * Throws 'internal' unless every element of a tensor is one output of one gadget, or an input that a gadget reads.
 */
function committedWires(
  { tensors, steps, rangeBits }: Circuit,
  { tables, uses }: Gadgets,
): { readonly nCommitted: number; readonly isCommitted: (id: TensorId) => boolean } {
  const committed = new Set<TensorId>();
  let wires = tables.reduce((rows, { size }) => rows + size, 0);
  steps.forEach((step, index) => {
    const { isExact, isInput } = integerOf(step);
    if (isExact) return;
    const sizes = step.outs.map((out) => sizeOf(tensors[out].shape));
    checkCover(step.kind, sizes, uses[index], isInput === true, integerOf(step).leaves?.(step) ?? []);
    step.outs.forEach((out, k) => {
      const writers = uses[index].filter(({ outputs }) => outputs.some(({ tensor }) => tensor === k));
      if (rangeBits === null || !writers.every(({ gadget }) => gadget.committed !== undefined)) return;
      committed.add(out);
      wires += sizes[k];
    });
    for (const { gadget, count, outputs } of uses[index]) {
      const spread = outputs.reduce((n, { at }) => n + (at ? at.filter((o) => o >= 0).length : count), 0);
      if (gadget.committed !== undefined) wires += gadget.committed * count - spread;
    }
  });
  return { nCommitted: rangeBits === null ? 0 : wires, isCommitted: (id) => committed.has(id) };
}

function checkCover(
  kind: string,
  sizes: readonly number[],
  uses: readonly Use[],
  isInput: boolean,
  left: readonly number[],
): void {
  sizes.forEach((size, k) => {
    const times = new Uint8Array(size);
    for (const o of left) times[o]++; // an invariant says that a later step has a gadget for it
    for (const { count, outputs, ports } of uses) {
      const spreads = isInput ? ports.filter((port) => 'tensor' in port && port.mirror === undefined) : outputs;
      for (const spread of spreads) {
        if (!('tensor' in spread) || spread.tensor !== k) continue;
        for (let i = 0; i < count; i++) {
          const o = spread.at ? spread.at[i] : i;
          if (o >= 0) times[o]++;
        }
      }
    }
    if (!times.every((n) => n === 1))
      throw new InferproofError('internal', `expected one gadget for each element of the tensors of '${kind}'`);
  });
}

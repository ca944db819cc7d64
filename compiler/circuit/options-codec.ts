// What a circuit records of the options that it was compiled with, in JSON.
import { DECISION_RULES } from '../../verifier/words.js';
import {
  choiceOf,
  entriesOf,
  fieldsOf,
  finiteOf,
  integerOf,
  itemsOf,
  nullOr,
  textOf,
  wrong,
  type Place,
} from '../json.js';
import { ACTIVATION_BITS, MAX_RANK, MOST_SAMPLES } from '../limits.js';
import type { CircuitOptions, Ends, InputRange } from './circuit.js';

export const encodeOptions = (options: CircuitOptions): object => ({
  argument: options.argument,
  bits: options.bits,
  bitsOf: options.bitsOf.map(({ value, bits }) => ({ value, bits })),
  decision: options.decision,
  public: options.public,
  shapes: sorted(options.shapes),
  outputs: options.outputs,
  ranges: sorted(mapped(options.ranges, ({ axis, ends }) => ({ axis, ends }))),
  activations: options.activations?.map(({ value, lo, hi }) => ({ value, lo, hi })) ?? null,
  ...(options.batch !== undefined && { batch: options.batch }),
});

/** Entries in the order of their names, so that the order of flags does not change the file. */
const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

const mapped = <T, U>(record: Readonly<Record<string, T>>, change: (entry: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, entry]) => [name, change(entry)]));

const MAX_INT = Number.MAX_SAFE_INTEGER;

export function decodeOptions(place: Place): CircuitOptions {
  const names = [
    'argument',
    'bits',
    'bitsOf',
    'decision',
    'public',
    'shapes',
    'outputs',
    'ranges',
    'activations',
  ] as const;
  const batch = new Map(entriesOf(place)).get('batch');
  const f = fieldsOf(place, batch ? [...names, 'batch'] : names);
  const bitsOf = (bits: Place): number => integerOf(bits, ACTIVATION_BITS.least, ACTIVATION_BITS.most);
  return {
    argument: choiceOf(f.argument, ['plain', 'lookup']),
    bits: bitsOf(f.bits),
    bitsOf: itemsOf(f.bitsOf).map((item) => {
      const { value, bits } = fieldsOf(item, ['value', 'bits']);
      return { value: integerOf(value, 0, MAX_INT), bits: bitsOf(bits) };
    }),
    decision: nullOr(f.decision, (rule) => choiceOf(rule, DECISION_RULES)),
    public: choiceOf(f.public, ['input,output', 'output', 'input', 'none']),
    shapes: Object.fromEntries(entriesOf(f.shapes).map(([name, size]) => [name, integerOf(size, 1, MAX_INT)])),
    outputs: nullOr(f.outputs, (list) => itemsOf(list).map(textOf)),
    ranges: Object.fromEntries(entriesOf(f.ranges).map(([name, range]) => [name, decodeRange(range)])),
    activations: nullOr(f.activations, (list) =>
      itemsOf(list).map((item) => {
        const { value, lo, hi } = fieldsOf(item, ['value', 'lo', 'hi']);
        return { value: integerOf(value, 0, MAX_INT), lo: finiteOf(lo), hi: finiteOf(hi) };
      }),
    ),
    ...(batch && { batch: integerOf(batch, 2, MOST_SAMPLES) }),
  };
}

function decodeRange(place: Place): InputRange {
  const { axis, ends } = fieldsOf(place, ['axis', 'ends']);
  const range = { axis: nullOr(axis, (one) => integerOf(one, 0, MAX_RANK)), ends: itemsOf(ends).map(decodeEnds) };
  return range.axis === null && range.ends.length !== 1 ? wrong(ends, 'one pair where axis is null') : range;
}

function decodeEnds(place: Place): Ends {
  const ends = itemsOf(place).map(finiteOf);
  return ends.length === 2 && ends[0] < ends[1] ? [ends[0], ends[1]] : wrong(place, 'a pair [lo, hi] with lo < hi');
}

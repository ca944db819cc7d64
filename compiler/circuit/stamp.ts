// From the circom compiler's answer to a gadget that can be stamped: its constraints over its own signals.
//
// All gadgets of a circuit are compiled in one file, without simplification, so that every row is one that a reader of
// circuits/ sees. Rows that join a component's port to the file's own inputs are left out: the linker puts linear forms there.
import { InferproofError } from '../../verifier/errors.js';
import { mod } from '../../verifier/field.js';
import { gadgetKey, type Gadget } from '../primitives/gadget.js';
import { coefficient, type RowSystem, type Side } from './rows.js';

/** Circom inputs: ports, then the challenge's; the committed ones among `signals` are inputs too, after these. */
export const inputsOf = ({ ports, challenge = [] }: Pick<Gadget, 'ports' | 'challenge'>): string[] => [
  ...ports,
  ...challenge,
];

/** coefficient * signal: first the ports, then those of the challenge, then `signals`; -1 is the constant 1. */
export interface StampTerm {
  readonly signal: number;
  readonly coefficient: bigint;
}

/** A * B = C. */
export type StampRow = readonly [readonly StampTerm[], readonly StampTerm[], readonly StampTerm[]];

/** Constraints of each gadget, by `gadgetKey`. */
export type Stamps = ReadonlyMap<string, readonly StampRow[]>;

/** The circom source that instantiates each gadget once, as component `g<i>` of the main component. */
export function stampSource(gadgets: readonly Gadget[]): string {
  const files = [...new Set(gadgets.map((gadget) => gadget.file))].sort();
  const inputs = gadgets.flatMap((gadget, i) =>
    [...inputsOf(gadget), ...gadget.signals.slice(0, gadget.committed ?? 0)].map((port) => {
      return { i, port, own: `in${i}_${flat(port)}` };
    }),
  );
  return [
    'pragma circom 2.1.0;',
    ...files.map((file) => `include "${file}.circom";`),
    'template Main() {',
    ...inputs.map(({ own }) => `    signal input ${own};`),
    ...gadgets.map((gadget, i) => `    component g${i} = ${gadgetKey(gadget)};`),
    ...inputs.map(({ i, port, own }) => `    g${i}.${port} <== ${own};`),
    '}',
    'component main = Main();',
    '',
  ].join('\n');
}

const flat = (port: string): string => port.replace(/\W+/g, '_');

/**
 * The constraints of every gadget.
 * @param compiled what circom made of `stampSource`, without simplification, and the wire of each signal by its name
 * Throws 'internal' when circom's rows and the gadget's description differ: their number, or the name of a signal.
 */
export function readStamps(
  gadgets: readonly Gadget[],
  compiled: RowSystem,
  signals: ReadonlyMap<string, number>,
): Stamps {
  const owners = ownersOf(gadgets, signals);
  const rows = gadgets.map((): StampRow[] => []);
  for (let row = 0; row < compiled.nRows; row++) {
    const found = compiled.sides
      .flatMap((side) => wiresOf(side, row))
      .filter((wire) => wire !== 0)
      .map((wire) => owners.get(wire));
    if (found.includes(undefined)) continue; // a port joined to an input of main
    const owner = found[0];
    if (owner === undefined) throw new InferproofError('internal', 'circom made a row without a signal of a gadget');
    const terms = (side: Side): StampTerm[] =>
      wiresOf(side, row).map((wire, i) => ({
        signal: wire === 0 ? -1 : owners.get(wire)!.signal,
        coefficient: mod(coefficient(compiled, side.coef[side.start[row] + i])),
      }));
    const [a, b, c] = compiled.sides;
    rows[owner.gadget].push(oriented(gadgets[owner.gadget], [terms(a), terms(b), terms(c)]));
  }
  gadgets.forEach((gadget, i) => {
    if (rows[i].length !== gadget.rows) {
      throw new InferproofError('internal', `expected ${gadget.rows} rows, circom made ${rows[i].length}`, {
        where: gadgetKey(gadget),
      });
    }
  });
  return new Map(gadgets.map((gadget, i) => [gadgetKey(gadget), rows[i]]));
}

/**
 * A row with the full-size factor on the A side, where a multi-exponentiation costs a quarter of what it costs on the B
 * side: a lone signal (an inverse, a table's output) in A, the challenge and the forms around it in B. circom chooses
 * freely.
 */
function oriented({ ports, challenge = [] }: Gadget, [a, b, c]: StampRow): StampRow {
  const isChallenge = (signal: number): boolean => signal >= ports.length && signal < ports.length + challenge.length;
  const lone = (side: readonly StampTerm[]): boolean => side.length === 1 && !isChallenge(side[0].signal);
  return challenge.length > 0 && lone(b) && !lone(a) ? [b, a, c] : [a, b, c];
}

const wiresOf = (side: Side, row: number): number[] => [...side.wire.subarray(side.start[row], side.start[row + 1])];

/** Gadget and signal of each wire; the inputs of main have none. */
function ownersOf(
  gadgets: readonly Gadget[],
  signals: ReadonlyMap<string, number>,
): Map<number, { gadget: number; signal: number }> {
  const owners = new Map<number, { gadget: number; signal: number }>();
  const names = gadgets.map((gadget) => new Map([...inputsOf(gadget), ...gadget.signals].map((name, i) => [name, i])));
  for (const [name, wire] of signals) {
    const match = /^main\.g(\d+)\.(.+)$/.exec(name);
    if (!match) continue;
    const gadget = Number(match[1]);
    const signal = names[gadget].get(match[2]);
    if (signal === undefined)
      throw new InferproofError('internal', 'circom has a signal that the gadget does not describe', {
        where: `${gadgetKey(gadgets[gadget])}: ${match[2]}`,
      });
    owners.set(wire, { gadget, signal });
  }
  return owners;
}

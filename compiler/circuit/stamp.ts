// From the circom compiler's answer to a gadget that can be stamped: its constraints over its own signals.
//
// All gadgets of a circuit are compiled in one file, without simplification, so that every row is one that a reader of
// circuits/ sees. Rows that join a component's port to the file's own inputs are left out: the linker puts linear forms there.
import { InferproofError } from '../../verifier/errors.js';
import { gadgetKey, type Gadget } from './gadget.js';

/** coefficient * signal: 0 .. ports-1 are ports, then `signals`; -1 is the constant 1. */
export interface StampTerm {
  readonly signal: number;
  readonly coefficient: bigint;
}

/** A * B = C. */
export type StampRow = readonly [readonly StampTerm[], readonly StampTerm[], readonly StampTerm[]];

/** Constraints of each gadget, by `gadgetKey`. */
export type Stamps = ReadonlyMap<string, readonly StampRow[]>;

/** What circom made of a file: constraints over wires (0 = the constant 1), and the wire of each signal name. */
export interface CompiledCircom {
  readonly constraints: readonly (readonly [SparseForm, SparseForm, SparseForm])[];
  readonly signals: ReadonlyMap<string, number>;
}
export type SparseForm = readonly { readonly wire: number; readonly coefficient: bigint }[];

/** The circom source that instantiates each gadget once, as component `g<i>` of the main component. */
export function stampSource(gadgets: readonly Gadget[]): string {
  const files = [...new Set(gadgets.map((gadget) => gadget.file))].sort();
  const inputs = gadgets.flatMap((gadget, i) => gadget.ports.map((port) => ({ i, port, own: `in${i}_${flat(port)}` })));
  return [
    'pragma circom 2.1.0;',
    ...files.map((file) => `include "${file}.circom";`),
    'template Main() {',
    ...inputs.map(({ own }) => `    signal input ${own};`),
    ...gadgets.map((gadget, i) => `    component g${i} = ${gadget.template}(${gadget.args.join(', ')});`),
    ...inputs.map(({ i, port, own }) => `    g${i}.${port} <== ${own};`),
    '}',
    'component main = Main();',
    '',
  ].join('\n');
}

const flat = (port: string): string => port.replace(/\W+/g, '_');

/**
 * The constraints of every gadget.
 * Throws 'internal' when circom's rows and the gadget's description differ: their number, or the name of a signal.
 */
export function readStamps(gadgets: readonly Gadget[], { constraints, signals }: CompiledCircom): Stamps {
  // owner of each wire: gadget and signal; main's own inputs have none
  const owner = new Map<number, { gadget: number; signal: number }>();
  for (const [name, wire] of signals) {
    const match = /^main\.g(\d+)\.(.+)$/.exec(name);
    if (!match) continue;
    const gadget = Number(match[1]);
    const { ports, signals: own, template } = gadgets[gadget];
    const port = ports.indexOf(match[2]);
    const signal = port >= 0 ? port : own.indexOf(match[2]) + ports.length;
    if (signal < ports.length && port < 0)
      throw new InferproofError('internal', `circom has a signal that ${template} does not describe`, { where: name });
    owner.set(wire, { gadget, signal });
  }
  const rows = gadgets.map((): StampRow[] => []);
  for (const sides of constraints) {
    const wires = new Set(sides.flatMap((side) => side.map(({ wire }) => wire)));
    wires.delete(0);
    const owners = [...wires].map((wire) => owner.get(wire));
    if (owners.includes(undefined)) continue; // a port joined to an input of main
    const gadget = owners[0].gadget;
    const local = (side: SparseForm): StampTerm[] =>
      side.map(({ wire, coefficient }) => ({ signal: wire === 0 ? -1 : owner.get(wire)!.signal, coefficient }));
    rows[gadget].push([local(sides[0]), local(sides[1]), local(sides[2])]);
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

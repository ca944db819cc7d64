// One attempt of a liar: a lie about a gadget, completed by the rows, and what the rows say of it.
import type fc from 'fast-check';
import type { Gadget } from '#compiler/primitives/gadget.js';
import { bitGroups, carried, lies } from './catalogue.js';
import { complete, type Lie } from './solve.js';
import { broken, honest, mod, outputsOf, withoutRow, type System } from './system.js';

export interface Subject {
  readonly gadget: Gadget;
  /** The definition, written without the code under test: outputs, or null where no witness may exist. */
  readonly meant: (ports: readonly number[]) => readonly number[] | null;
  /** Ports at the ends of the precondition, and some inside. */
  readonly ends: readonly (readonly number[])[];
  /** Ports just outside. */
  readonly outside: readonly (readonly number[])[];
  /** Random ports inside the precondition. */
  readonly inside: fc.Arbitrary<readonly number[]>;
  /** Integers that the liar's bits pretend to be, beside the usual ones. */
  readonly pretended?: (ports: readonly number[]) => readonly bigint[];
  /** Whole dishonest programs, by the names of the signals that they choose. */
  readonly programs?: Readonly<Record<string, Program>>;
}

/** What a dishonest program writes; null where it would be honest. */
export type Program = (ports: readonly number[]) => Readonly<Record<string, bigint>> | null;

export interface Attempt {
  readonly ports: readonly number[];
  readonly lie: Lie;
  readonly wires: readonly bigint[];
  readonly broken: readonly number[];
  /** Another statement than the meant one. */
  readonly wrong: boolean;
}

type NamedLie = readonly [ports: readonly number[], lie: Readonly<Record<string, bigint>>];

/** The programs that lie at some end, with what they claim there. */
export function liesOf({ ends, programs = {} }: Subject): (readonly [name: string, lies: readonly NamedLie[]])[] {
  return Object.entries(programs).flatMap(([name, program]) => {
    const lying = ends.flatMap((ports): NamedLie[] => {
      const lie = program(ports);
      return lie === null ? [] : [[ports, lie]];
    });
    return lying.length > 0 ? [[name, lying] as const] : [];
  });
}

/** The catalogue at every end and outside, and the programs. */
export function* tried(subject: Subject, system: System): Generator<Attempt> {
  for (const ports of [...subject.ends, ...subject.outside]) {
    for (const lie of liesAbout(subject, system, ports)) yield attempt(subject, system, ports, lie);
  }
}

export function* liesAbout(subject: Subject, system: System, ports: readonly number[]): Generator<Lie> {
  yield* lies(system, honest(system, ports), subject.pretended?.(ports));
  for (const program of Object.values(subject.programs ?? {})) {
    const lie = program(ports);
    if (lie !== null) yield { claims: claimsOf(system, lie) };
  }
}

export function attempt({ meant }: Subject, system: System, ports: readonly number[], lie: Lie): Attempt {
  const values = ports.map((v) => mod(BigInt(v), system.p));
  const wires = complete(system, values, lie, honest(system, ports));
  const expected = meant(ports);
  const outputs = outputsOf(system, wires);
  const wrong = expected === null || outputs.some((v, i) => v !== mod(BigInt(expected[i]), system.p));
  return { ports, lie, wires, broken: broken(system, wires), wrong };
}

/** Signals by name; `bit` alone stands for all bits of the group and takes their integer. */
export function claimsOf(system: System, lie: Readonly<Record<string, bigint>>): Map<number, bigint> {
  const claims = new Map<number, bigint>();
  for (const [name, value] of Object.entries(lie)) {
    const wire = system.names.indexOf(name);
    if (wire >= 0) claims.set(wire, value);
    else {
      const group = bitGroups(system).find(([first]) => system.names[first] === `${name}[0]`);
      if (!group) throw new Error(`no signal ${name}`);
      group.forEach((bit, i) => claims.set(bit, (value >> BigInt(i)) & 1n));
    }
  }
  return claims;
}

/** Whether some lie passes without the row; where it says that a wire is a bit, that bit may take any value. */
export function passesWithout(subject: Subject, system: System, row: number): boolean {
  const weaker = withoutRow(system, row);
  const carrier = [...system.bits].find(([, own]) => own === row)?.[0];
  for (const ports of [...subject.outside, ...subject.ends]) {
    const passes = (lie: Lie): boolean => {
      const { wrong, broken: rows } = attempt(subject, weaker, ports, lie);
      return wrong && rows.length === 0;
    };
    if (passes({ claims: new Map(), carrier })) return true;
    for (const lie of liesAbout(subject, system, ports)) if (passes({ ...lie, carrier })) return true;
    if (carrier === undefined) continue;
    const sums = subject.pretended?.(ports) ?? [];
    for (const lie of carried(system, carrier, honest(system, ports), sums)) if (passes(lie)) return true;
  }
  return false;
}

export function describeAttempt({ names }: System, { ports, lie, wires }: Attempt): string {
  const claims = [...lie.claims].map(([wire, value]) => `${names[wire]} = ${value}`);
  return `ports ${ports.join()}; ${claims.join(', ')}; witness ${wires.join()}`;
}

// The ladder: one call takes the gadgets of a primitive through every rung that needs no key. Integers against a naive
// definition, wires against rows, lies about every wire, values outside the precondition, and for every row a lie that only
// this row refuses.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { gadgetKey, type Gadget } from '#compiler/circuit/gadget.js';
import { bitGroups, carried, lies } from './catalogue.js';
import { complete, type Lie } from './solve.js';
import { broken, honest, mod, outputsOf, systemsOf, withoutRow, type System } from './system.js';

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

interface Attempt {
  readonly ports: readonly number[];
  readonly lie: Lie;
  readonly wires: readonly bigint[];
  readonly broken: readonly number[];
  /** Another statement than the meant one. */
  readonly wrong: boolean;
}

export function climb(primitive: string, subjects: readonly Subject[]): void {
  describe(primitive, () => {
    let systems: System[];
    beforeAll(async () => {
      systems = await systemsOf(subjects.map((subject) => subject.gadget));
    });
    it('is tried with programs that each lie somewhere', () => {
      const lying = subjects.flatMap(liesOf).map(([name]) => name);
      expect(new Set(lying)).toEqual(new Set(subjects.flatMap(({ programs = {} }) => Object.keys(programs))));
    });
    subjects.forEach((subject, i) => {
      describe(gadgetKey(subject.gadget), () => rungs(subject, () => systems[i]));
    });
  });
}

function rungs(subject: Subject, system: () => System): void {
  const { ends, inside, outside, meant } = subject;
  const field = (values: readonly number[]): bigint[] => values.map((v) => mod(BigInt(v), system().p));
  let attempts: Attempt[] | undefined;
  const catalogue = (): Attempt[] => (attempts ??= [...tried(subject, system())]);

  const agrees = (ports: readonly number[]): void => {
    const wires = honest(system(), ports);
    const expected = field(meant(ports) ?? [NaN]);
    expect(outputsOf(system(), wires), `hints of ${String(ports)}`).toEqual(expected);
    expect(broken(system(), wires), `rows at ${String(ports)}`).toEqual([]);
    const byRows = complete(system(), field(ports), { claims: new Map() }, wires);
    expect(outputsOf(system(), byRows), `rows' own answer to ${String(ports)}`).toEqual(expected);
  };
  it('gives the integers of the definition, and satisfies its rows, at the ends', () => ends.forEach(agrees));
  it('gives them for random values too', () => fc.assert(fc.property(inside, agrees), { numRuns: 60 }));

  it('refuses every lie of the catalogue', () => {
    const accepted = catalogue().filter((attempt) => attempt.wrong && attempt.broken.length === 0);
    expect(accepted.map((attempt) => describeAttempt(system(), attempt))).toEqual([]);
    expect(catalogue().length).toBeGreaterThan(50);
  });

  it('refuses every changed signal, or does not depend on it', () =>
    fc.assert(
      fc.property(inside, fc.nat(), fc.bigInt({ min: 1n, max: system().p - 1n }), (ports, at, by) => {
        const wires = honest(system(), ports);
        const { ports: first, names, p } = system();
        const wire = first + (at % (names.length - first));
        const changed = wires.map((v, w) => (w === wire ? mod(v + by, p) : v));
        if (broken(system(), changed).length > 0) return;
        // an inverse of 0 is the only value that nothing determines
        expect(names[wire]).toMatch(/(^|\.)inv$/);
        expect(outputsOf(system(), changed)).toEqual(outputsOf(system(), wires));
      }),
      { numRuns: 200 },
    ));

  for (const [name, lying] of liesOf(subject)) {
    it(`refuses a prover that ${name}`, () => {
      for (const [ports, lie] of lying) {
        const one = attempt(subject, system(), ports, { claims: claimsOf(system(), lie) });
        expect(one.broken, describeAttempt(system(), one)).not.toEqual([]);
      }
    });
  }

  it('has no witness outside its precondition', () => {
    for (const ports of outside) expect(meant(ports), String(ports)).toBeNull();
  });

  it('needs every row: without it a lie passes', () => {
    const guarded = new Set(catalogue().flatMap(({ wrong, broken: rows }) => (wrong && rows.length === 1 ? rows : [])));
    const useless = system().rows.flatMap((_, row) =>
      guarded.has(row) || passesWithout(subject, system(), row) ? [] : [row],
    );
    expect(useless).toEqual([]);
  });
}

type NamedLie = readonly [ports: readonly number[], lie: Readonly<Record<string, bigint>>];

/** The programs that lie at some end, with what they claim there. */
function liesOf({ ends, programs = {} }: Subject): (readonly [name: string, lies: readonly NamedLie[]])[] {
  return Object.entries(programs).flatMap(([name, program]) => {
    const lying = ends.flatMap((ports): NamedLie[] => {
      const lie = program(ports);
      return lie === null ? [] : [[ports, lie]];
    });
    return lying.length > 0 ? [[name, lying] as const] : [];
  });
}

/** The catalogue at every end and outside, and the programs. */
function* tried(subject: Subject, system: System): Generator<Attempt> {
  for (const ports of [...subject.ends, ...subject.outside]) {
    for (const lie of liesAbout(subject, system, ports)) yield attempt(subject, system, ports, lie);
  }
}

function* liesAbout(subject: Subject, system: System, ports: readonly number[]): Generator<Lie> {
  yield* lies(system, honest(system, ports), subject.pretended?.(ports));
  for (const program of Object.values(subject.programs ?? {})) {
    const lie = program(ports);
    if (lie !== null) yield { claims: claimsOf(system, lie) };
  }
}

function attempt({ meant }: Subject, system: System, ports: readonly number[], lie: Lie): Attempt {
  const values = ports.map((v) => mod(BigInt(v), system.p));
  const wires = complete(system, values, lie, honest(system, ports));
  const expected = meant(ports);
  const outputs = outputsOf(system, wires);
  const wrong = expected === null || outputs.some((v, i) => v !== mod(BigInt(expected[i]), system.p));
  return { ports, lie, wires, broken: broken(system, wires), wrong };
}

/** Signals by name; `bit` alone stands for all bits of the group and takes their integer. */
function claimsOf(system: System, lie: Readonly<Record<string, bigint>>): Map<number, bigint> {
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
function passesWithout(subject: Subject, system: System, row: number): boolean {
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

function describeAttempt({ names }: System, { ports, lie, wires }: Attempt): string {
  const claims = [...lie.claims].map(([wire, value]) => `${names[wire]} = ${value}`);
  return `ports ${ports.join()}; ${claims.join(', ')}; witness ${wires.join()}`;
}

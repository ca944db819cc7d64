// The ladder: one call takes the gadgets of a primitive through every rung that needs no key. Integers against a naive
// definition, wires against rows, lies about every wire, values outside the precondition, and for every row a lie that only
// this row refuses.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { gadgetKey } from '#compiler/primitives/gadget.js';
import {
  attempt,
  claimsOf,
  describeAttempt,
  liesOf,
  passesWithout,
  tried,
  type Attempt,
  type Subject,
} from './attempts.js';
import { complete } from './solve.js';
import { broken, honest, mod, outputsOf, systemsOf, type System } from './system.js';

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
  let attempts: Attempt[] | undefined;
  const catalogue = (): Attempt[] => (attempts ??= [...tried(subject, system())]);

  const agrees = (ports: readonly number[]): void => agreesAt(subject, system(), ports);
  it('gives the integers of the definition, and satisfies its rows, at the ends', () => ends.forEach(agrees));
  it('gives them for random values too', () => fc.assert(fc.property(inside, agrees), { numRuns: 60 }));

  it('refuses every lie of the catalogue', () => {
    const accepted = catalogue().filter((attempt) => attempt.wrong && attempt.broken.length === 0);
    expect(accepted.map((attempt) => describeAttempt(system(), attempt))).toEqual([]);
    expect(catalogue().length).toBeGreaterThan(50);
  });

  it('refuses every changed signal, or does not depend on it', () =>
    fc.assert(
      fc.property(inside, fc.nat(), fc.bigInt({ min: 1n, max: system().p - 1n }), (ports, at, by) =>
        dependsOn(system(), ports, at, by),
      ),
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

/** The hint program, the rows it has to satisfy and the rows on their own all give the integers of the definition. */
export function agreesAt({ meant }: Subject, system: System, ports: readonly number[]): void {
  const field = (values: readonly number[]): bigint[] => values.map((v) => mod(BigInt(v), system.p));
  const wires = honest(system, ports);
  const expected = field(meant(ports) ?? [NaN]);
  expect(outputsOf(system, wires), `hints of ${String(ports)}`).toEqual(expected);
  expect(broken(system, wires), `rows at ${String(ports)}`).toEqual([]);
  const byRows = complete(system, field(ports), { claims: new Map() }, wires);
  expect(outputsOf(system, byRows), `rows' own answer to ${String(ports)}`).toEqual(expected);
}

/** One signal moved by anything breaks a row; an inverse of 0 is the only one that nothing determines. */
export function dependsOn(system: System, ports: readonly number[], signal: number, by: bigint): void {
  const wires = honest(system, ports);
  const { ports: first, names, p } = system;
  const wire = first + (signal % (names.length - first));
  const changed = wires.map((v, w) => (w === wire ? mod(v + by, p) : v));
  if (broken(system, changed).length > 0) return;
  expect(names[wire]).toMatch(/(^|\.)inv$/);
  expect(outputsOf(system, changed)).toEqual(outputsOf(system, wires));
}

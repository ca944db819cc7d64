// Gadgets with parameters that nobody chose: other ones on every run, the seed in the name of the test. Honest values
// satisfy the rows and give the definition's integers, changed ones and the lies of the catalogue do not pass.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gadgetKey } from '#compiler/primitives/gadget.js';
import { attempt, describeAttempt, liesAbout, type Subject } from '../engine/attempts.js';
import { agreesAt, dependsOn } from '../engine/climb.js';
import { argmaxSubject, clampSubject, leakySubject, maxSubject, rangeSubject } from '../engine/subjects.js';
import { systemsOf } from '../engine/system.js';

const SEED = Number(process.env['INFERPROOF_SEED'] ?? Date.now() % 2 ** 31);
const GADGETS = 25;
const LIES = 60;

const int = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
/** Either side of a power of two, where a bound is off by one if it is. */
const edge = (bits: number): fc.Arbitrary<number> =>
  fc.tuple(int(0, bits), int(-1, 1)).map(([b, off]) => Math.max(2 ** b + off, 0));
const bounds = fc
  .record({ below: edge(26), above: edge(26), shift: int(0, 12), n: int(1, 10), halves: fc.boolean() })
  .map(({ below, above, shift, n, halves }) => {
    const half = halves && shift > 0 ? 2 ** (shift - 1) : 0; // intervals whose ends, with the half, are powers of two
    return { accLo: -below - half, accHi: Math.max(above - half, 1 - below), shift, width: 2 ** n - 1 };
  });

const anySubject: fc.Arbitrary<Subject> = fc.oneof(
  edge(30).map(rangeSubject),
  edge(30).map(maxSubject),
  bounds.map(clampSubject),
  fc
    .tuple(bounds, int(0, 300), int(0, 600), int(1, 8))
    .filter(([, , slope, k]) => slope !== 2 ** k)
    .map(([clamp, at, slope, k]) => leakySubject({ ...clamp, at, slope, k })),
  fc.tuple(int(2, 6), edge(8)).map(([n, max]) => argmaxSubject(n, Math.max(max, 1))),
);

describe(`random parameters, INFERPROOF_SEED=${SEED}`, () => {
  it('honest values pass, others do not', async () => {
    const subjects = fc.sample(anySubject, { seed: SEED, numRuns: GADGETS });
    const distinct = [...new Map(subjects.map((one) => [gadgetKey(one.gadget), one])).values()];
    const systems = await systemsOf(distinct.map((one) => one.gadget));
    distinct.forEach((subject, i) => {
      const system = systems[i];
      const random = fc.sample(subject.inside, { seed: SEED, numRuns: 10 });
      for (const ports of [...subject.ends, ...random]) agreesAt(subject, system, ports);
      fc.sample(fc.tuple(subject.inside, fc.nat(), fc.bigInt({ min: 1n, max: system.p - 1n })), {
        seed: SEED,
        numRuns: 40,
      }).forEach(([ports, signal, by]) => dependsOn(system, ports, signal, by));
      for (const ports of [...subject.ends, ...subject.outside, ...random]) {
        const all = [...liesAbout(subject, system, ports)];
        const step = Math.max(Math.floor(all.length / LIES), 1);
        for (let at = (SEED + i) % step; at < all.length; at += step) {
          const one = attempt(subject, system, ports, all[at]);
          if (one.wrong) expect(one.broken, describeAttempt(system, one)).not.toEqual([]);
        }
      }
    });
  });
});

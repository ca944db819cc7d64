// Gadgets with parameters that nobody chose: other ones on every run, the seed in the name of the test. Honest values
// satisfy the rows and give the definition's integers, changed ones and the lies of the catalogue do not pass.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gadgetKey } from '#compiler/primitives/gadget.js';
import { attempt, describeAttempt, liesAbout } from '../engine/attempts.js';
import { agreesAt, dependsOn } from '../engine/climb.js';
import { systemsOf } from '../engine/system.js';
import { meanings } from '../primitives/index.js';

const SEED = Number(process.env['INFERPROOF_SEED'] ?? Date.now() % 2 ** 31);
const GADGETS = 25;
const LIES = 60;

const anySubject = fc.oneof(...meanings.flatMap(({ random }) => random));

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

// Two provers of different models and arguments in one process: 100 proofs (200 with INFERPROOF_FULL=1), a thread killed in
// between, and memory that stays flat.
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { openProver, type Prover, type ProofOptions } from '#prover/index.js';
import { verify } from '#verifier/index.js';
import { perceptron } from '../compiler/circuits.js';
import { tiny } from '../lookup/tiny.js';
import { startedWorkers, subject } from './opened.js';

const PROOFS = process.env['INFERPROOF_FULL'] === '1' ? 200 : 100;
const WARM = 40;
const KILLED = 60;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The least of a few looks: what the collector has not taken yet counts for nothing. */
async function memory(): Promise<{ rss: number; arrayBuffers: number }> {
  let least = process.memoryUsage();
  for (let i = 0; i < 5; i++) {
    collect();
    await setTimeout(50);
    const { rss, arrayBuffers } = process.memoryUsage();
    least = { ...least, rss: Math.min(rss, least.rss), arrayBuffers: Math.min(arrayBuffers, least.arrayBuffers) };
  }
  return least;
}

it('prove in turn: one killed thread costs one proof, and nothing grows', async () => {
  const workers = startedWorkers();
  const subjects = [await subject(perceptron()), await subject(tiny())];
  const provers: Prover[] = [];
  const threads: (typeof workers)[] = [];
  for (const { circuit, provingKey, vkey } of subjects) {
    const before = workers.length;
    provers.push(await openProver(circuit, provingKey, vkey, { threads: 2 }));
    threads.push(workers.slice(before));
  }
  expect(threads.map((list) => list.length)).toEqual([2, 2]);
  const opened = workers.length;

  const firsts = new Set<string>();
  const errors: unknown[] = [];
  let warm = await memory();
  const one = async (i: number, options: ProofOptions = {}): Promise<void> => {
    const { vkey, sample } = subjects[i % 2];
    const { proof, backend } = await provers[i % 2].prove(sample(i % 7), options);
    expect(backend).toBe('threads');
    if (i % 5 === 0) expect(verify(vkey, proof, { allowInsecureKey: true }).valid).toBe(true);
    firsts.add(JSON.stringify(proof['proof']));
  };
  for (let i = 0; i < PROOFS; i += 2) {
    if (i === WARM) warm = await memory();
    const killing: ProofOptions = {
      onProgress: (stage) => {
        if (stage === 'prove') void threads[0][1].terminate();
      },
    };
    const pair = [one(i, i === KILLED ? killing : {}), one(i + 1)];
    for (const outcome of await Promise.allSettled(pair))
      if (outcome.status === 'rejected') errors.push(outcome.reason);
  }
  const end = await memory();

  expect(errors).toEqual([expect.objectContaining({ name: 'InferproofError', code: 'resource' })]);
  expect(String(errors[0])).toContain('one that ended');
  expect(firsts.size).toBe(PROOFS - 1); // fresh randomness in each, though samples repeat
  expect(workers.length - opened).toBe(2); // one fresh pair
  expect(end.rss / warm.rss).toBeLessThan(1.1);
  expect(end.arrayBuffers / warm.arrayBuffers).toBeLessThan(1.1);
  await Promise.all(provers.map((prover) => prover.close()));
}, 300_000);

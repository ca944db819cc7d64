// How far one proof spreads over threads: the kernel's jobs one after the other on one thread, each by its CPU time, and the schedule that
// so many threads make of them. Nothing is waited for, so the machine may be loaded and have two cores; what threads cost each other
// (memory, caches, clocks) is not in it.
//
//   npm run bench:jobs -- DIR [THREADS]     DIR: a compiled model with keys; THREADS: default 2,4,8,16
//
// The input is drawn at random. `alone` is what the calling thread computes by itself.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readCircuit, readKey } from 'inferproof/files';
import { storedInputs } from '#compiler/quantize/input-words.js';
import type { Engine } from '#prover/engine.js';
import { keyType } from '#prover/files/key.js';
import { openBin } from '#prover/files/disk.js';
import { fillingOf } from '#prover/filling.js';
import { sumOfFew } from '#prover/kernel/few.js';
import { affine, basisSum, loadKey, prove } from '#prover/kernel/groth16.js';
import type { Job, Machine } from '#prover/kernel/machine.js';
import { singleMachine } from '#prover/kernel/node.js';
import { equationHolds } from '#prover/kernel/pairing.js';
import { proofOf, verifiedProof } from '#prover/proof.js';
import { subjectOf } from '#prover/prove.js';
import { seededRandom } from '#examples/train/random.js';

/** CPU milliseconds of the jobs that begin with one call. */
interface Phase {
  jobs: number;
  total: number;
  longest: number;
  /** Until the last of its threads has ended. */
  span: number;
}

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** A machine that plans for so many threads and runs job after job. */
function counting(one: Machine, threads: number, phases: Map<string, Phase>): Machine {
  const run = async (jobs: readonly Job[]): Promise<number[][]> => {
    const lanes = new Float64Array(threads);
    const results: number[][] = [];
    let [name, total, longest] = ['', 0, 0];
    for (const job of jobs) {
      const slot = lanes.indexOf(lanes.reduce((a, b) => Math.min(a, b)));
      let start = 0;
      const timed: Job = () => {
        const calls = job(slot);
        name ||= calls[0][0].replace(/[12]$/, '');
        start = cpu();
        return calls;
      };
      results.push(...(await one.run([timed])));
      const took = cpu() - start;
      lanes[slot] += took;
      total += took;
      longest = Math.max(longest, took);
    }
    const before = phases.get(name) ?? { jobs: 0, total: 0, longest: 0, span: 0 };
    phases.set(name, {
      jobs: before.jobs + jobs.length,
      total: before.total + total,
      longest: before.longest + longest,
      span: before.span + lanes.reduce((a, b) => Math.max(a, b)),
    });
    return results;
  };
  return { ...one, threads, run };
}

async function measure(dir: string, threads: number): Promise<void> {
  const [circuit, vkey] = [await readCircuit(dir), await readKey(dir)];
  const key = openBin(join(dir, 'proving.key'), keyType(vkey.argument));
  const random = seededRandom(7);
  const inputs = circuit.inputs.map(({ name, tensor }) => {
    const [[lo, hi]] = circuit.options.ranges[name].ends;
    const size = circuit.tensors[tensor].shape.reduce((a, b) => a * b, 1);
    return [name, Float64Array.from({ length: size }, () => lo + random() * (hi - lo))] as const;
  });
  const stored = storedInputs(circuit, { count: 1, inputs: Object.fromEntries(inputs) }, { index: 0, clamp: true });
  const subject = subjectOf(circuit, key, vkey);

  const phases = new Map<string, Phase>();
  const inJobs = (): number => [...phases.values()].reduce((sum, { total }) => sum + total, 0);
  const alone: (readonly [string, number])[] = [];
  let [since, jobsBefore] = [cpu(), 0];
  const mark = (what: string): void => {
    const [now, jobs] = [cpu(), inJobs()];
    alone.push([what, now - since - (jobs - jobsBefore)]);
    [since, jobsBefore] = [now, jobs];
  };
  const one = await singleMachine();
  const machine = counting(one, threads, phases);
  const loaded = await loadKey(machine, key);
  mark('opening the key');
  const engine: Engine = {
    backend: 'single',
    begun: () => Promise.resolve(),
    ready: () => Promise.resolve(),
    groth16: (witness, _, onShare) => prove(machine, loaded, witness, 1n, 2n, onShare),
    basisSum: async (scalars) => affine(await basisSum(machine, loaded, scalars)),
    sumOfFew: (terms) => sumOfFew(machine, terms),
    holds: (equation) => {
      mark('sorting, joining');
      return equationHolds(machine, equation);
    },
    close: () => one.close(),
  };
  const filled = fillingOf(subject.wires, stored, () => undefined).take;
  const { signal } = new AbortController();
  const statement = { stored, context: undefined, signal, filled, onWitness: () => mark('witness'), onShare: () => undefined }; // prettier-ignore
  const turn = (by: Engine) => proofOf(subject, statement, by);
  await verifiedProof(subject, statement, turn, engine, null);
  mark('verification');
  await one.close();
  key.close();

  const row = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);
  const ms = (x: number): string => x.toFixed(0);
  console.log(`\n${threads} threads\n`);
  row('phase', 'jobs', 'CPU, ms', 'longest job', `on ${threads} threads, ms`, 'times as fast');
  row(...Array.from({ length: 6 }, () => '---'));
  for (const [name, { jobs, total, longest, span }] of phases)
    row(name, `${jobs}`, ms(total), `${((100 * longest) / total).toFixed(0)} %`, ms(span), (total / span).toFixed(1));
  for (const [what, took] of alone) row(`alone: ${what}`, '', ms(took), '', ms(took), '1.0');
  const serial = alone.reduce((sum, [, took]) => sum + took, 0);
  const span = [...phases.values()].reduce((sum, phase) => sum + phase.span, 0);
  row('whole', '', ms(inJobs() + serial), '', ms(span + serial), ((inJobs() + serial) / (span + serial)).toFixed(1));
}

const [dir, list = '2,4,8,16'] = parseArgs({ allowPositionals: true }).positionals;
if (dir === undefined) throw new Error('expected DIR');
for (const threads of list.split(',')) await measure(dir, Number(threads));

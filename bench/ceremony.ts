// What a ceremony costs: the first key, a contribution, and the verification of three.
//
//   node dist/bench/ceremony.js DIR FILE.ptau     DIR from `inferproof compile`, FILE prepared for phase 2
//
// The powers of tau are verified by snarkjs before the clock starts, as they are once for each file.
import { readCircuit } from '../files/index.js';
import { contribute, startCeremony, verifyCeremony } from '../prover/index.js';

const [dir, ptau] = process.argv.slice(2);
const circuit = await readCircuit(dir);
await startCeremony(circuit, ptau);

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  const mebibytes = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${what}: ${((performance.now() - start) / 1000).toFixed(1)} s, at most ${mebibytes.toFixed(0)} MiB so far`,
  );
  return result;
}

const { ceremony, key: first } = await timed('first key', () => startCeremony(circuit, ptau));
const steps: string[] = [];
let key = first;
for (const name of ['one', 'two', 'three']) {
  const added = await timed(`contribution ${name}`, () => contribute({ ceremony, steps }, key, { name }));
  steps.push(added.step);
  key = added.key;
}
const { valid } = await timed('verification', () => verifyCeremony({ ceremony, steps }, key, circuit, ptau));
console.log(`${steps.length} contributions, ${(key.length / 2 ** 20).toFixed(0)} MiB: ${valid ? 'valid' : 'invalid'}`);

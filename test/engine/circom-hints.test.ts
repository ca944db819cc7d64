// circom's own hint programs, the `<--` of circuits/, against ours: whoever compiles model.circom with stock circom gets the
// very witness that the native generator writes.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hintsOf } from '#compiler/hints/index.js';
import { gadgetKey } from '#compiler/primitives/gadget.js';
import { stampSource } from '#compiler/circuit/stamp.js';
import { parseSym } from '#prover/circom/compile.js';
import { circuitsFolder } from '#prover/circom/link.js';
import { mod, R } from '#verifier/field.js';
import { subjects as all } from '../primitives/index.js';

type Calculator = (wasm: Uint8Array) => Promise<{
  calculateWitness(input: Readonly<Record<string, string>>, check: boolean): Promise<readonly bigint[]>;
}>;

let folder: string;
let wires: Map<string, number>;
let calculate: (input: Readonly<Record<string, string>>) => Promise<readonly bigint[]>;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'hints-')));
  const source = join(folder, 'gadgets.circom');
  await writeFile(source, stampSource(all.map((one) => one.gadget)));
  const circom = fileURLToPath(new URL('../../dist/prover/circom/child.js', import.meta.url));
  const flags = [source, '--wasm', '--sym', '--O0', '-o', folder, '-l', await realpath(circuitsFolder)];
  await promisify(execFile)(process.execPath, [circom, ...flags]);
  wires = parseSym(await readFile(join(folder, 'gadgets.sym'), 'utf8'));
  await writeFile(join(folder, 'gadgets_js', 'package.json'), '{"type":"commonjs"}');
  const build = createRequire(import.meta.url)(join(folder, 'gadgets_js', 'witness_calculator.js')) as Calculator;
  const calculator = await build(await readFile(join(folder, 'gadgets_js', 'gadgets.wasm')));
  calculate = (input) => calculator.calculateWitness(input, true);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('are ours, signal by signal, at every end of every gadget', async () => {
  const longest = Math.max(...all.map(({ ends }) => ends.length));
  for (let e = 0; e < longest; e++) {
    const chosen = all.map(({ ends }) => ends[e % ends.length]);
    const input: Record<string, string> = {};
    all.forEach(({ gadget }, i) =>
      gadget.ports.forEach((port, k) => {
        input[`in${i}_${port.replace(/\W+/g, '_')}`] = String(mod(BigInt(chosen[i][k])));
      }),
    );
    const witness = await calculate(input);
    all.forEach(({ gadget }, i) => {
      const ours = new Array<bigint>(gadget.signals.length).fill(R);
      hintsOf(gadget).fill(
        chosen[i],
        (signal, value) => (ours[signal] = mod(BigInt(value))),
        () => {},
      );
      const theirs = gadget.signals.map((name) => witness[wires.get(`main.g${i}.${name}`) ?? -1]);
      expect(theirs, `${gadgetKey(gadget)} of ${chosen[i].join()}`).toEqual(ours);
    });
  }
});

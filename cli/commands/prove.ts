// prove: one sample to proof.json, or all of them to a folder of proofs.
import { join } from 'node:path';
import type { Samples } from '../../compiler/index.js';
import {
  FILES,
  provingKeyPath,
  readCircuit,
  refuseOtherCircuit,
  refuseUnwritable,
  toJson,
  writeFileAtomic,
} from '../../files/index.js';
import { readKeyToProve } from '../../files/folder.js';
import { defineCommand } from '../command.js';
import { readInput } from '../data.js';
import { DONE, naming, usageError } from '../errors.js';
import { proveAll } from '../prove-all.js';
import { CLAMP, CONTEXT, given, INPUT, readContext, readNumber } from '../options.js';
import { duration } from '../text.js';
import { DEV_KEY } from '../warnings.js';

const BACKENDS = {
  threads: 'the kernel, on threads that share memory',
  single: 'the kernel, on one thread: memory cannot be shared here',
  snarkjs: 'snarkjs, as asked',
} as const;

export const proveCommand = defineCommand({
  name: 'prove',
  positionals: { dir: 'folder of a compiled model with keys, DIR' },
  options: {
    ...INPUT,
    index: {
      type: 'string',
      requiresArg: true,
      describe: 'which sample of the data, from 0; of a circuit of several, which group of them',
    },
    all: { type: 'boolean', default: false, describe: 'all samples of the data, each to a file of the folder -o' },
    ...CLAMP,
    ...CONTEXT,
    prover: {
      choices: ['kernel', 'snarkjs'] as const,
      default: 'kernel' as const,
      describe: 'our own kernel, or the stock prover',
    },
    output: {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'file to write (default DIR/proof.json); with --all, the folder',
    },
  },
  run: async (args, output) => {
    const { dir, input, clamp } = args;
    const context = readContext(args.context);
    const wanted = readNumber(args.index, '--index', { lo: 0, whole: true });
    if (args.all) refuseWithAll(wanted, args.output);
    const file = args.output ?? join(dir, FILES.proof);
    const place = { followLinks: args.output !== undefined };
    const start = performance.now(); // all from here on is the proof's: the threads work while the circuit is read
    const begun = await begin(dir, args.prover).catch(() => undefined); // whatever is wrong is told in its turn, below
    try {
      const circuit = await readCircuit(dir);
      const samples = await readInput(dir, circuit, args, output);
      const index = args.all ? 0 : oneSample(samples, wanted, input, circuit.options.batch);
      const vkey = begun?.vkey ?? (await readKeyToProve(dir));
      await refuseOtherCircuit(circuit, vkey, join(dir, FILES.vkey));
      const provingKey = await provingKeyPath(dir);
      if (!args.all) await refuseUnwritable(file, place);
      if (vkey.insecure) output.warn(DEV_KEY);
      const { proverOf, startKey } = await PROVER();
      const open = async () =>
        proverOf(circuit, begun?.started ?? (await startKey(provingKey, vkey.argument, { prover: args.prover })), vkey);
      const options = { clamp, ...given({ context }) };
      const named = naming(join(dir, FILES.provingKey), FILES.provingKey);
      if (args.all) return await proveAll(open, samples, options, file, output, start).catch(named);
      const proveOne = async () => {
        const prover = await open();
        return prover.prove(samples, { ...options, index, onProgress: output.progress }).finally(() => prover.close());
      };
      const { proof, witnessSeconds, proofBytes, backend, kernelFault } = await proveOne().catch(named);
      const seconds = (performance.now() - start) / 1000;
      if (kernelFault !== undefined)
        output.warn(`the kernel's proof was refused (${kernelFault}), snarkjs made this one: please report this bug`);
      output.detail(`proved by ${kernelFault === undefined ? BACKENDS[backend] : 'snarkjs'}`);
      await writeFileAtomic(file, `${toJson(proof, 2)}\n`, place);
      output.result({ seconds, witnessSeconds, proofBytes }, () => [
        `${file}: a proof of ${proofBytes} bytes in ${duration(seconds)} (witness ${duration(witnessSeconds)})`,
      ]);
      return DONE;
    } finally {
      await begun?.started.close();
    }
  },
});

const PROVER = () => import('../../prover/prove.js');

/** The keys, and the threads at work on the proving key, before the circuit is read, which takes as long and one core. */
async function begin(dir: string, prover: 'kernel' | 'snarkjs') {
  const [{ startKey }, vkey] = await Promise.all([PROVER(), readKeyToProve(dir)]);
  return { vkey, started: await startKey(await provingKeyPath(dir), vkey.argument, { prover }) };
}

function refuseWithAll(index: number | undefined, folder: string | undefined): void {
  if (index !== undefined) throw usageError('expected one of --all and --index, got both');
  if (folder === undefined)
    throw usageError('expected -o FOLDER beside --all, got none', 'each proof is a file of that folder', '--all');
}

function oneSample({ count }: Samples, index: number | undefined, where: string, batch = 1): number {
  if (index === undefined && count > 1) {
    throw usageError(
      batch === 1 ? `expected one sample, got ${count}` : `expected one group of ${batch} samples, got ${count}`,
      `choose one with --index 0 to ${count - 1}, or prove all with --all -o FOLDER`,
      where,
    );
  }
  if (index !== undefined && index >= count) {
    throw usageError(`expected an index below ${count}, got ${index}`, 'the first sample is --index 0', '--index');
  }
  return index ?? 0;
}

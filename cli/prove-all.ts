// prove --all: the proof of each sample to a file of its own, from one prover. Each file is whole or not there: after an interruption,
// what was done stays.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Samples } from '../compiler/index.js';
import { fileError } from '../files/read.js';
import { isFile, refuseUnwritable, toJson, writeFileAtomic } from '../files/index.js';
import type { ProofOptions, Prover } from '../prover/prove.js';
import type { InferproofError } from '../verifier/errors.js';
import { DONE, errorJson, exitCode, usageError, type ExitCode } from './errors.js';
import type { Output } from './output.js';
import { count as figure, duration, plural } from './text.js';

interface Failure {
  readonly index: number;
  readonly error: InferproofError;
}

/**
 * Writes FOLDER/0.json and so on, as many digits as the last one has; a folder that has one is refused, so that no proof of an earlier
 * run stands among them. Samples that fail are named; the exit code is that of the first.
 * @param open called once the folder is known to be there
 * @param start when the work began whose seconds it tells: that on the key does before this is called
 */
export async function proveAll(
  open: () => Promise<Prover>,
  samples: Samples,
  options: Pick<ProofOptions, 'clamp' | 'context'>,
  folder: string,
  output: Output,
  start: number,
): Promise<ExitCode> {
  const { count } = samples;
  const digits = String(count - 1).length;
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw fileError(cause, 'to make this folder', folder);
  });
  const files = Array.from({ length: count }, (_, i) => join(folder, `${String(i).padStart(digits, '0')}.json`));
  for (const file of files)
    if (await isFile(file))
      throw usageError(
        'expected a folder without proofs, got one',
        'name another folder, or remove what is there',
        file,
      );
  await refuseUnwritable(files[0]);
  const prover = await open();
  const failures: Failure[] = [];
  const total = { proofs: 0, witnessSeconds: 0, proofBytes: 0 };
  try {
    output.progress('prove', 0, count);
    for await (const result of prover.proveAll(samples, options)) {
      const { index } = result;
      if ('error' in result) {
        failures.push(result);
        output.warn(`sample ${index} was not proved: ${result.error.message}`);
      } else {
        const { made } = result;
        await writeFileAtomic(files[index], `${toJson(made.proof, 2)}\n`);
        if (made.kernelFault !== undefined)
          output.warn(`sample ${index}: the kernel's proof was refused (${made.kernelFault}), snarkjs made this one: please report this bug`); // prettier-ignore
        total.proofs++;
        total.witnessSeconds += made.witnessSeconds;
        total.proofBytes = made.proofBytes;
      }
      output.progress('prove', index + 1, count);
    }
  } finally {
    await prover.close();
  }
  const seconds = (performance.now() - start) / 1000;
  const failed = failures.map(({ index, error }) => ({ index, ...errorJson(error) }));
  output.result({ seconds, ...total, failed }, () => [
    `${folder}: ${plural(total.proofs, 'proof')} of ${total.proofBytes} bytes in ${duration(seconds)}` +
      (total.proofs === 0 ? '' : `, ${figure(Math.round((60 * total.proofs) / seconds))} a minute`),
    ...(failed.length === 0 ? [] : [`not proved: ${failed.map(({ index }) => index).join(', ')}`]),
  ]);
  return failures.length === 0 ? DONE : exitCode(failures[0].error);
}

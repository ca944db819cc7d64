// setup: the proving and the verification key of a compiled model, for development or from a powers-of-tau file.
import { join } from 'node:path';
import { FILES, readCircuit, refuseUnreadable, refuseUnwritable, writeKeys } from '../../files/index.js';
import { defineCommand } from '../command.js';
import { DONE, usageError } from '../errors.js';
import { bytes, count, duration, facts } from '../text.js';
import { DEV_KEY } from '../warnings.js';

export const setupCommand = defineCommand({
  name: 'setup',
  positionals: { dir: 'folder of a compiled model, DIR' },
  options: {
    dev: { type: 'boolean', default: false, describe: 'fast, for development: who runs it can forge proofs' },
    ptau: { type: 'string', requiresArg: true, describe: 'from the powers-of-tau FILE of a ceremony' },
  },
  run: async ({ dir, dev, ptau }, output) => {
    if (dev === (ptau !== undefined)) {
      throw usageError(
        `expected one of --dev and --ptau FILE, got ${dev ? 'both' : 'neither'}`,
        '--dev makes a key for development; --ptau FILE starts from a ceremony',
      );
    }
    const circuit = await readCircuit(dir);
    if (ptau !== undefined) await refuseUnreadable(ptau, 'a powers-of-tau file');
    for (const name of [FILES.provingKey, FILES.vkey]) await refuseUnwritable(join(dir, name));
    const { makeKeys } = await import('../../prover/setup/index.js');
    const source = ptau === undefined ? ({ dev: true } as const) : { ptau };
    const made = await makeKeys(circuit, source, { onProgress: output.progress });
    await writeKeys(dir, made.provingKey.pieces(), made.vkey);
    const { rows, domain, seconds, insecure, contributions } = made;
    if (insecure) output.warn(DEV_KEY);
    else
      output.note('one party, this machine, made the contribution to the second phase: who trusts the key trusts it');
    output.result({ rows, domain, seconds, insecure, contributions }, () =>
      facts([
        ['rows', `${count(rows)} in a domain of ${count(domain)}`],
        ['proving key', bytes(made.provingKey.length)],
        ['kind', insecure ? 'development' : `ceremony, ${contributions} contribution(s) here`],
        ['time', duration(seconds)],
      ]),
    );
    return DONE;
  },
});

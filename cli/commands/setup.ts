// setup: the proving and the verification key of a compiled model, for development, from a powers-of-tau file, or from a key that others
// contributed to.
import { join } from 'node:path';
import { FILES, readBytes, readCircuit, refuseUnreadable, refuseUnwritable, writeKeys } from '../../files/index.js';
import { defineCommand } from '../command.js';
import { DONE, usageError } from '../errors.js';
import { bytes, count, duration, facts, plural } from '../text.js';
import { DEV_KEY } from '../warnings.js';

export const setupCommand = defineCommand({
  name: 'setup',
  positionals: { dir: 'folder of a compiled model, DIR' },
  options: {
    dev: { type: 'boolean', default: false, describe: 'fast, for development: who runs it can forge proofs' },
    ptau: { type: 'string', requiresArg: true, describe: 'from the powers-of-tau FILE of a ceremony' },
    from: {
      type: 'string',
      requiresArg: true,
      describe: 'a zkey that others contributed to with snarkjs, begun with FILE (plain): KEY',
    },
  },
  run: async ({ dir, dev, ptau, from }, output) => {
    if (dev === (ptau !== undefined)) {
      throw usageError(
        `expected one of --dev and --ptau FILE, got ${dev ? 'both' : 'neither'}`,
        '--dev makes a key for development; --ptau FILE starts from a ceremony',
      );
    }
    if (from !== undefined && ptau === undefined)
      throw usageError('expected --ptau FILE with --from KEY, got none', 'the key is compared with the first key of the circuit and FILE'); // prettier-ignore
    const circuit = await readCircuit(dir);
    if (ptau !== undefined) await refuseUnreadable(ptau, 'a powers-of-tau file');
    for (const name of [FILES.provingKey, FILES.vkey]) await refuseUnwritable(join(dir, name));
    const { makeKeys } = await import('../../prover/keys.js');
    const brought = from === undefined ? undefined : { from: await readBytes(from, 'a zkey') };
    const source = ptau === undefined ? ({ dev: true } as const) : { ptau, ...brought };
    const made = await makeKeys(circuit, source, { onProgress: output.progress });
    await writeKeys(dir, made.provingKey.pieces(), made.vkey);
    const { rows, domain, seconds, insecure, contributions } = made;
    if (insecure) output.warn(DEV_KEY);
    else if (brought)
      output.note(`the key follows from the circuit and the powers of tau by ${plural(contributions, 'contribution')}: who trusts one of them trusts it`); // prettier-ignore
    else
      output.note('one party, this machine, made the contribution to the second phase: who trusts the key trusts it');
    output.result({ rows, domain, seconds, insecure, contributions }, () =>
      facts([
        ['rows', `${count(rows)} in a domain of ${count(domain)}`],
        ['proving key', bytes(made.provingKey.length)],
        [
          'kind',
          insecure
            ? 'development'
            : brought
              ? `brought, ${plural(contributions, 'contribution')}`
              : 'powers of tau, one contribution here',
        ],
        ['time', duration(seconds)],
      ]),
    );
    return DONE;
  },
});

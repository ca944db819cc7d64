// Setup from a ceremony's powers of tau: the first key and one contribution from this machine's entropy. The result is as good as the
// ceremony plus one party: whoever ran this could have kept its secret of delta, so more parties should contribute
// (`snarkjs zkey contribute`) before much depends on it.
//
// Plain argument only.
import type { RowSystem } from '../../compiler/circuit/rows.js';
import type { Progress } from '../../compiler/index.js';
import { binBytes, parseBin } from '../files/binfile.js';
import type { SetupKey } from '../files/zkey.js';
import { contribute } from '../snarkjs/index.js';
import { firstKey } from './first-key.js';
import { boundWires, domainPower } from './layout.js';
import { refuseChanged, verifyPowers } from './verified.js';

/**
 * @param system of a plain circuit
 * @param path a .ptau file that was prepared for phase 2
 * @throws as `verifyPowers` and `firstKey`
 */
export async function ptauSetup(system: RowSystem, path: string, onProgress?: Progress): Promise<SetupKey> {
  const needed = domainPower(system.nRows + boundWires(system, 'plain').length);
  const { hash } = await verifyPowers(path, { needed, onAsk: () => onProgress?.('verify powers of tau', 0, 0) });
  const { file, rows, domain } = await firstKey(system, path, {
    argument: 'plain',
    onProgress: (done, total) => onProgress?.('setup', done, total),
  });
  await refuseChanged(path, hash);
  const key = await contribute(binBytes(file), 'inferproof setup');
  return { file: parseBin(key, 'zkey'), rows, domain, insecure: false, contributions: 1 };
}

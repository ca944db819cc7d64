// Setup from a key that others contributed to elsewhere, with snarkjs: what it must follow from is made again from the circuit and the
// powers of tau. As good as its contributors: one who forgot its factor of delta is enough, and who they are no file can tell.
//
// Plain argument only.
import { r1csFile } from '../../compiler/circuit/r1cs.js';
import type { RowSystem } from '../../compiler/circuit/rows.js';
import type { Progress } from '../../compiler/index.js';
import { InferproofError } from '../../verifier/errors.js';
import { follows } from './key.js';
import { binBytes, parseBin, section, type BinFile } from '../files/binfile.js';
import { contributionsOf, keyShape, secretPoints, withSecretPoints, withSections } from '../files/key.js';
import { SECTION, contributionRecords, type SetupKey } from '../files/zkey.js';
import { FIRST } from './steps.js';
import { verifyZkey } from '../snarkjs/index.js';
import { firstKey } from '../setup/first-key.js';
import { boundWires, domainPower } from '../setup/layout.js';
import { refuseChanged, verifyPowers } from '../setup/verified.js';

const KEY = 'the zkey';

/** Most iterations of all beacons, as a power of two: snarkjs computes what a key asks for, for years if need be. */
const MOST_ITERATIONS = 24;
/** The parameter that holds their logarithm; those before and behind it begin with their length. */
const ITERATIONS = 2;

function refuseEndless(key: BinFile): void {
  let all = 0;
  for (const { isBeacon, parameters } of contributionRecords(key))
    for (
      let at = 0;
      isBeacon && at + 1 < parameters.length;
      at += parameters[at] === ITERATIONS ? 2 : 2 + parameters[at + 1]
    )
      if (parameters[at] === ITERATIONS) all += 2 ** parameters[at + 1];
  if (all > 2 ** MOST_ITERATIONS)
    throw new InferproofError('format', `expected beacons of at most 2^${MOST_ITERATIONS} iterations together, got ${all}`, { where: KEY }); // prettier-ignore
}

/**
 * Whether a plain key follows from its circuit's first key by the contributions that it records: by snarkjs, and H by our own check, for
 * snarkjs's leaves out one direction of it, in which whoever began the second phase could have hidden a forgery.
 * @throws InferproofError 'format' for records that snarkjs cannot read, or a beacon of too many iterations
 */
export async function followsFirst(system: RowSystem, ptau: string, first: BinFile, key: BinFile): Promise<boolean> {
  refuseEndless(key);
  const r1cs = Buffer.concat([...r1csFile(system)]);
  return (await verifyZkey(r1cs, ptau, binBytes(key))) && follows(first, key, secretPoints(key));
}

/**
 * @param key a zkey @param ptau path of the powers of tau that it was begun with
 * @throws InferproofError 'format' for a file that is no key of contributions, 'mismatch' for one that does not follow from the first key,
 *   'insecure' for one without a contribution; else as `verifyPowers` and `firstKey`
 */
export async function broughtSetup(
  system: RowSystem,
  key: Uint8Array,
  ptau: string,
  onProgress?: Progress,
): Promise<SetupKey> {
  const theirs = parseBin(key, 'zkey', KEY);
  const needed = domainPower(system.nRows + boundWires(system, 'plain').length);
  if (keyShape(theirs).domain !== 2 ** needed) throw stranger();
  const contributions = contributionsOf(theirs);
  if (contributions === 0)
    throw new InferproofError('insecure', 'expected a key with contributions, got one with none: everybody knows delta', { where: KEY, hint: 'a beacon is public, and counts for nothing' }); // prettier-ignore
  if (secretPoints(theirs).delta.g1[0] === FIRST.g1[0])
    throw new InferproofError('insecure', 'expected a delta that nobody knows, got the generator up to sign', { where: KEY }); // prettier-ignore
  const { hash } = await verifyPowers(ptau, { needed, onAsk: () => onProgress?.('verify powers of tau', 0, 0) });
  const {
    file: first,
    rows,
    domain,
  } = await firstKey(system, ptau, {
    argument: 'plain',
    onProgress: (done, total) => onProgress?.('setup', done, total),
  });
  // what contributions change is theirs, all else that of the first key
  const taken = new Map([SECTION.c, SECTION.h, SECTION.contributions].map((id) => [id, section(theirs, id)]));
  const recorded = withSecretPoints(first, secretPoints(theirs), contributions);
  const file = withSections(recorded, taken);
  onProgress?.('verify the key', 0, 0);
  if (!(await followsFirst(system, ptau, first, file))) throw stranger();
  await refuseChanged(ptau, hash);
  return { file, rows, domain, insecure: false, contributions };
}

const stranger = (): InferproofError =>
  new InferproofError('mismatch', 'expected a key that follows from the first key of this circuit and these powers of tau, got another', { where: KEY, hint: "snarkjs zkey new begins with the circuit's own .r1cs: another circuit, other powers, or a changed key" }); // prettier-ignore

// Setup from a ceremony's powers of tau: snarkjs's own phase 2 and one contribution from this machine's entropy. The result is as
// good as the ceremony plus one party: whoever ran this could have kept its secret of delta, so more parties should
// contribute (`snarkjs zkey contribute`) before much depends on it.
//
// Plain argument only. The file's contents are taken as they are: `snarkjs powersoftau verify` checks them against the ceremony.
import { open, type FileHandle } from 'node:fs/promises';
import { readField } from '../../compiler/circuit/field.js';
import { Q } from '../../verifier/field.js';
import { r1csFile } from '../../compiler/circuit/r1cs.js';
import type { RowSystem } from '../../compiler/circuit/rows.js';
import { InferproofError } from '../../verifier/errors.js';
import { checkHeader, parseBin, reason, truncated } from '../files/binfile.js';
import { AFFINE, COEFFICIENT_BYTES, type SetupKey } from '../files/zkey.js';
import { phase2 } from '../snarkjs/index.js';
import { domainPower } from './layout.js';

/**
 * @param system of a plain circuit
 * @param path a .ptau file that was prepared for phase 2
 * @throws 'file' when it cannot be read; 'format' when it is not a .ptau, truncated, over another curve, not prepared
 *   for phase 2; 'mismatch' when it is too small for the circuit (the message names the power that is needed)
 */
export async function ptauSetup(system: RowSystem, path: string): Promise<SetupKey> {
  const rows = system.nRows + 1 + system.nPublic; // snarkjs adds one for the constant and one per public
  const power = domainPower(rows);
  await checkPtau(path, power);
  const r1cs = Buffer.concat([...r1csFile(system)]);
  const file = parseBin(await phase2(r1cs, path, 'inferproof setup', keyBytes(system, 2 ** power)), 'zkey');
  return { file, rows, domain: 2 ** power, insecure: false, contributions: 1 };
}

/** Bytes of a key with one contribution, and a few more: what snarkjs need not make room for again and again. */
function keyBytes({ nWires, nPublic, sides: [a, b] }: RowSystem, domain: number): number {
  const terms = a.wire.length + b.wire.length + nPublic + 1;
  const points = AFFINE.G1 * (3 * nWires + nPublic + 1 + domain) + AFFINE.G2 * nWires;
  return points + COEFFICIENT_BYTES * terms + 4096;
}

/** Sections of a .ptau file with their bytes at a power p. 12 and up are what preparing for phase 2 adds. */
const SECTIONS: readonly (readonly [id: number, bytes: (p: number) => number])[] = [
  [2, (p) => 64 * (2 ** (p + 1) - 1)], // tau in G1
  [3, (p) => 128 * 2 ** p], // tau in G2
  [4, (p) => 64 * 2 ** p], // alpha tau
  [5, (p) => 64 * 2 ** p], // beta tau
  [6, () => 128], // beta in G2
];
const PREPARED: typeof SECTIONS = [
  [12, (p) => 64 * (2 ** (p + 2) - 1)], // Lagrange bases of all domains up to 2^(p+1)
  [13, (p) => 128 * (2 ** (p + 1) - 1)], // up to 2^p
  [14, (p) => 64 * (2 ** (p + 1) - 1)],
  [15, (p) => 64 * (2 ** (p + 1) - 1)],
];

/** Checks type, completeness, curve, preparation and size by the file's headers alone: it may be gigabytes long. */
export async function checkPtau(path: string, needed: number): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    throw new InferproofError('file', `expected a readable .ptau file, got: ${reason(cause)}`, { where: path, cause });
  }
  try {
    const bytes = (await handle.stat()).size;
    const read = async (at: number, length: number): Promise<DataView> => {
      if (at + length > bytes) throw truncated('ptau', path, at + length, bytes);
      const buffer = new Uint8Array(length);
      await handle.read(buffer, 0, length, at);
      return new DataView(buffer.buffer);
    };
    const head = await read(0, 12);
    checkHeader(new Uint8Array(head.buffer), 'ptau', path);
    const found = new Map<number, readonly [at: number, length: number]>();
    for (let at = 12, left = head.getUint32(8, true); left > 0; left--) {
      const section = await read(at, 12);
      const length = Number(section.getBigUint64(4, true));
      if (at + 12 + length > bytes) throw truncated('ptau', path, at + 12 + length, bytes);
      found.set(section.getUint32(0, true), [at + 12, length]);
      at += 12 + length;
    }
    const fail = (expected: string, got: string, hint?: string): never => {
      throw new InferproofError('format', `expected ${expected}, got ${got}`, { where: path, hint });
    };
    const [at, length] = found.get(1) ?? fail('a .ptau file with a header', 'one without');
    const header = await read(at, length);
    if (length !== 44 || readField(header, 4) !== Q) fail('powers of tau over BN254', 'another curve');
    const power = header.getUint32(36, true);
    if (!PREPARED.every(([id]) => found.has(id))) {
      fail(
        'a .ptau file prepared for phase 2',
        'one that is not',
        'run `snarkjs powersoftau prepare phase2` on it first',
      );
    }
    if (power < needed) {
      throw new InferproofError('mismatch', `expected powers of tau of at least 2^${needed}, got 2^${power}`, {
        where: path,
        hint: `take a .ptau file of power ${needed} or more`,
      });
    }
    for (const [id, size] of [...SECTIONS, ...PREPARED]) {
      const got = found.get(id)?.[1] ?? 0;
      if (got < size(needed))
        fail(`at least ${size(needed)} bytes in section ${id} of a .ptau file of 2^${power}`, `${got}`);
    }
  } finally {
    await handle.close();
  }
}

// A powers-of-tau file whose secrets are known, ready for phase 2: what is made of one can be held against a development key of the
// same secrets, and no public file of some sizes is at hand.
import { domainOf } from '#compiler/circuit/domain.js';
import { FIELD_BYTES, fieldBytes, power as powerOf, readField, rootOfUnity } from '#compiler/circuit/field.js';
import type { BinFile, Section } from '#prover/files/binfile.js';
import type { GroupName } from '#prover/files/zkey.js';
import { fixedBaseTable, fixedBaseWindow, multiples, type Table } from '#prover/kernel/fixed-base.js';
import { withKernel, type Kernel } from '#prover/kernel/index.js';
import { domainBasis } from '#prover/setup/basis.js';
import { Q, R } from '#verifier/field.js';

export interface TauSecrets {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
}

/** The file of 2^power. It says that there was one contribution, whose content is zeros: `powersoftau verify` refuses it. */
export async function knownPowers(power: number, secrets: TauSecrets): Promise<BinFile> {
  const sections = await withKernel((kernel) => knownSections(kernel, power, secrets));
  return { type: 'ptau', version: 1, sections };
}

async function knownSections(
  kernel: Kernel<unknown>,
  power: number,
  { tau, alpha, beta }: TauSecrets,
): Promise<Section[]> {
  const count = { G1: 10 * 2 ** power, G2: 3 * 2 ** power };
  const table = async (group: GroupName): Promise<Table> =>
    kernel.run((machine) => fixedBaseTable(machine, group, fixedBaseWindow(group, count[group])));
  const tables = { G1: await table('G1'), G2: await table('G2') };
  const points = (group: GroupName, scalars: Uint8Array): Promise<Uint8Array> =>
    kernel.run((machine) => multiples(machine, tables[group], scalars));
  const powers = (length: number, first: bigint): Uint8Array => {
    const list: bigint[] = [];
    for (let i = 0, x = first; i < length; i++, x = (x * tau) % R) list.push(x);
    return fieldBytes(list);
  };
  const times = (scalars: Uint8Array, factor: bigint): Uint8Array => {
    const view = new DataView(scalars.buffer, scalars.byteOffset);
    return fieldBytes(
      Array.from({ length: scalars.length / FIELD_BYTES }, (_, i) => (readField(view, FIELD_BYTES * i) * factor) % R),
    );
  };
  const bases = (scalars: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(scalars));
  const basis = (k: number): Promise<Uint8Array> =>
    k === 0 ? Promise.resolve(fieldBytes([1n])) : domainBasis(kernel, tau, domainOf(2 ** k));
  const levels = await Promise.all(Array.from({ length: power + 1 }, (_, k) => basis(k)));
  const known = bases(levels);
  // the largest domain has one power less than points: the basis of a tau^(n-1) that is 0
  const largest = await truncatedBasis(kernel, tau, power + 1);

  const header = new Uint8Array(44);
  const view = new DataView(header.buffer);
  view.setUint32(0, 32, true);
  header.set(fieldBytes([Q]), 4);
  view.setUint32(36, power, true);
  view.setUint32(40, power, true);
  const contributions = new Uint8Array(4 + 1504);
  contributions[0] = 1;
  const n = 2 ** power;
  return [
    [1, header],
    [2, await points('G1', powers(2 * n - 1, 1n))],
    [3, await points('G2', powers(n, 1n))],
    [4, await points('G1', powers(n, alpha))],
    [5, await points('G1', powers(n, beta))],
    [6, await points('G2', fieldBytes([beta]))],
    [7, contributions],
    [12, await points('G1', bases([known, largest]))],
    [13, await points('G2', known)],
    [14, await points('G1', times(known, alpha))],
    [15, await points('G1', times(known, beta))],
  ].map(([id, bytes]) => ({ id: id as number, parts: [bytes as Uint8Array] }));
}

/** L_i(tau) - [the part of tau^(n-1)]: the coefficient of x^(n-1) in L_i is x_i / n. */
async function truncatedBasis(kernel: Kernel<unknown>, tau: bigint, k: number): Promise<Uint8Array> {
  const whole = await domainBasis(kernel, tau, domainOf(2 ** k));
  const view = new DataView(whole.buffer, whole.byteOffset);
  const n = 2 ** k;
  const top = powerOf(tau, BigInt(n - 1));
  const byN = powerOf(BigInt(n), R - 2n);
  const root = rootOfUnity(k);
  const list: bigint[] = [];
  for (let i = 0, x = (top * byN) % R; i < n; i++, x = (x * root) % R) {
    list.push((readField(view, FIELD_BYTES * i) + R - x) % R);
  }
  return fieldBytes(list);
}

// First keys without powers of tau: development keys whose delta and eta are the generators, as a first key's are.
import { arrange } from '#compiler/circuit/arrange.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { linkCircuit } from '#prover/circom/link.js';
import type { BinFile } from '#prover/files/binfile.js';
import { devSetup } from '#prover/setup/dev.js';
import { begin } from '#prover/ceremony/beginning.js';
import { applyBeacon, contribute, type Added } from '#prover/ceremony/contribute.js';
import type { CeremonyFiles } from '#prover/ceremony/transcript.js';
import { verifyTranscript } from '#prover/ceremony/verify.js';

/** SHA-256 of no file. */
export const PTAU = '7'.repeat(64);

export async function firstKey(circuit: Circuit, tau = 0x1234567n): Promise<BinFile> {
  const system = await linkCircuit(arrange(circuit));
  const secrets = { tau, alpha: 77n, beta: 88n, delta: 1n, eta: 1n };
  return (await devSetup(system, { argument: circuit.options.argument, secrets })).file;
}

export interface Ceremony {
  readonly circuit: Circuit;
  readonly first: BinFile;
  readonly files: CeremonyFiles;
  readonly key: Uint8Array;
}

export async function started(circuit: Circuit, tau?: bigint): Promise<Ceremony> {
  const first = await firstKey(circuit, tau);
  const { ceremony, key } = begin(circuit, first, PTAU);
  return { circuit, first, files: { ceremony, steps: [] }, key };
}

export const after = (ceremony: Ceremony, { step, key }: Pick<Added, 'step' | 'key'>): Ceremony => {
  const { ceremony: head, steps } = ceremony.files;
  return { ...ceremony, files: { ceremony: head, steps: [...steps, step] }, key };
};

export const withContribution = async (ceremony: Ceremony, name: string): Promise<Ceremony> =>
  after(ceremony, await contribute(ceremony.files, ceremony.key, { name }));

export const BEACON = { value: 'c0ffee', log2: 10 };
export const withBeacon = async (ceremony: Ceremony, beacon = BEACON): Promise<Ceremony> =>
  after(ceremony, await applyBeacon(ceremony.files, ceremony.key, beacon));

export const verified = ({ files, key, circuit, first }: Ceremony) =>
  verifyTranscript(files, key, circuit, PTAU, () => Promise.resolve(first));

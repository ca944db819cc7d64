// The kernel for one computation: opened and closed again.
import { groth16, openKernel, openProvingKernel } from '#prover/kernel/index.js';
import type { Groth16Options, Kernel, KernelOptions } from '#prover/kernel/index.js';
import type { BinFile } from '#prover/files/binfile.js';
import type { Groth16Proof } from '#prover/files/zkey.js';

export async function kernelProof(
  key: BinFile,
  witness: Uint8Array,
  { backend, threads, ...options }: KernelOptions & Groth16Options = {},
): Promise<Groth16Proof> {
  const kernel = openProvingKernel(key, { backend, threads });
  try {
    return await groth16(kernel, witness, options);
  } finally {
    await kernel.close();
  }
}

/** A kernel with nothing in its memory. */
export const emptyKernel = (options: KernelOptions = {}): Kernel<void> => openKernel(() => Promise.resolve(), options);

// The prover, loaded only by the commands that need it; its worker threads end with the command, so the process exits.

export type Prover = typeof import('../prover/index.js');

export async function withProver<T>(use: (prover: Prover) => Promise<T>): Promise<T> {
  const prover = await import('../prover/index.js');
  try {
    return await use(prover);
  } finally {
    await prover.close();
  }
}

// The process that runs snarkjs, for one call: it keeps a curve with worker threads for as long as a process lives, and
// only the end of its process interrupts it. Takes { name, args }, answers with what the call gave or threw.
import { curves, groth16, powersOfTau, zKey, type Logger } from 'snarkjs';
import { reason } from '../files/binfile.js';

const calls = {
  prove: (key: string | Uint8Array, witness: Uint8Array) => groth16.prove(key, witness),

  multiExp: async (bases: Uint8Array, scalars: Uint8Array) => {
    const { G1 } = await curves.getCurveFromName('bn128');
    return G1.toAffine(await G1.multiExpAffine(bases, scalars));
  },

  /** A key with one more contribution. Everything of the circuit stays in memory: keys show a model's weights. */
  contribute: async (key: Uint8Array, contributor: string, entropy: string): Promise<Uint8Array | string> => {
    const to = memory(key.length + 4096);
    await zKey.contribute(key, to, contributor, entropy);
    return to.data ?? 'no key was written';
  },

  /** null, or what snarkjs has against the file. */
  verifyPowersOfTau: async (ptau: string): Promise<string | null> => {
    const errors: string[] = [];
    const quiet = (): void => undefined;
    const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: (message) => void errors.push(message) };
    return (await powersOfTau.verify(ptau, logger)) ? null : errors.join('; ') || 'no reason';
  },

  verifyZkey: (r1cs: Uint8Array, ptau: string, zkey: Uint8Array) => zKey.verifyFromR1cs(r1cs, ptau, zkey),
};

export type Calls = typeof calls;
export interface Request {
  readonly name: keyof Calls;
  readonly args: readonly unknown[];
}
export type Answer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly memory: boolean };

/** A file that snarkjs writes. */
const memory = (initialSize: number): { type: 'mem'; initialSize: number; data?: Uint8Array } => ({
  type: 'mem',
  initialSize,
});

async function answer({ name, args }: Request): Promise<Answer> {
  try {
    const call = calls[name] as (...args: readonly unknown[]) => Promise<unknown>;
    return { ok: true, value: await call(...args) };
  } catch (error) {
    return {
      ok: false,
      message: reason(error),
      memory: error instanceof RangeError && /alloc|array( buffer)? length/i.test(error.message),
    };
  }
}

process.once('message', (request: Request) => {
  void answer(request).then((message) => process.send?.(message, () => process.exit(0)));
});
process.once('disconnect', () => process.exit(1)); // the caller is gone

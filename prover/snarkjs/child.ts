// The process that runs snarkjs, for one call: it keeps a curve with worker threads for as long as a process lives, and
// only the end of its process interrupts it. Takes { name, args }, answers with what the call gave or threw.
import { curves, groth16, zKey, type Logger } from 'snarkjs';
import { reason } from '../files/binfile.js';

const calls = {
  prove: (key: string | Uint8Array, witness: Uint8Array) => groth16.prove(key, witness),

  multiExp: async (bases: Uint8Array, scalars: Uint8Array) => {
    const { G1 } = await curves.getCurveFromName('bn128');
    return G1.toAffine(await G1.multiExpAffine(bases, scalars));
  },

  /** What snarkjs has against the files; null where it wrote the key. */
  newZkey: async (r1cs: string, ptau: string, zkey: string): Promise<string | null> => {
    const errors: string[] = [];
    const quiet = (): void => undefined;
    const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: (message) => void errors.push(message) };
    return (await zKey.newZKey(r1cs, ptau, zkey, logger)) === -1 ? errors.join('; ') : null;
  },

  contribute: async (from: string, to: string, name: string, entropy: string): Promise<void> => {
    await zKey.contribute(from, to, name, entropy);
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

async function answer({ name, args }: Request): Promise<Answer> {
  try {
    const call = calls[name] as (...args: readonly unknown[]) => Promise<unknown>;
    return { ok: true, value: await call(...args) };
  } catch (error) {
    return { ok: false, message: reason(error), memory: error instanceof RangeError };
  }
}

process.once('message', (request: Request) => {
  void answer(request).then((message) => process.send?.(message, () => process.exit(0)));
});
process.once('disconnect', () => process.exit(1)); // the caller is gone

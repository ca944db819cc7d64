// The verifier of the plain argument: ordinary Groth16 whose first public signal is the context and the others the words.
//   e(-A, B)·e(alpha, beta)·e(IC_0 + Σ signal_i·IC_i, G2)·e(C, delta) = 1
// Jens Groth, "On the Size of Pairing-Based Non-interactive Arguments", ePrint 2016/260, with gamma = 1.
import { parsePlainKey } from './key.js';
import { lines, pairingsCancel, point1, times } from './points.js';
import { parsePlainProof } from './proof.js';
import { Refusal } from './reason.js';
import { contextSignal } from './transcript.js';
import { settle, type Verification, type VerifyOptions } from './verification.js';

/**
 * As `verify` of the index, for plain keys only.
 * @example
 * ```ts
 * const plain = await compile(model, { calibration: samples, argument: 'plain' });
 * const keys = await setup(plain.circuit, { dev: true });
 * const { proof } = await prove(plain.circuit, keys.provingKey, keys.vkey, sample);
 * const { valid } = verifyPlain(keys.vkey, proof, { allowInsecureKey: true });
 * ```
 */
export function verifyPlain(vkey: unknown, proof: unknown, options: VerifyOptions = {}): Verification {
  const key = parsePlainKey(vkey);
  const expected = contextSignal(options.context);
  return settle(key, options, ({ alpha, beta, delta, gamma, ic }) => {
    const parsed = parsePlainProof(proof, key.ic.length - 1);
    const [A, B, C] = [point1(parsed.A), lines(parsed.B), point1(parsed.C)];
    if (parsed.signals[0] !== expected) throw new Refusal('context');
    const sum = parsed.signals.reduce((s, v, i) => s.add(times(ic[i + 1], v)), ic[0]);
    const pairs = [
      [A.negate(), B],
      [alpha, beta],
      [sum, gamma],
      [C, delta],
    ] as const;
    if (!pairingsCancel(pairs)) throw new Refusal('pairing');
    return parsed.signals.slice(1);
  });
}

// The Lagrange bases at tau that a development key is made of, 32 bytes per element.
import { power, rootOfUnity } from '../../compiler/circuit/field.js';
import { R, inverse, mod } from '../../verifier/field.js';
import type { Kernel } from '../kernel/index.js';
import { lagrangeBasis } from '../kernel/lagrange.js';

/** factor * L_i(tau) over 2^k points x_i from `first` on, all roots of x^order = +-1: L_i = (tau^order - 1) / order * x_i / (tau - x_i). */
function basisOver(
  kernel: Kernel<unknown>,
  tau: bigint,
  order: number,
  first: bigint,
  k: number,
  factor: bigint,
): Promise<Uint8Array> {
  const z = mod(power(tau, BigInt(order)) - 1n);
  if (z === 0n) throw new RangeError('expected a tau that is no root of unity');
  const scaled = (((z * inverse(BigInt(order))) % R) * factor) % R;
  const input = { tau, first, root: rootOfUnity(k), size: 2 ** k, factor: scaled };
  return kernel.run((machine) => lagrangeBasis(machine, input));
}

/** L_i(tau) over the 2^k-th roots of unity: the domain of the rows. */
export const domainBasis = (kernel: Kernel<unknown>, tau: bigint, k: number): Promise<Uint8Array> =>
  basisOver(kernel, tau, 2 ** k, 1n, k, 1n);

/** factor * the odd L_(2i+1)(tau) over the 2^(k+1)-th roots of unity: what snarkjs multiplies the quotient's evaluations with. */
export const oddBasis = (kernel: Kernel<unknown>, tau: bigint, k: number, factor: bigint): Promise<Uint8Array> =>
  basisOver(kernel, tau, 2 ** (k + 1), rootOfUnity(k + 1), k, factor);

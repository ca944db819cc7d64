// The Lagrange bases at tau that a development key is made of, 32 bytes per element.
import type { Domain } from '../../compiler/circuit/domain.js';
import { power, rootOfUnity } from '../../compiler/circuit/field.js';
import { R, inverse, mod } from '../../verifier/field.js';
import type { Kernel } from '../kernel/index.js';
import { lagrangeBasis } from '../kernel/lagrange.js';

/**
 * factor * L_x(tau) for the places x of a domain times `shift`, all roots of x^order = +-1: L_x = (tau^order - 1) / order * x / (tau - x).
 */
function basisOver(
  kernel: Kernel<unknown>,
  tau: bigint,
  order: number,
  { firsts, root, lg }: Domain,
  shift: bigint,
  factor: bigint,
): Promise<Uint8Array> {
  const z = mod(power(tau, BigInt(order)) - 1n);
  if (z === 0n) throw new RangeError('expected a tau that is no root of unity');
  const scaled = (((z * inverse(BigInt(order))) % R) * factor) % R;
  const input = { tau, firsts: firsts.map((x) => (x * shift) % R), root, size: 2 ** lg, factor: scaled };
  return kernel.run((machine) => lagrangeBasis(machine, input));
}

/** L_x(tau) for the places x of the domain of the rows. */
export const domainBasis = (kernel: Kernel<unknown>, tau: bigint, domain: Domain): Promise<Uint8Array> =>
  basisOver(kernel, tau, domain.size, domain, 1n, 1n);

/**
 * factor * L_gx(tau) over the domain of twice the size, x those of the rows' and g^2 a coset's root: its other half, what the quotient's
 * evaluations are multiplied with. Over 2^k places they are the odd ones, snarkjs's.
 */
export const oddBasis = (kernel: Kernel<unknown>, tau: bigint, domain: Domain, factor: bigint): Promise<Uint8Array> =>
  basisOver(kernel, tau, 2 * domain.size, domain, rootOfUnity(domain.lg + 1), factor);

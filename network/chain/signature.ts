// Signatures of people's own keys, in the one form that the contracts take: 65 bytes, low s, v of 27 or 28.
import { recoverAddress, type Address, type Hex } from 'viem';

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** Whether the contracts would read it at all, whoever signed it. */
export const isPlain = (signature: Hex): boolean =>
  /^0x[0-9a-f]{128}(1b|1c)$/i.test(signature) && BigInt(`0x${signature.slice(66, 130)}`) <= HALF_ORDER;

/** Who signed a digest; null where the contracts would take the signature for none. */
export async function signerOf(hash: Hex, signature: Hex): Promise<Address | null> {
  return isPlain(signature) ? recoverAddress({ hash, signature }).catch(() => null) : null;
}

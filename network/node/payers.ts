// Signatures of those who pay again and again. Recovering a signer is the dearest step of an answer; whose key is known is asked about that key,
// with multiples of it at hand, at a quarter of the price. Both take the same signatures: SEC 1 (4.1.4), low s, and v as the contracts read it.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { getAddress, hexToBytes, keccak256, recoverPublicKey, slice, type Address, type Hex } from 'viem';
import { isPlain } from '../chain/signature.js';

const { Point } = secp256k1;
const { Fn } = Point;
type Key = InstanceType<typeof Point>;

/** Payers whose keys are kept, those who paid last; with its multiples a key takes 0.2 MiB. */
const KEPT = 128;
/** Signatures after which its multiples are made: that costs as much as ten of them. */
const OFTEN = 10;
/** Bits of a digit of the scalar: 832 multiples. */
const WINDOW = 5;

export interface Payers {
  /** Whether its key is kept. */
  readonly knows: (client: Address) => boolean;
  /**
   * Null where the contracts would not take a signature of a digest for that client's. Else what to call once it paid, too, so that its key
   * is kept: a signature costs a stranger nothing, and who costs nothing must not push out who pays.
   */
  readonly signed: (client: Address, hash: Hex, signature: Hex) => Promise<(() => void) | null>;
}

export function openPayers(kept = KEPT, often = OFTEN): Payers {
  const known = new Map<Address, { readonly key: Key; readonly times: number }>();
  return {
    knows: (client) => known.has(client),
    signed: async (client, hash, signature) => {
      if (!isPlain(signature)) return null;
      const before = known.get(client);
      const key = before === undefined ? await recovered(client, hash, signature) : before.key;
      if (key === undefined || (before !== undefined && !isSignedBy(key, hash, signature))) return null;
      return () => {
        // another of its signatures may have come first
        const now = known.get(client) ?? { key, times: 0 };
        const times = now.times + 1;
        if (times === often) now.key.precompute(WINDOW, false);
        // the last is who paid last
        known.delete(client);
        known.set(client, { key: now.key, times });
        for (const [oldest] of known) if (known.size > kept) known.delete(oldest);
      };
    },
  };
}

async function recovered(client: Address, hash: Hex, signature: Hex): Promise<Key | undefined> {
  const key = await recoverPublicKey({ hash, signature }).catch(() => undefined);
  if (key === undefined || getAddress(slice(keccak256(slice(key, 1)), 12)) !== client) return undefined;
  return Point.fromBytes(hexToBytes(key));
}

/** @param signature `isPlain` */
function isSignedBy(key: Key, hash: Hex, signature: Hex): boolean {
  const [r, s] = [BigInt(signature.slice(0, 66)), BigInt(`0x${signature.slice(66, 130)}`)];
  if (r === 0n || r >= Fn.ORDER || s === 0n) return false;
  const inverse = Fn.inv(s);
  const [u, v] = [Fn.create(BigInt(hash) * inverse), Fn.create(r * inverse)];
  const R = Point.BASE.multiplyUnsafe(u).add(key.multiplyUnsafe(v));
  if (R.is0()) return false;
  const { x, y } = R.toAffine();
  // v of 27 or 28 says which y, and that x is r itself and not r + n
  return x === r && (y & 1n) === (/1c$/i.test(signature) ? 1n : 0n);
}

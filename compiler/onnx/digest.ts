// The name of a model: a hash of its file and of the files that it keeps beside it.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { native } from '../native.js';

/**
 * First item of the hash of a model in several files. It begins with a byte 0, which is the tag of field 0 in protobuf, and there is
 * no such field: no file that decodes begins so. So what is hashed here is never the bytes of a model in one file, whose hash is
 * plain SHA-256.
 */
const IN_PARTS = utf8ToBytes('\0inferproof model in parts 1\n');

/** Of a whole file. */
const hashOf = (bytes: Uint8Array): Uint8Array => (native === null ? sha256(bytes) : hexToBytes(native.sha256(bytes)));

/**
 * What names a model: SHA-256 of its file, as `sha256sum` prints it; where it keeps data in other files,
 *
 *   H( IN_PARTS ‖ H(file) ‖ n ‖ for each of the n files, by its location: length ‖ location ‖ H(data) )
 *
 * with H = SHA-256, numbers in 8 bytes and the location in UTF-8. Every item has a length of its own or one in front of it, so no
 * byte can move from one file into another, or from a location into its data.
 */
export function modelDigest(bytes: Uint8Array, external: ReadonlyMap<string, Uint8Array>): string {
  const whole = hashOf(bytes);
  if (external.size === 0) return bytesToHex(whole);
  const number = (v: number): Uint8Array => {
    const out = new DataView(new ArrayBuffer(8));
    out.setBigUint64(0, BigInt(v));
    return new Uint8Array(out.buffer);
  };
  const hash = sha256.create().update(IN_PARTS).update(whole).update(number(external.size));
  for (const [location, data] of [...external].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = utf8ToBytes(location);
    hash.update(number(name.length)).update(name).update(hashOf(data));
  }
  return bytesToHex(hash.digest());
}

// Keys on disk: keystore version 3 (https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage), as geth
// and foundry write it and read it. Files are their owner's alone.
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, randomUUID, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'; // prettier-ignore
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { InferproofError } from 'inferproof/verifier';
import { bytesToHex, concat, hexToBytes, keccak256, type Hex } from 'viem';
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import { LOCAL_CHAIN } from './chain/open.js';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
const derivePbkdf2 = promisify(pbkdf2);

/** What a guess costs: that of geth. */
const COST = 262_144;
/** What a file may ask of this machine: bytes that scrypt mixes, rounds of pbkdf2. */
const MOST_WORK = 2 ** 30;
const MOST_ROUNDS = 10_000_000;
const MOST_BYTES = 65_536;

/** @throws InferproofError 'format' for a cost beyond what a wallet needs */
async function derived(password: string, { kdf, kdfparams }: Crypto): Promise<Buffer> {
  const salt = Buffer.from(kdfparams.salt, 'hex');
  if (kdf === 'scrypt') {
    const { n, r, p } = kdfparams;
    const whole = [n, r, p].every((x) => Number.isSafeInteger(x) && x > 0);
    if (!whole || n < 2 || !Number.isInteger(Math.log2(n)) || 128 * n * r * p > MOST_WORK)
      throw refused('costs of scrypt that a wallet has');
    // OpenSSL takes no more than RFC 7914 does; early wallets, and the definition's own vector, have r = 1
    if (n < 2 ** (16 * r)) return derive(password, salt, 32, { N: n, r, p, maxmem: MOST_WORK + 2 ** 20 });
    const { scryptAsync } = await import('@noble/hashes/scrypt.js');
    return Buffer.from(await scryptAsync(password, salt, { N: n, r, p, dkLen: 32 }));
  }
  if (!(Number.isSafeInteger(kdfparams.c) && kdfparams.c > 0 && kdfparams.c <= MOST_ROUNDS))
    throw refused('rounds of pbkdf2 that a wallet has');
  return derivePbkdf2(password, salt, kdfparams.c, 32, 'sha256');
}

type Crypto = {
  readonly cipher: 'aes-128-ctr';
  readonly cipherparams: { readonly iv: string };
  readonly ciphertext: string;
  readonly mac: string;
} & (
  | { readonly kdf: 'scrypt'; readonly kdfparams: { readonly dklen: 32; readonly salt: string; readonly n: number; readonly r: number; readonly p: number } } // prettier-ignore
  | { readonly kdf: 'pbkdf2'; readonly kdfparams: { readonly dklen: 32; readonly salt: string; readonly c: number; readonly prf: 'hmac-sha256' } } // prettier-ignore
);

const refused = (expected: string): InferproofError =>
  new InferproofError('format', `expected a keystore of version 3 with ${expected}, got another`);

const isHex = (v: unknown, bytes?: number): v is string =>
  typeof v === 'string' && /^(?:[0-9a-fA-F]{2})*$/.test(v) && (bytes === undefined || v.length === 2 * bytes);

function readCrypto(json: unknown): Crypto {
  const {
    version,
    crypto,
    Crypto = crypto,
  } = Object(json) as { version?: unknown; crypto?: unknown; Crypto?: unknown };
  if (version !== 3) throw refused('its version');
  const c = Object(Crypto) as Crypto;
  const params = Object(c.kdfparams) as Crypto['kdfparams'];
  if (c.cipher !== 'aes-128-ctr' || !isHex((Object(c.cipherparams) as Crypto['cipherparams']).iv, 16))
    throw refused('the cipher aes-128-ctr');
  if (!isHex(c.ciphertext, 32) || !isHex(c.mac, 32)) throw refused('a key of 32 bytes');
  if (!isHex(params.salt) || params.dklen !== 32) throw refused('a salt and 32 derived bytes');
  if (c.kdf !== 'scrypt' && !(c.kdf === 'pbkdf2' && 'prf' in params && params.prf === 'hmac-sha256'))
    throw refused('scrypt, or pbkdf2 with hmac-sha256');
  return c;
}

const macOf = (key: Buffer, ciphertext: Uint8Array): Uint8Array =>
  keccak256(concat([key.subarray(16, 32), ciphertext]), 'bytes');

/**
 * The private key of a keystore.
 * @param json the JSON value of the file
 * @throws InferproofError 'format' for a file of another kind, 'usage' for another password
 */
export async function openKeystore(json: unknown, password: string): Promise<Hex> {
  const crypto = readCrypto(json);
  const key = await derived(password, crypto);
  const ciphertext = Buffer.from(crypto.ciphertext, 'hex');
  if (!timingSafeEqual(macOf(key, ciphertext), Buffer.from(crypto.mac, 'hex')))
    throw new InferproofError('usage', 'expected the password of the keystore, got another');
  const cipher = createDecipheriv('aes-128-ctr', key.subarray(0, 16), Buffer.from(crypto.cipherparams.iv, 'hex'));
  return bytesToHex(Buffer.concat([cipher.update(ciphertext), cipher.final()]));
}

/**
 * The JSON value of a keystore of that key.
 * @param n what a guess costs, a power of two
 */
export async function makeKeystore(privateKey: Hex, password: string, n = COST): Promise<object> {
  const [salt, iv] = [randomBytes(32), randomBytes(16)];
  const params = { dklen: 32, n, r: 8, p: 1, salt: salt.toString('hex') } as const;
  const cost = { kdf: 'scrypt', kdfparams: params } as const;
  const key = await derived(password, { ...cost, cipher: 'aes-128-ctr', cipherparams: { iv: '' }, ciphertext: '', mac: '' }); // prettier-ignore
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(hexToBytes(privateKey)), cipher.final()]);
  return {
    version: 3,
    id: randomUUID(),
    address: privateKeyToAccount(privateKey).address.slice(2).toLowerCase(),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: iv.toString('hex') },
      ciphertext: ciphertext.toString('hex'),
      ...cost,
      mac: Buffer.from(macOf(key, ciphertext)).toString('hex'),
    },
  };
}

/**
 * The text of a file that only its owner may read.
 * @throws InferproofError 'file' where others may, or where it cannot be read
 */
export async function readSecret(path: string, what: string): Promise<string> {
  const stands = await stat(path).catch(() => undefined);
  if (stands?.isFile() !== true || stands.size > MOST_BYTES)
    throw new InferproofError('file', `expected ${what}, got no such file`, { where: path });
  if (process.platform !== 'win32' && (stands.mode & 0o077) !== 0)
    throw new InferproofError('file', `expected ${what} that only its owner can read, got mode ${(stands.mode & 0o777).toString(8)}`, {
      where: path,
      hint: `chmod 600 ${path}`,
    }); // prettier-ignore
  return readFile(path, 'utf8');
}

/** Writes a new file of mode 0600 in a folder of mode 0700; one that is there is left as it is. Throws 'file'. */
export async function writeSecret(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await file.close();
  } catch (cause) {
    const got = (cause as NodeJS.ErrnoException).code === 'EEXIST' ? 'one that is there' : String(cause);
    throw new InferproofError('file', `expected to write a new file, got ${got}`, { where: path, cause });
  }
}

/** Where a key comes from. */
export interface KeySource {
  /** Path of a keystore. */
  readonly keystore?: string | undefined;
  /** Asked for when the keystore is open. */
  readonly password: () => Promise<string>;
  /** A raw key, from the environment. */
  readonly raw?: string | undefined;
}

/** A raw key in this variable is taken on chain 31337 alone. */
export const RAW_KEY = 'INFERPROOF_PRIVATE_KEY';

/** @throws InferproofError 'usage' where there is no key, or a raw one on a chain where it counts; as `openKeystore` and `readSecret` */
export async function openAccount({ keystore, password, raw }: KeySource, chainId: number): Promise<PrivateKeyAccount> {
  if (keystore !== undefined) {
    const text = await readSecret(keystore, 'a keystore');
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw new InferproofError('format', 'expected a keystore, got a text that is not JSON', { where: keystore, cause }); // prettier-ignore
    }
    return privateKeyToAccount(await openKeystore(json, await password()));
  }
  const hint = 'name a keystore file with --keystore (geth account new, cast wallet new and others make them)';
  if (raw === undefined || raw === '')
    throw new InferproofError('usage', 'expected a key to sign with, got none', { hint });
  if (chainId !== LOCAL_CHAIN)
    throw new InferproofError('usage', `expected a keystore on chain ${chainId}, got a raw key in ${RAW_KEY}`, {
      hint,
    });
  if (!/^0x[0-9a-fA-F]{64}$/.test(raw))
    throw new InferproofError('usage', `expected 0x and 64 hex digits in ${RAW_KEY}, got something else`);
  return privateKeyToAccount(raw as Hex);
}

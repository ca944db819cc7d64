// Keystores: the two vectors of the definition, files of geth's and foundry's form, ours there and back, files that ask for too much.
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { privateKeyToAddress } from 'viem/accounts';
import { makeKeystore, openAccount, openKeystore, readSecret, writeSecret } from '#network/wallet.js';

const SECRET = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d';
const PASSWORD = 'testpassword';
/** The test vectors of the Web3 Secret Storage definition. */
const PBKDF2 = {
  version: 3,
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: { c: 262144, dklen: 32, prf: 'hmac-sha256', salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd' }, // prettier-ignore
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
};
const SCRYPT = {
  version: 3,
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: { dklen: 32, n: 262144, p: 8, r: 1, salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19' }, // prettier-ignore
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
  },
};

let root = '';
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'inferproof-wallet-'))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a keystore', () => {
  it('of the definition opens to its secret, and to nobody with another password', async () => {
    expect(await openKeystore(PBKDF2, PASSWORD)).toBe(SECRET);
    expect(await openKeystore(SCRYPT, PASSWORD)).toBe(SECRET);
    await expect(openKeystore(PBKDF2, 'other')).rejects.toThrow('expected the password of the keystore, got another');
  });

  it('of our own opens again, is its owner’s alone, and is not written over', async () => {
    const path = join(root, 'keys', 'me.json');
    await writeSecret(path, JSON.stringify(await makeKeystore(SECRET, 'p', 8192)));
    expect([statSync(path).mode & 0o777, statSync(join(root, 'keys')).mode & 0o777]).toEqual([0o600, 0o700]);
    const account = await openAccount({ keystore: path, password: () => Promise.resolve('p') }, 1);
    expect(account.address).toBe(privateKeyToAddress(SECRET));
    await expect(writeSecret(path, 'x')).rejects.toThrow('got one that is there');
    chmodSync(path, 0o640);
    await expect(readSecret(path, 'a keystore')).rejects.toMatchObject({ message: expect.stringContaining('got mode 640'), hint: `chmod 600 ${path}` }); // prettier-ignore
  });

  it.each([
    ['version 1', { ...PBKDF2, version: 1 }],
    ['another cipher', { ...PBKDF2, crypto: { ...PBKDF2.crypto, cipher: 'aes-128-cbc' } }],
    ['a key of 31 bytes', { ...PBKDF2, crypto: { ...PBKDF2.crypto, ciphertext: 'aa'.repeat(31) } }],
    ['an iv that is no hex', { ...PBKDF2, crypto: { ...PBKDF2.crypto, cipherparams: { iv: 'zz'.repeat(16) } } }],
    ['another hash', { ...PBKDF2, crypto: { ...PBKDF2.crypto, kdfparams: { ...PBKDF2.crypto.kdfparams, prf: 'hmac-md5' } } }],
    ['years of pbkdf2', { ...PBKDF2, crypto: { ...PBKDF2.crypto, kdfparams: { ...PBKDF2.crypto.kdfparams, c: 2 ** 40 } } }],
    ['all memory', { ...SCRYPT, crypto: { ...SCRYPT.crypto, kdfparams: { ...SCRYPT.crypto.kdfparams, n: 2 ** 30 } } }],
    ['years of scrypt', { ...SCRYPT, crypto: { ...SCRYPT.crypto, kdfparams: { ...SCRYPT.crypto.kdfparams, p: 2 ** 30 } } }],
    ['n that is no power of two', { ...SCRYPT, crypto: { ...SCRYPT.crypto, kdfparams: { ...SCRYPT.crypto.kdfparams, n: 3 } } }],
    ['nothing', null],
  ])('with %s is refused', async (_, json) => {
    await expect(openKeystore(json, PASSWORD)).rejects.toMatchObject({ code: 'format' });
  }); // prettier-ignore
});

describe('a key', () => {
  const password = () => Promise.resolve('');
  it('that is raw is taken on 31337, and nowhere else', async () => {
    expect((await openAccount({ raw: SECRET, password }, 31337)).address).toBe(privateKeyToAddress(SECRET));
    await expect(openAccount({ raw: SECRET, password }, 1)).rejects.toThrow('expected a keystore on chain 1');
    await expect(openAccount({ raw: '0x12', password }, 31337)).rejects.toThrow('64 hex digits');
    await expect(openAccount({ password }, 31337)).rejects.toThrow('expected a key to sign with, got none');
  });

  it('in a file that is none is refused by name', async () => {
    writeFileSync(join(root, 'no.json'), '{', { mode: 0o600 });
    const at = (name: string) => openAccount({ keystore: join(root, name), password }, 1);
    await expect(at('no.json')).rejects.toMatchObject({ code: 'format', where: join(root, 'no.json') });
    await expect(at('none.json')).rejects.toMatchObject({ code: 'file' });
  });
});

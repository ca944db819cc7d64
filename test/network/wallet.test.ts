// Keystores: the two vectors of the definition, files of geth's and foundry's form, ours there and back, files that ask for too much. And
// `inferproof wallet`, action by action, on a chain.
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { privateKeyToAddress } from 'viem/accounts';
import { MARKET } from '#network/chain/abi.js';
import { devAccount } from '#network/chain/anvil.js';
import { newPasswordOf } from '#network/commands/flags.js';
import { makeKeystore, openAccount, openKeystore, readSecret, writeSecret } from '#network/wallet.js';
import { commandLine } from '../cli/in-process.js';
import { localChain, type LocalChain } from './local-chain.js';

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

describe('inferproof wallet', () => {
  const ETHER = 10n ** 18n;
  const node = devAccount(1).address;
  let local: LocalChain;
  beforeAll(async () => {
    // account 0 of anvil
    vi.stubEnv('INFERPROOF_PRIVATE_KEY', '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
    local = await localChain();
  });
  afterAll(() => vi.unstubAllEnvs());

  const wallet = async (...args: readonly string[]) => {
    const rpc = args[0] === 'new' ? [] : ['--rpc', local.anvil.rpc];
    const { status, stdout } = await commandLine(['wallet', ...args, ...rpc, '--json'], root);
    return Object.assign(JSON.parse(stdout) as Record<string, unknown>, { status });
  };
  const channel = () =>
    local.chain.client.readContract({ address: local.deployment.market, abi: MARKET, functionName: 'channels', args: [devAccount(0).address, node] }); // prettier-ignore

  it('new: writes a keystore that its password opens, once', async () => {
    writeFileSync(join(root, 'pass'), 'p w\n', { mode: 0o600 });
    const made = await wallet('new', 'new.json', '--password', 'pass');
    expect(made).toMatchObject({ status: 0, keystore: 'new.json' });
    const { address } = await openAccount({ keystore: join(root, 'new.json'), password: () => Promise.resolve('p w') }, 1); // prettier-ignore
    expect(address).toBe(made['address']);
    expect(await wallet('new', 'new.json', '--password', 'pass')).toMatchObject({ status: 2, error: { code: 'file' } });
  });

  it('new: at a terminal the password is typed twice', async () => {
    const typed = (...words: string[]) => newPasswordOf(undefined, undefined as never, () => Promise.resolve(words.shift()!)); // prettier-ignore
    expect(await typed('one', 'one')).toBe('one');
    await expect(typed('one', 'oen')).rejects.toMatchObject({ code: 'usage', message: 'expected the same password twice, got another' }); // prettier-ignore
  });

  it('stake, announce, quit: what is said after each is what the market holds', async () => {
    const { address } = devAccount(0);
    expect(await wallet('show')).toMatchObject({ status: 0, address, balance: '0', stake: '0', leavesAt: '0' });
    expect(await wallet('stake', '--amount', '1.5')).toMatchObject({ status: 0, stake: String((3n * ETHER) / 2n) });
    expect(await wallet('announce', 'https://node.example')).toMatchObject({ status: 0 });
    const logs = await local.chain.client.getContractEvents({ address: local.deployment.market, abi: MARKET, eventName: 'Announced', fromBlock: 0n }); // prettier-ignore
    expect(logs.map(({ args }) => args)).toEqual([{ node: address, url: 'https://node.example' }]);
    const left = await wallet('quit');
    expect(Number(left['leavesAt'])).toBeGreaterThan(Date.now() / 1000);
    expect(await wallet('unstake')).toMatchObject({ status: 2, error: { message: expect.stringContaining('TooEarly') } }); // prettier-ignore
    expect(await wallet('stake', '--amount', '0')).toMatchObject({ status: 0, leavesAt: '0' });
  });

  it('fund, close, reclaim, withdraw: money goes out as it came in', async () => {
    expect(await wallet('withdraw')).toMatchObject({ status: 2, error: { code: 'data', message: 'expected the transaction withdraw, got the revert NothingDue' } }); // prettier-ignore
    expect(await wallet('fund', node, '--amount', '0.25')).toMatchObject({ status: 0 });
    expect((await channel())[0]).toBe(ETHER / 4n);
    expect(await wallet('close', node)).toMatchObject({ status: 0 });
    expect((await channel())[2]).toBeGreaterThan(0);
    await local.chain.client.request({ method: 'evm_increaseTime' as never, params: [3_601] as never });
    await local.chain.client.request({ method: 'evm_mine' as never, params: [] as never });
    expect(await wallet('reclaim', node)).toMatchObject({ status: 0, balance: String(ETHER / 4n) });
    const to = privateKeyToAddress(SECRET);
    expect(await wallet('withdraw', to)).toMatchObject({ status: 0, balance: '0' });
    expect(await local.chain.client.getBalance({ address: to })).toBe(ETHER / 4n);
  });

  it.each([
    [['steak'], 'expected one of new, show'],
    [['new'], 'expected FILE, got none'],
    [['new', 'x.json', '--amount', '1'], 'expected no --amount for new'],
    [['stake'], 'expected --amount, got none'],
    [['stake', '--amount', '-1'], "expected an amount of ether, got '-1'"],
    [['show', 'me'], "expected nothing behind show, got 'me'"],
    [['quit', '--amount', '1'], 'expected no --amount for quit'],
    [['fund', '--amount', '1'], 'expected the address of a node, got none'],
    [['close', '0x12'], "expected an address, got '0x12'"],
    [['withdraw', 'me'], "expected an address, got 'me'"],
    [['announce', 'node.example'], "expected a URL, got 'node.example'"],
  ])('%j is one usage error', async (args, message) => {
    expect(await wallet(...args)).toMatchObject({ status: 2, error: { code: 'usage', message: expect.stringContaining(message) } }); // prettier-ignore
  }); // prettier-ignore
});

// PayPerProof on a chain of its own: it pays once for each request, only its payee, only for the prediction that was proved
// on its input. The proofs are simulated under the exported Verifier of a tiny key. Each rule has its attack, and three of them are shown to succeed on a contract without the rule.
import { readFileSync } from 'node:fs';
import {
  type Address,
  encodeAbiParameters,
  encodeFunctionData,
  keccak256,
  parseAbiParameters,
  parseEther,
  toFunctionSelector,
  zeroAddress,
} from 'viem';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, type Chain, startAnvil } from '#examples/contract/anvil.js';
import { deploy, escrow } from '#examples/contract/escrow.js';
import { compileSolidity } from '#examples/contract/solc.js';
import { solidityVerifier } from '#verifier/solidity/index.js';
import { simulate, type Simulated, vkey } from './simulated.js';

const SOURCE = readFileSync('examples/contract/PayPerProof.sol', 'utf8');
const PAYMENT = parseEther('0.5');
const INPUT = [1, 2, 3, 4];
const [owner, client, host, stranger] = [0, 1, 2, 3].map(account);

const contracts = compileSolidity({
  'PayPerProof.sol': SOURCE,
  'Verifier.sol': solidityVerifier(vkey, { allowInsecureKey: true }),
  'Payees.sol': readFileSync('test/examples/Payees.sol', 'utf8'),
});

let chain: Chain;
let stop: () => Promise<void> = () => Promise.resolve();
let verifier: Address;
let address: Address;
let payPerProof: ReturnType<typeof escrow>;

beforeAll(async () => {
  ({ client: chain, stop } = await startAnvil());
  verifier = await deploy(chain, owner, contracts.Verifier);
  [address, payPerProof] = await deployEscrow();
});
afterAll(() => stop());

async function deployEscrow(contract = contracts.PayPerProof): Promise<[Address, ReturnType<typeof escrow>]> {
  const at = await deploy(chain, owner, contract, [verifier, 1n, 3n]);
  return [at, escrow(chain, at, contract)];
}

async function open(payee: Address = host.address, contract = payPerProof, seconds = 3600n): Promise<bigint> {
  const { timestamp } = await chain.getBlock();
  const { words } = simulate(INPUT, [0, 0, 0], `0x${'00'.repeat(32)}`);
  return contract.open({ client, payee, input: words.slice(0, 1), payment: PAYMENT, deadline: timestamp + seconds });
}

const balance = (of: Address): Promise<bigint> => chain.getBalance({ address: of });
const settle = (id: bigint, { words, numbers }: Simulated, contract = payPerProof) =>
  contract.settle(stranger, id, words, numbers);

describe('a proved prediction', () => {
  test('pays the payee once, whoever sends it, and records the first of the largest scores', async () => {
    const id = await open();
    const proof = simulate(INPUT, [-7, 9, 9], await payPerProof.contextOf(id));
    const before = await balance(host.address);
    expect(await settle(id, proof)).toMatchObject({ prediction: 1 });
    expect((await balance(host.address)) - before).toBe(PAYMENT);
    await expect(settle(id, proof)).rejects.toThrow('NotOpen');
    expect((await balance(host.address)) - before).toBe(PAYMENT);
  });

  test('negative scores are ordered as numbers', async () => {
    const id = await open();
    const proof = simulate(INPUT, [-900, -3, -4], await payPerProof.contextOf(id));
    expect(await settle(id, proof)).toMatchObject({ prediction: 1 });
  });
});

describe('a proof of something else is refused', () => {
  test('the proof of another request for the same input and payee', async () => {
    const [first, second] = [await open(), await open()];
    const proof = simulate(INPUT, [1, 2, 3], await payPerProof.contextOf(first));
    await expect(settle(second, proof)).rejects.toThrow('NotProved');
    expect(await settle(first, proof)).toMatchObject({ prediction: 2 });
    await expect(settle(second, proof)).rejects.toThrow('NotProved');
  });

  test('a proof that names another payee', async () => {
    const id = await open();
    const contextFor = (payee: Address) => {
      const types = parseAbiParameters('uint256, address, uint256, address');
      return keccak256(encodeAbiParameters(types, [BigInt(foundry.id), address, id, payee]));
    };
    expect(contextFor(host.address)).toBe(await payPerProof.contextOf(id));
    const proof = simulate(INPUT, [1, 2, 3], contextFor(stranger.address));
    await expect(settle(id, proof)).rejects.toThrow('NotProved');
  });

  test('the proof of a request of the same number in another PayPerProof', async () => {
    const [, one] = await deployEscrow();
    const [, two] = await deployEscrow();
    const [id, same] = [await open(host.address, one), await open(host.address, two)];
    expect(same).toBe(id);
    const proof = simulate(INPUT, [1, 2, 3], await one.contextOf(id));
    await expect(settle(id, proof, two)).rejects.toThrow('NotProved');
  });

  test('changed outputs under an honest proof', async () => {
    const id = await open();
    const context = await payPerProof.contextOf(id);
    const { numbers } = simulate(INPUT, [1, 2, 3], context);
    const { words } = simulate(INPUT, [3, 2, 1], context);
    await expect(settle(id, { json: {}, words, numbers })).rejects.toThrow('NotProved');
  });

  test('an honest proof of another input, made for this very request', async () => {
    const id = await open();
    const proof = simulate([9, 9, 9, 9], [1, 2, 3], await payPerProof.contextOf(id));
    await expect(settle(id, proof)).rejects.toThrow('OtherInput');
  });

  test('too few words', async () => {
    const id = await open();
    const { words, numbers } = simulate(INPUT, [1, 2, 3], await payPerProof.contextOf(id));
    for (const count of [0, 1])
      await expect(settle(id, { json: {}, words: words.slice(0, count), numbers })).rejects.toThrow('OtherInput');
  });
});

describe('a payee that is a contract', () => {
  async function greedy(contract: ReturnType<typeof escrow>, at: Address) {
    const payee = await deploy(chain, stranger, contracts.GreedyPayee);
    const id = await open(payee, contract);
    await open(host.address, contract); // another client's money, which a second payment would take
    const { words, numbers } = simulate(INPUT, [1, 2, 3], await contract.contextOf(id));
    const args = [id, words, numbers] as const;
    const data = encodeFunctionData({ abi: contracts.PayPerProof.abi, functionName: 'settle', args });
    const { abi } = contracts.GreedyPayee;
    await chain.waitForTransactionReceipt({
      hash: await chain.writeContract({
        account: stranger,
        address: payee,
        abi,
        functionName: 'prepare',
        args: [at, data],
      }),
    });
    await contract.settle(stranger, ...args);
    return balance(payee);
  }

  test('cannot be paid twice by settling again from its receive function', async () => {
    const [at, contract] = await deployEscrow();
    expect(await greedy(contract, at)).toBe(PAYMENT);
    expect(await balance(at)).toBe(PAYMENT);
  });

  test('would be, if the state changed after the transfer', async () => {
    const late = SOURCE.replace(/^ *request\.state = State\.Paid;\n/m, '').replace(
      'pay(request.payee, request.payment);',
      'pay(request.payee, request.payment);\n        request.state = State.Paid;',
    );
    const [at, contract] = await deployEscrow(compileSolidity({ 'PayPerProof.sol': late }).PayPerProof);
    expect(await greedy(contract, at)).toBe(2n * PAYMENT);
  });

  test('that takes no ether blocks its own payment only', async () => {
    const payee = await deploy(chain, stranger, contracts.UnwillingPayee);
    const id = await open(payee);
    const proof = simulate(INPUT, [1, 2, 3], await payPerProof.contextOf(id));
    await expect(settle(id, proof)).rejects.toThrow('TransferFailed');
    await chain.increaseTime({ seconds: 3601 });
    await chain.mine({ blocks: 1 });
    await payPerProof.refund(stranger, id);
  });
});

describe('the deadline', () => {
  test('a request without a proof is refunded to its client after it, and not before', async () => {
    const id = await open();
    await expect(payPerProof.refund(client, id)).rejects.toThrow('TooEarly');
    await chain.increaseTime({ seconds: 3601 });
    await chain.mine({ blocks: 1 });
    const proof = simulate(INPUT, [1, 2, 3], await payPerProof.contextOf(id));
    await expect(settle(id, proof)).rejects.toThrow('TooLate');
    const before = await balance(client.address);
    await payPerProof.refund(stranger, id);
    expect((await balance(client.address)) - before).toBe(PAYMENT);
    await expect(payPerProof.refund(stranger, id)).rejects.toThrow('NotOpen');
  });

  test('a paid request is not refunded', async () => {
    const id = await open();
    await settle(id, simulate(INPUT, [1, 2, 3], await payPerProof.contextOf(id)));
    await chain.increaseTime({ seconds: 3601 });
    await chain.mine({ blocks: 1 });
    await expect(payPerProof.refund(client, id)).rejects.toThrow('NotOpen');
  });
});

test('what cannot be served is refused when it is opened or deployed', async () => {
  const { timestamp } = await chain.getBlock();
  const good = { client, payee: host.address, input: [1n], payment: PAYMENT, deadline: timestamp + 3600n };
  for (const bad of [
    { input: [] },
    { input: [1n, 2n] },
    { payee: zeroAddress },
    { payment: 0n },
    { deadline: timestamp - 1n },
  ])
    await expect(payPerProof.open({ ...good, ...bad })).rejects.toThrow('BadRequest');
  await expect(settle(12_345n, simulate(INPUT, [1, 2, 3], `0x${'00'.repeat(32)}`))).rejects.toThrow('NotOpen');
  for (const args of [
    [host.address, 1n, 3n],
    [verifier, 0n, 3n],
    [verifier, 1n, 0n],
  ])
    await expect(deploy(chain, owner, contracts.PayPerProof, args)).rejects.toThrow(
      toFunctionSelector('BadConfiguration()'),
    );
});

describe('each rule is needed', () => {
  const without = async (part: string, instead: string) => {
    expect(SOURCE).toContain(part);
    return deployEscrow(compileSolidity({ 'PayPerProof.sol': SOURCE.replace(part, instead) }).PayPerProof);
  };

  test('without the input check, a proof of an easier input is paid', async () => {
    const [, contract] = await without('!= request.inputHash', '== bytes32(0)');
    const id = await open(host.address, contract);
    const proof = simulate([9, 9, 9, 9], [1, 2, 3], await contract.contextOf(id));
    expect(await settle(id, proof, contract)).toMatchObject({ prediction: 2 });
  });

  test('without the request in the context, one proof is paid twice', async () => {
    const [, contract] = await without('address(this), id,', 'address(this), uint256(0),');
    const [first, second] = [await open(host.address, contract), await open(host.address, contract)];
    const proof = simulate(INPUT, [1, 2, 3], await contract.contextOf(first));
    await settle(first, proof, contract);
    expect(await settle(second, proof, contract)).toMatchObject({ prediction: 2 });
  });
});

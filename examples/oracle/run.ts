// A contract that acts on a proved answer of the network: DigitOracle has a digit read, and gives its prize for the right one. In one
// terminal a network of this machine, in another this program, from the repository's root after `npm run build:examples`:
//
//   npx inferproof network --keep
//   node dist/examples/oracle/run.js RPC HUB      as the first one says
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { inputWords, unpackWords } from 'inferproof/verifier';
import { solidityLibrary } from 'inferproof/verifier/solidity';
import { connect } from 'inferproof-network';
import { encodeFunctionData, formatEther, parseEther, parseEventLogs } from 'viem';
import { account, chainAt } from '../contract/anvil.js';
import { deploy } from '../contract/escrow.js';
import { compileSolidity } from '../contract/solc.js';

const PRIZE = parseEther('1');
const PAYMENT = parseEther('0.002');
const PATIENCE_MS = 60_000;

const [rpc, hub, name = `${account(0).address}/digits`] = process.argv.slice(2);
if (rpc === undefined || hub === undefined)
  throw new Error('expected RPC and HUB, as `inferproof network --keep` says');
const [owner, guest] = [account(4), account(5)];
const chain = chainAt(rpc);

// the model: its key, which hashes to its name and is the registry's, and its words in Solidity
const net = await connect({ rpc, hubs: [hub], account: guest, allowPrivate: true });
const { vkey, modelId } = await net.model(name);
const { DigitOracle } = compileSolidity(
  {
    'Digits.sol': solidityLibrary(vkey, { name: 'Digits' }),
    'DigitOracle.sol': readFileSync('examples/oracle/DigitOracle.sol', 'utf8'),
  },
  'cancun',
);
const address = await deploy(chain, owner, DigitOracle, [net.market, 2n], PRIZE);
console.log(`DigitOracle ${address} for model ${modelId}: ${formatEther(PRIZE)} ether for a 2`);

const { abi } = DigitOracle;
async function send(functionName: string, args: readonly unknown[] = [], value = 0n) {
  const data = encodeFunctionData({ abi, functionName, args });
  return chain.waitForTransactionReceipt({
    hash: await chain.sendTransaction({ account: guest, to: address, data, value }),
  });
}

const { input_data: [pixels] } = JSON.parse(readFileSync('examples/mnist-mlp/digit.json', 'utf8')) as { input_data: number[][] }; // prettier-ignore
const inputs = vkey.publics.filter(({ role }) => role === 'input');
const [integers] = unpackWords(inputs, inputWords(vkey, { [inputs[0].name]: pixels })) ?? [];
const asked = await send('ask', [integers.map(BigInt)], PAYMENT);
console.log(`asked: ${integers.length} pixels, ${formatEther(PAYMENT)} ether for the proof; ${asked.gasUsed} gas`);

// whoever proves it brings the answer to the contract: here we only look
for (const end = Date.now() + PATIENCE_MS; ;) {
  const logs = await chain.getLogs({ address, fromBlock: asked.blockNumber });
  const [read] = parseEventLogs({ abi, eventName: 'Read', logs });
  if (read !== undefined) {
    const { digit, opened } = read.args as unknown as { digit: bigint; opened: boolean };
    const { gasUsed } = await chain.getTransactionReceipt({ hash: read.transactionHash });
    console.log(
      `proved, settled and read by the contract: a ${digit}, it ${opened ? 'opened' : 'stayed shut'}; ${gasUsed} gas`,
    );
    break;
  }
  if (Date.now() > end) throw new Error('expected a node to prove the answer, none did');
  await setTimeout(100);
}
const before = await chain.getBalance({ address: guest.address });
const { gasUsed, effectiveGasPrice } = await send('withdraw');
const got = (await chain.getBalance({ address: guest.address })) - before + gasUsed * effectiveGasPrice;
console.log(`withdrawn: ${formatEther(got)} ether`);

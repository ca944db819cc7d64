// A chain on this machine with the contracts on it, for one test file.
import { afterAll } from 'vitest';
import { devAccount, startAnvil, type Anvil } from '#network/chain/anvil.js';
import { deploy, marketOf } from '#network/chain/deployment.js';
import { openChain, type Chain, type Deployment } from '#network/chain/open.js';
import { writeContracts } from '#network/contracts/build.js';

export interface LocalChain {
  readonly anvil: Anvil;
  readonly chain: Chain;
  readonly deployment: Deployment;
}

/** Ends with the file. */
export async function localChain(chainId = 31337): Promise<LocalChain> {
  writeContracts();
  const anvil = await startAnvil({ chainId });
  afterAll(() => anvil.stop());
  const chain = await openChain([anvil.rpc]);
  const done = await deploy(chain, devAccount(9));
  return { anvil, chain, deployment: await marketOf(chain, done[2].address) };
}

// Where the contracts are: by the CREATE2 factory with salt 0, so that the same terms have the same addresses on every chain.
import { readFileSync } from 'node:fs';
import { InferproofError } from 'inferproof/verifier';
import { concat, encodeAbiParameters, getContractAddress, isAddressEqual, keccak256, pad, parseEther, type LocalAccount, type Address, type Hex } from 'viem'; // prettier-ignore
import { LOCAL_CHAIN, openMarket, originOf, type Chain, type Deployment } from './open.js';
import { sendData, type Sent } from './write.js';

/** The deterministic deployment proxy (https://github.com/Arachnid/deterministic-deployment-proxy), and its code. */
export const FACTORY: Address = '0x4e59b44847b379578588920cA78FbF26c0B4956C';
const FACTORY_CODE: Hex =
  '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3';
const SALT = pad('0x', { size: 32 });

/** What is fixed at deployment: seconds, seconds, wei. */
export interface Terms {
  readonly window: number;
  readonly proofTime: number;
  readonly challengeFloor: bigint;
}

/** A day outlasts censorship, and the forced inclusion of a layer 2. */
const PUBLIC_TERMS: Terms = { window: 86_400, proofTime: 86_400, challengeFloor: parseEther('0.0001') };
const LOCAL_TERMS: Terms = { window: 3_600, proofTime: 60, challengeFloor: parseEther('0.001') };
export const defaultTerms = (chainId: number): Terms => (chainId === LOCAL_CHAIN ? LOCAL_TERMS : PUBLIC_TERMS);

interface Step {
  readonly contract: 'verifier' | 'registry' | 'market';
  readonly address: Address;
  readonly creation: Hex;
}

/** contracts.json, which contracts/build.ts writes. */
export function bytecodes(): Readonly<Record<string, { readonly bytecode: Hex }>> {
  const path = new URL('../contracts.json', import.meta.url);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ReturnType<typeof bytecodes>;
  } catch (cause) {
    throw new InferproofError('file', 'expected the compiled contracts, got none', {
      where: path.pathname,
      hint: 'npm run build:contracts makes them',
      cause,
    });
  }
}

/**
 * The addresses and the creation code of each contract; no chain is asked.
 * @param allowInsecureKey whether the verifier takes development keys, whose makers can forge proofs
 */
export function plan({ window, proofTime, challengeFloor }: Terms, allowInsecureKey: boolean): readonly Step[] {
  const codes = bytecodes();
  const at = (creation: Hex): Address =>
    getContractAddress({ opcode: 'CREATE2', from: FACTORY, salt: SALT, bytecodeHash: keccak256(creation) });
  const verifier = codes[allowInsecureKey ? 'UniversalVerifierDev' : 'UniversalVerifier'].bytecode;
  const registry = concat([
    codes['ModelRegistry'].bytecode,
    encodeAbiParameters([{ type: 'address' }], [at(verifier)]),
  ]);
  const terms = encodeAbiParameters(
    [{ type: 'address' }, { type: 'uint64' }, { type: 'uint64' }, { type: 'uint96' }],
    [at(registry), BigInt(window), BigInt(proofTime), challengeFloor],
  );
  const market = concat([codes['InferenceMarket'].bytecode, terms]);
  return Object.entries({ verifier, registry, market }).map(([contract, creation]) => ({
    contract: contract as Step['contract'],
    address: at(creation),
    creation,
  }));
}

export interface Deployed {
  readonly contract: Step['contract'];
  readonly address: Address;
  /** Undefined where the contract was there. */
  readonly sent: Sent | undefined;
}

/**
 * Puts the contracts on a chain where they are not there.
 * @throws InferproofError 'usage' for terms that the market refuses, 'resource' where the factory is not there or a transaction fails
 */
export async function deploy(
  chain: Chain,
  account: LocalAccount,
  { terms = defaultTerms(chain.chainId), allowInsecureKey = chain.chainId === LOCAL_CHAIN } = {},
): Promise<readonly Deployed[]> {
  if (terms.window < 60 || terms.proofTime < 60)
    throw new InferproofError('usage', 'expected a window and a proof time of at least 60 seconds, got less');
  const codeAt = (address: Address): Promise<Hex | undefined> =>
    chain.agreed('the code of a contract', (client) => client.getCode({ address }));
  if ((await codeAt(FACTORY)) !== FACTORY_CODE)
    throw new InferproofError('resource', `expected the deployment factory at ${FACTORY}, got none`, {
      where: originOf(chain.rpc[0]),
      hint: 'https://github.com/Arachnid/deterministic-deployment-proxy says how it comes to a chain',
    });
  const done: Deployed[] = [];
  for (const { contract, address, creation } of plan(terms, allowInsecureKey)) {
    const there = (await codeAt(address)) !== undefined;
    const sent = there ? undefined : await sendData(chain, account, FACTORY, concat([SALT, creation]));
    if (!there && (await codeAt(address)) === undefined)
      throw new InferproofError('resource', `expected a ${contract} at ${address}, got no code`, {
        where: originOf(chain.rpc[0]),
      });
    done.push({ contract, address, sent });
  }
  return done;
}

interface Known {
  readonly market: Address;
  readonly block: number;
}

/**
 * The market of a chain: the one that is named, else that of deployments.json; on 31337 the one that `deploy` makes by default.
 * @throws InferproofError 'usage' where none is known, 'mismatch' where there is none at the address
 */
export async function marketOf(chain: Chain, market?: Address, since = 0n): Promise<Deployment> {
  if (chain.chainId === LOCAL_CHAIN) return openMarket(chain, market ?? plan(LOCAL_TERMS, true)[2].address, since);
  // dist/chain/deployment.js -> deployments.json
  const path = new URL('../../deployments.json', import.meta.url);
  const known = (JSON.parse(readFileSync(path, 'utf8')) as Record<string, Known | undefined>)[String(chain.chainId)];
  if (market === undefined && known === undefined)
    throw new InferproofError('usage', `expected the market of chain ${chain.chainId}, got none`, {
      hint: 'name it with --market; inferproof deploy puts one on a chain',
    });
  const meant = market ?? known!.market;
  const block = known !== undefined && isAddressEqual(meant, known.market) ? BigInt(known.block) : 0n;
  return openMarket(chain, meant, since > block ? since : block);
}

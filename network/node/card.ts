// What a node says of itself. Nobody has to believe it: prices are in the 402, stakes on the chain, answers are proved.
import { readFileSync } from 'node:fs';
import type { Address } from 'viem';
import type { Place } from '../chain/typed-data.js';
import type { NodeConfig } from './config.js';
import type { Served } from './models.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** @param proveSeconds median of a model's rehearsals */
export const card = (
  { chainId, market }: Place,
  node: Address,
  models: readonly (readonly [Served, proveSeconds: number])[],
  { requestsPerSecond, unpaidPerSecond, answers }: NodeConfig['limits'],
) => ({
  format: 'inferproof-node',
  version: 1,
  chainId,
  market,
  node,
  models: models.map(
    ([
      {
        modelId,
        manifest,
        offer: { receipt, proof, request },
      },
      proveSeconds,
    ]) => ({
      modelId,
      manifest,
      receipt: receipt ? { price: receipt.price.toString(), bond: receipt.bond.toString() } : null,
      proof: proof ? { price: proof.price.toString() } : null,
      request: request ? { minPayment: request.minPayment.toString() } : null,
      proveSeconds: Number(proveSeconds.toFixed(3)),
    }),
  ),
  limits: { requestsPerSecond, unpaidPerSecond, answers },
  software: `inferproof-network ${version}`,
});

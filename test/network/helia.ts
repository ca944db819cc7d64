// Helia's own block client, of one gateway that it is told of.
import { trustlessGatewayBlockBroker } from '@helia/trustless-gateway-client';
import { multiaddr } from '@multiformats/multiaddr';
import { CID } from 'multiformats/cid';

type Components = Parameters<ReturnType<typeof trustlessGatewayBlockBroker>>[0];

/** @param url http://127.0.0.1:PORT */
export function helia(url: string): (cid: string) => Promise<Uint8Array> {
  const { hostname, port } = new URL(url);
  const provider = { multiaddrs: [multiaddr(`/ip4/${hostname}/tcp/${port}/http`)] };
  const routing = {
    findProviders: async function* () {
      yield await Promise.resolve(provider);
    },
  };
  const log = Object.assign(() => undefined, { error: () => undefined, trace: () => undefined, newScope: () => log });
  const logger = { forComponent: () => log };
  const broker = trustlessGatewayBlockBroker({ allowInsecure: true, allowLocal: true })({ routing, logger } as unknown as Components); // prettier-ignore
  return (cid) => broker.retrieve!(CID.parse(cid));
}

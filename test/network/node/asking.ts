// A client as simple as it can be: questions over HTTP, vouchers in x402's frame.
/* eslint-disable @typescript-eslint/no-explicit-any -- JSON that tests take apart */
import type { Address, Hex } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { typedData, type Place, type Receipt } from '#network/chain/typed-data.js';
import { wordsJson } from '#network/wire.js';

export interface Told {
  readonly status: number;
  readonly json: any;
  readonly headers: Headers;
}

export async function post(
  url: string,
  path: string,
  body: string | object,
  headers: Record<string, string> = {},
): Promise<Told> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url + path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } }); // prettier-ignore
  return { status: response.status, json: await response.json(), headers: response.headers };
}

export const decoded = (header: string | null): any => JSON.parse(Buffer.from(header ?? '', 'base64').toString('utf8'));

/** The header that pays, `change` over its payload. */
export async function paying(
  place: Place,
  client: PrivateKeyAccount,
  node: Address,
  total: bigint,
  change: object = {},
): Promise<Record<string, string>> {
  const signature = await client.signTypedData(typedData(place, 'Voucher', { client: client.address, node, total }));
  const payload = { client: client.address, node, total: total.toString(), signature, ...change };
  return { 'PAYMENT-SIGNATURE': Buffer.from(JSON.stringify({ x402Version: 2, payload })).toString('base64') };
}

export const question = (model: Hex, words: readonly bigint[], client: Address, more: object = {}) => ({ model, words: wordsJson(words), want: 'receipt', client, ...more }); // prettier-ignore

/** A receipt as it travels, as the contracts have it. */
export const receiptOf = (json: any): Receipt => ({ ...json, bond: BigInt(json.bond), until: BigInt(json.until) });

// Payment as x402 (version 2) frames it: base64 of JSON in three headers. The scheme, a channel's voucher, is ours.
import { zeroAddress, type Address } from 'viem';
import { type Market } from '../chain/reader.js';
import { SCHEME } from '../wire.js';
import { PAYMENT, read, type Payment } from './bodies.js';
import { refusal } from './refusal.js';

const MAX_HEADER = 8_192;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** What `PAYMENT-SIGNATURE` holds; undefined without the header. Throws a refusal, 400. */
export function readPayment(header: string | undefined): Payment | undefined {
  if (header === undefined) return undefined;
  if (header.length > MAX_HEADER || !/^[A-Za-z0-9+/]+={0,2}$/.test(header))
    throw refusal(400, 'expected PAYMENT-SIGNATURE to be base64 of JSON');
  return read(PAYMENT, Buffer.from(header, 'base64').toString('utf8'), 'PAYMENT-SIGNATURE').payload;
}

export interface Due {
  /** Of this answer, wei. */
  readonly price: bigint;
  /** The least total that a voucher has to name. */
  readonly total: bigint;
  readonly node: Address;
  readonly url: string;
}

/** A refusal, 402, that says how to pay. */
export function paymentRequired({ chainId, market }: Market, { price, total, node, url }: Due, message: string) {
  const required = {
    x402Version: 2,
    error: message,
    resource: { url, description: 'an answer of a model', mimeType: 'application/json' },
    accepts: [
      {
        scheme: SCHEME,
        network: `eip155:${chainId}`,
        amount: price.toString(),
        asset: zeroAddress,
        payTo: node,
        maxTimeoutSeconds: 60,
        extra: { market, total: total.toString() },
      },
    ],
  };
  return refusal(402, message, {
    hint: `sign Voucher {client, node, total: ${total}} of your channel to ${node}, and send it as PAYMENT-SIGNATURE`,
    headers: { 'PAYMENT-REQUIRED': encode(required) },
  });
}

/** The value of `PAYMENT-RESPONSE`: nothing is on the chain yet, so there is no transaction to name. */
export const paymentResponse = (chainId: number, payer: Address, amount: bigint): string =>
  encode({ success: true, payer, transaction: '', network: `eip155:${chainId}`, amount: amount.toString() });

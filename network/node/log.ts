// What a node says of itself while it runs: a line of JSON each on stderr. Never words, keys or signatures.
import pino, { type Logger } from 'pino';
import { originOf } from '../chain/open.js';

export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

export const openLog = (level: 'error' | 'info' | 'debug'): Log =>
  pino({ base: null, level }, pino.destination({ fd: 2, sync: true }));

/** viem's errors are pages: their first sentence. An RPC's URL often holds a key: its origin. */
export const shortOf = (error: unknown): string => {
  const said = error instanceof Error && 'shortMessage' in error ? String(error.shortMessage) : String(error);
  return said.replace(/\b(?:https?|wss?|rediss?):\/\/[^\s"'`)\]}]+/g, originOf);
};

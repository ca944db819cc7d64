// What a node says of itself while it runs: a line of JSON each on stderr. Never words, keys or signatures.
import pino, { type Logger } from 'pino';

export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

export const openLog = (level: 'error' | 'info' | 'debug'): Log =>
  pino({ base: null, level }, pino.destination({ fd: 2, sync: true }));

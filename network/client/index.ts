// inferproof-network in a browser; in Node, index.ts of the package adds its disk and its guarded fetch.
export { connect, type ConnectOptions, type Net } from './connect.js';
export type { Audited } from './audit.js';
export type { Answer, InferOptions, ProofAnswer, ReceiptAnswer } from './infer.js';
export type { Model } from './model.js';
export type { Refunded, RequestOptions, Settled } from './request.js';
export { memoryStore, type Store } from './store.js';
export type { Watcher, WatchEvent, WatchOptions } from './watch.js';

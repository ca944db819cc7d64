// inferproof/prover for browsers: proofs, on a page or in a worker. What makes keys or runs circom and snarkjs is for Node, and says so.
import { InferproofError } from '../verifier/errors.js';

export { fetchKey, forgetKey } from './key-source.js';
export { openProver, prove } from './prove.js';

const inNode = (name: string) => (): Promise<never> =>
  Promise.reject(
    new InferproofError('usage', `expected ${name} in Node, got a browser`, {
      hint: 'browsers prove and verify: make keys with the command line or in Node, and serve them',
    }),
  );

export const [
  applyBeacon,
  audit,
  ceremonyStatus,
  check,
  checkKeys,
  contribute,
  finishCeremony,
  setup,
  startCeremony,
  verifyCeremony,
] = [
  'applyBeacon',
  'audit',
  'ceremonyStatus',
  'check',
  'checkKeys',
  'contribute',
  'finishCeremony',
  'setup',
  'startCeremony',
  'verifyCeremony',
].map(inNode);

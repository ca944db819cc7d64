// inferproof/prover: keys, witnesses, proofs; in Node. browser.ts is the same door for browsers.
export { audit, type AuditOptions, type AuditResult } from './audit.js';
export { applyBeacon, contribute, type Added, type ContributeOptions } from './ceremony/contribute.js';
export { finishCeremony } from './ceremony/finish.js';
export { ceremonyStatus, type CeremonyStatus } from './ceremony/status.js';
export type { CeremonyFiles } from './ceremony/transcript.js';
export type { CeremonyAnswer } from './ceremony/verify.js';
export { startCeremony, verifyCeremony, type PowersOptions } from './ceremony/powers.js';
export { check, type CheckResult } from './check.js';
export type { SampleResult } from './many.js';
export { checkKeys } from './check-keys.js';
export { fetchKey, forgetKey, type FetchOptions, type KeySource } from './key-source.js';
export { openProver, prove } from './prove.js';
export type { ProofOptions, ProveOptions, ProveResult, Prover } from './prove.js';
export type { ProverOptions } from './started.js';
export { setup, type SetupResult, type SetupSource } from './keys.js';

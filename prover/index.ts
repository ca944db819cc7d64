// inferproof/prover: keys, witnesses, proofs. Node only.
export { audit, type AuditOptions, type AuditResult } from './audit.js';
export { applyBeacon, ceremonyStatus, contribute, finishCeremony } from './ceremony/index.js';
export type { Added, CeremonyAnswer, CeremonyFiles, CeremonyStatus, ContributeOptions } from './ceremony/index.js';
export { startCeremony, verifyCeremony, type PowersOptions } from './ceremony/powers.js';
export { check, type CheckResult } from './check.js';
export type { SampleResult } from './many.js';
export { checkKeys, openProver, prove } from './prove.js';
export type { ProofOptions, ProveOptions, ProveResult, Prover, ProverOptions } from './prove.js';
export { setup, type SetupResult, type SetupSource } from './keys.js';

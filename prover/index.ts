// inferproof/prover: keys, witnesses, proofs. Node only; snarkjs and circom2 stand behind it.
export { audit, type AuditOptions, type AuditResult } from './audit.js';
export { check, type CheckResult } from './check.js';
export { prove, type ProveOptions, type ProveResult } from './prove.js';
export { setup, type SetupResult, type SetupSource } from './setup/index.js';
export { closeCurve as close } from './snarkjs.js';

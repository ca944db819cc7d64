// inferproof/prover: keys, witnesses, proofs. Node only.
import { closeKernel } from './kernel/index.js';
import { closeCurve } from './snarkjs.js';

export { audit, type AuditOptions, type AuditResult } from './audit.js';
export { check, type CheckResult } from './check.js';
export { prove, type ProveOptions, type ProveResult } from './prove.js';
export { setup, type SetupResult, type SetupSource } from './setup/index.js';

/** Ends the threads of the provers, so that the process can end; the next proof starts them again. */
export async function close(): Promise<void> {
  await closeKernel();
  await closeCurve();
}

// check: does the honest witness of every sample satisfy every constraint? Needs no keys.
import { violations } from '../compiler/circuit/check.js';
import type { Circuit } from '../compiler/circuit/circuit.js';
import { layout } from '../compiler/circuit/layout.js';
import { witness } from '../compiler/circuit/witness.js';
import type { Progress, Samples } from '../compiler/index.js';
import { quantiseInputs } from '../compiler/quantize/inputs.js';
import { linkCircuit } from './gadgets.js';

export interface CheckResult {
  readonly satisfied: boolean;
  readonly rows: number;
  /** Broken rows over all samples. */
  readonly violations: number;
}

/** Throws 'data' and 'range' for samples that do not fit (with `clamp`, values outside their range are moved to its end). */
export async function check(
  circuit: Circuit,
  samples: Samples,
  { clamp = false, onProgress }: { readonly clamp?: boolean; readonly onProgress?: Progress } = {},
): Promise<CheckResult> {
  const quantised = Array.from({ length: samples.count }, (_, i) => quantiseInputs(circuit, samples, i, clamp).stored);
  const wires = layout(circuit);
  const system = await linkCircuit(wires);
  let broken = 0;
  quantised.forEach((stored, i) => {
    const { bytes } = witness(circuit, (tensor) => stored.get(tensor) ?? [], 0n, wires).witness;
    broken += violations(system, bytes, system.nRows).length;
    onProgress?.('check', i + 1, samples.count);
  });
  return { satisfied: broken === 0, rows: system.nRows, violations: broken };
}

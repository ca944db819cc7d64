// check: does the honest witness of every sample satisfy every constraint? Needs no keys.
import { violations } from '../compiler/circuit/violations.js';
import type { Circuit, TensorId } from '../compiler/circuit/circuit.js';
import { arrange, type Arrangement } from '../compiler/circuit/arrange.js';
import { fillSteps, witness } from '../compiler/circuit/witness.js';
import type { Progress, Samples } from '../compiler/index.js';
import { quantiseInputs } from '../compiler/quantize/inputs.js';
import { fillChallenge, fillMultiplicities } from '../compiler/circuit/challenge.js';
import { linkCircuit } from './circom/link.js';
import { randomScalar } from './random.js';

export interface CheckResult {
  readonly satisfied: boolean;
  readonly rows: number;
  /** Broken rows over all samples. */
  readonly violations: number;
}

/**
 * Throws 'data' and 'range' for samples that do not fit (with `clamp`, values outside their range are moved to its end).
 * @example
 * ```ts
 * const { satisfied } = await check(circuit, samples);
 * show(satisfied);
 * ```
 */
export async function check(
  circuit: Circuit,
  samples: Samples,
  { clamp = false, onProgress }: { readonly clamp?: boolean; readonly onProgress?: Progress } = {},
): Promise<CheckResult> {
  const quantised = Array.from({ length: samples.count }, (_, i) => quantiseInputs(circuit, samples, i, clamp).stored);
  return checkQuantised(circuit, quantised, onProgress);
}

/** The same for samples whose inputs are integers already. */
export async function checkQuantised(
  circuit: Circuit,
  quantised: readonly ReadonlyMap<TensorId, Float64Array>[],
  onProgress?: Progress,
): Promise<CheckResult> {
  const wires = arrange(circuit);
  const system = await linkCircuit(wires);
  let broken = 0;
  quantised.forEach((stored, i) => {
    const bytes = wholeWitness(wires, stored);
    broken += violations(system, bytes, system.nRows).length;
    onProgress?.('check', i + 1, quantised.length);
  });
  return { satisfied: broken === 0, rows: system.nRows, violations: broken };
}

/** For a lookup circuit at a challenge that no prover could have known. */
function wholeWitness(wires: Arrangement, stored: ReadonlyMap<TensorId, Float64Array>): Uint8Array {
  const inputs = (tensor: TensorId): ArrayLike<number> => stored.get(tensor) ?? [];
  if (!wires.challenge) return witness(wires, inputs, 0n).witness.bytes;
  const filled = fillSteps(wires, inputs);
  fillMultiplicities(wires, filled);
  while (fillChallenge(wires, filled, randomScalar()) === null);
  return filled.witness.bytes;
}

// What a user wants of `compile`, and what a circuit records of it.
import { InferproofError } from '../verifier/errors.js';
import type { ActivationRange, Argument, CircuitOptions, Publics } from './circuit/circuit.js';
import type { DecisionRule } from './graph/decision.js';
import type { Graph } from './graph/graph.js';
import { ACTIVATION_BITS, MOST_SAMPLES } from './limits.js';
import type { ContractOptions } from './measure/contract.js';
import type { FloatReference } from './measure/run.js';
import { USUAL_BITS } from './measure/settle.js';
import type { Samples } from './quantize/inputs.js';
import type { DeclaredRange } from './quantize/declared-ranges.js';
import { inputRanges } from './quantize/ranges.js';

/** Called as long steps go on; `total` 0 where it is not known. */
export type Progress = (step: string, done: number, total: number) => void;

export interface CompileOptions extends ContractOptions {
  /** 'lookup' (default): the fewest rows. 'plain': proofs that any stock Groth16 verifier takes. */
  readonly argument?: Argument;
  /** Bits of inputs and rescaled activations, 2 to 12; default 8, or what a search on the data finds where these lose accuracy. */
  readonly bits?: number;
  /** Which tensors the verifier sees; default 'input,output'. */
  readonly public?: Publics;
  /**
   * Real range [lo, hi] of an input by name, or a list of them, one for each index along the last axis that has as many. '' stands
   * for every input without one of its own; `name[i]` for column i of an input, the rest of it as without that entry.
   */
  readonly inputRanges?: Readonly<Record<string, DeclaredRange>>;
  /** Size of each symbolic dimension. */
  readonly shapes?: Readonly<Record<string, number>>;
  /** Names of the tensors to compile the model up to: any that a node gives. Default: the outputs that the file declares. */
  readonly outputs?: readonly string[];
  /** Data that ranges are read from and fidelity is measured on. */
  readonly calibration?: Samples;
  /** Class of each sample, for the accuracy in the report. */
  readonly labels?: readonly number[];
  /** What the score output decides, which agreement counts; default: what the model shows, mostly argmax. */
  readonly decision?: DecisionRule;
  /** Float outputs of the original file on samples, by name; the lowered graph in float64 gives what is left out. */
  readonly reference?: FloatReference;
  /** Samples that one proof is of: they share tables, empty rows and the price of verification. Default 1. */
  readonly batch?: number;
  /** Goes on, with a warning, where the accuracy contract is not met. */
  readonly allowLoss?: boolean;
  /** Bytes of an external data file by its location inside the model's folder. */
  readonly externalData?: (location: string) => Uint8Array;
  readonly onProgress?: Progress;
}

/** What is recorded of the options: all that determines the circuit. */
export function circuitOptions(
  graph: Graph,
  options: CompileOptions,
  activations: readonly ActivationRange[] | null,
): CircuitOptions {
  return {
    argument: options.argument ?? 'lookup',
    bits: checkBits(options.bits ?? USUAL_BITS),
    bitsOf: [],
    decision: options.decision ?? null,
    public: options.public ?? 'input,output',
    shapes: options.shapes ?? {},
    outputs: options.outputs ?? null,
    ranges: inputRanges(graph, options.inputRanges ?? {}, options.calibration),
    activations,
    ...batchOption(options.batch),
  };
}

function checkBits(bits: number): number {
  const { least, most } = ACTIVATION_BITS;
  if (Number.isInteger(bits) && bits >= least && bits <= most) return bits;
  throw new InferproofError('usage', `expected ${least} to ${most} bits, got ${bits}`, { where: 'bits' });
}

function batchOption(batch = 1): Pick<CircuitOptions, 'batch'> {
  if (batch === 1) return {};
  if (Number.isInteger(batch) && batch > 1 && batch <= MOST_SAMPLES) return { batch };
  throw new InferproofError('usage', `expected 1 to ${MOST_SAMPLES} samples, got ${batch}`, { where: 'batch' });
}

// The accuracy contract: below its floor a model is not compiled, and between floor and goal it is with a warning. One lost
// decision is always allowed unless the user gave a number: of five it is 20 %, and says nothing.
import { InferproofError } from '../../verifier/errors.js';
import type { Fidelity, OutputPair } from './fidelity.js';

export interface ContractOptions {
  /** Fails with 'accuracy' under this share of equal decisions; default 0.95, and one lost decision is allowed. */
  readonly minAgreement?: number;
  /** Fails with 'accuracy' above this range error of all outputs, of one, or of one target; default 0.03. */
  readonly maxError?: number;
}

/** What a compilation has to show. */
export interface Limits {
  readonly agreement: number;
  /** Decisions that may be lost whatever their share is. */
  readonly spare: number;
  readonly rangeError: number;
  /** Whether the user asked for the figure, so that there must be one. */
  readonly asked: { readonly agreement: boolean; readonly rangeError: boolean };
}

const limits = ({ minAgreement, maxError }: ContractOptions, agreement: number, rangeError: number): Limits => ({
  agreement: minAgreement ?? agreement,
  spare: minAgreement === undefined ? 1 : 0,
  rangeError: maxError ?? rangeError,
  asked: { agreement: minAgreement !== undefined, rangeError: maxError !== undefined },
});

/** What fails. */
export const floorOf = (options: ContractOptions): Limits => limits(options, 0.95, 0.03);
/** What is warned of, and searched for. */
export const goalOf = (options: ContractOptions): Limits => limits(options, 0.99, 0.01);

/** What is not met, a sentence each. */
export function missed({ agreement, decisions, rangeError, perOutput }: Fidelity, limits: Limits): string[] {
  const sentences: string[] = [];
  if (agreement === null ? limits.asked.agreement : !agrees(agreement, decisions, limits))
    sentences.push(`expected an agreement of at least ${limits.agreement}, got ${figure(agreement)}`);
  const expected = `expected a range error of at most ${limits.rangeError}`;
  if (limits.asked.rangeError && !(rangeError !== null && rangeError <= limits.rangeError))
    sentences.push(`${expected}, got ${figure(rangeError)}`);
  for (const { name, rangeError: error, column } of perOutput)
    if (error !== null && error > limits.rangeError)
      sentences.push(
        `${expected}, got ${figure(error)} in ${column === null ? '' : `column ${column} of `}output '${name}'`,
      );
  return sentences;
}

const agrees = (agreement: number, decisions: number, limits: Limits): boolean =>
  agreement >= limits.agreement || Math.round((1 - agreement) * decisions) <= limits.spare;

const figure = (x: number | null): string => (x === null ? 'nothing to compare' : String(Number(x.toPrecision(4))));

/** How far from its limits a model is: it is the nearer, the smaller. */
export function strain({ agreement, rangeError, perOutput }: Fidelity, limits: Limits): number {
  const errors = [rangeError, ...perOutput.map((output) => output.rangeError)].map((error) => error ?? 0);
  const lost = 1 - (agreement ?? 1);
  return Math.max(lost / Math.max(1 - limits.agreement, 1e-6), Math.max(...errors) / Math.max(limits.rangeError, 1e-6));
}

/** Throws 'accuracy' for the first value that nothing can be compared with. */
export function refuseNotFinite(pairs: readonly OutputPair[], count: number, source: string): void {
  for (const { name, float, quantised } of pairs) {
    for (const [values, of] of [
      [float, source],
      [quantised, 'the circuit'],
    ] as const) {
      const i = values.findIndex((x) => !Number.isFinite(x));
      if (i < 0) continue;
      const sample = Math.floor(i / (values.length / count));
      throw new InferproofError('accuracy', `expected finite values to compare, got ${values[i]} from ${of}`, {
        where: `output '${name}', sample ${sample}`,
        hint: 'leave samples out of the data on which the model itself has no answer',
      });
    }
  }
}

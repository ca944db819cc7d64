// The accuracy contract: below its floor a model is not compiled, and between floor and goal it is with a warning. One lost
// decision is always allowed unless the user gave a number: of five it is 20 %, and says nothing.
import { InferproofError } from '../../verifier/errors.js';
import { greatest } from '../extremes.js';
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

const FLOOR = { agreement: 0.95, rangeError: 0.03 };
const GOAL = { agreement: 0.99, rangeError: 0.01 };

/** Range error of a score that is as good as a constant: one in the middle of evenly spread values has 0.25. */
const LOST = 0.2;

const limits = ({ minAgreement, maxError }: ContractOptions, usual: typeof FLOOR): Limits => ({
  agreement: minAgreement ?? usual.agreement,
  spare: minAgreement === undefined ? 1 : 0,
  rangeError: maxError ?? usual.rangeError,
  asked: { agreement: minAgreement !== undefined, rangeError: maxError !== undefined },
});

/** What fails. */
export const floorOf = (options: ContractOptions): Limits => limits(options, FLOOR);
/** What is warned of, and searched for. */
export const goalOf = (options: ContractOptions): Limits => limits(options, GOAL);

/** What is not met, a sentence each. */
export function missed(fidelity: Fidelity, limits: Limits): string[] {
  const { agreement, decisions, rangeError } = fidelity;
  const sentences: string[] = [];
  if (agreement === null ? limits.asked.agreement : !agrees(agreement, decisions, limits))
    sentences.push(`expected an agreement of at least ${limits.agreement}, got ${figure(agreement)}`);
  if (limits.asked.rangeError && !(rangeError !== null && rangeError <= limits.rangeError))
    sentences.push(`expected a range error of at most ${limits.rangeError}, got ${figure(rangeError)}`);
  for (const { what, error, limit } of ranges(fidelity, limits))
    if (error > limit) sentences.push(`expected a range error of at most ${limit}, got ${figure(error)} in ${what}`);
  return sentences;
}

/**
 * Whether no more bits are looked for. Of a few values, too few to show a range, the largest error counts, against twice the limit: they
 * show less than the range, so the figure says more than was lost, and is nothing to warn of.
 */
export const isEnough = (fidelity: Fidelity, limits: Limits): boolean =>
  missed(fidelity, limits).length === 0 && (!isFew(fidelity) || largest(fidelity) <= 2 * limits.rangeError);

const isFew = ({ agreement, perOutput }: Fidelity): boolean =>
  agreement === null && perOutput.every(({ rangeError }) => rangeError === null);

/** Over the range of all values, as their range error is. */
const largest = ({ maxError, meanError, rangeError }: Fidelity): number =>
  maxError && meanError && rangeError ? (rangeError * maxError) / meanError : 0;

/**
 * Outputs, and the worst target of each, with the range error that they may have. Where the output decides, a target is one
 * of the scores: their order counts, and a score by itself fails only where it is lost.
 */
function ranges({ perOutput }: Fidelity, { rangeError: limit }: Limits) {
  return perOutput.flatMap(({ name, decides, rangeError, worst }) => {
    const output = `output '${name}'`;
    const ofTarget = decides ? Math.max(limit, LOST) : limit;
    return [
      ...(rangeError === null ? [] : [{ what: output, error: rangeError, limit }]),
      ...(worst ? [{ what: `column ${worst.column} of ${output}`, error: worst.rangeError, limit: ofTarget }] : []),
    ];
  });
}

const agrees = (agreement: number, decisions: number, limits: Limits): boolean =>
  agreement >= limits.agreement || Math.round((1 - agreement) * decisions) <= limits.spare;

const figure = (x: number | null): string => (x === null ? 'nothing to compare' : String(Number(x.toPrecision(4))));

/** How far from its limits a model is: the nearer, the smaller. */
export function strain(fidelity: Fidelity, limits: Limits): number {
  const share = (loss: number, limit: number): number => loss / Math.max(limit, 1e-6);
  const lost = share(1 - (fidelity.agreement ?? 1), 1 - limits.agreement);
  const whole = share(fidelity.rangeError ?? 0, limits.rangeError);
  return greatest([lost, whole, ...ranges(fidelity, limits).map(({ error, limit }) => share(error, limit))]);
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

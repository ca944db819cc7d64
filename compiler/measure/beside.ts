// What the agreement does not count: a second head, labels and indices beside scores that decide, and an output that is 0 in all the data.
// Each may decide otherwise than the floats without a figure that says so, so a sentence does.
import { goalOf } from './contract.js';
import { errorsOf, relativeError } from './errors.js';
import type { Floats } from './run.js';
import { agreementOf, areNumbers, comparable, judgedPairs, type OutputPair } from './fidelity.js';

/**
 * A sentence for each output besides those that the agreement is of, where it loses more than is warned of.
 * @param ofGraph what the lowered graph gives: integers that the file has otherwise are warned of apart (integers.ts)
 */
export function besideWarnings(pairs: readonly OutputPair[], ofGraph: Floats): string[] {
  const judged = new Set(judgedPairs(pairs));
  const goal = goalOf({}).agreement;
  return pairs.flatMap((pair) => {
    const own = areNumbers(pair) ? pair : { ...pair, float: ofGraph[pair.name] };
    const sentence = lostOrder(own, judged.has(pair) ? 0 : goal) ?? ofNothing(pair);
    return sentence === null ? [] : [`output '${pair.name}': ${sentence}`];
  });
}

function lostOrder(pair: OutputPair, goal: number): string | null {
  if (!comparable(pair)) return null;
  const [equal, of] = agreementOf(pair);
  if (equal >= goal * of) return null;
  const lost = of - equal;
  return areNumbers(pair)
    ? `the agreement is of another output, and ${lost} of ${of} choices in this one are not those of the floats; where it decides, compile it alone (--outputs) or give more --bits`
    : `${lost} of its ${of} integers are not those of the floats, and no part of the agreement; give more --bits, or leave it out with --outputs`;
}

function ofNothing(pair: OutputPair): string | null {
  if (!areNumbers(pair)) return null;
  const errors = errorsOf(pair.float, pair.quantised);
  return relativeError(errors) === null
    ? `the floats are 0 in all of the data, the integers up to ${Number(errors.max.toPrecision(4))} from it; give data in which it is not`
    : null;
}

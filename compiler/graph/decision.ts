// What an output decides, and so what the agreement with the float model counts: where nobody says it, as far as the model
// shows.
import { InferproofError } from '../../verifier/errors.js';
import type { Decision } from '../../verifier/words.js';
import { termsOf } from '../linear/map.js';
import { realOf } from '../recipes/index.js';
import type { RealPrimitive } from '../recipes/real.js';
import type { ValueId } from '../recipes/values.js';
import { isFloat, sizeOf, type DType } from '../tensor.js';
import type { Graph } from './graph.js';

export type { Decision } from '../../verifier/words.js';
export type DecisionRule = Decision['rule'];

const NONE: Decision = { rule: 'none', axis: null };

/** The place of the only output, else of the first float one with more than one element; -1 where there is none. */
export const scoreOutput = (
  outputs: readonly { readonly dtype: DType; readonly shape: readonly number[] }[],
): number => (outputs.length === 1 ? 0 : outputs.findIndex(({ dtype, shape }) => isFloat(dtype) && sizeOf(shape) > 1));

/**
 * What each output decides, in order: the argmax along its classes; the sign of one value under a sigmoid; nothing where
 * there is another single value, integers that are no steps of a scale, which are compared as they are, values in order, whose places are other integers, or
 * the shape of an input, which an autoencoder gives back.
 * @param wanted of the score output, instead of what the model shows
 * Throws 'usage' where an output has no values to choose from.
 */
export function decisionsOf(
  graph: Pick<Graph, 'values' | 'inputs' | 'outputs' | 'steps'>,
  wanted: DecisionRule | null,
): Decision[] {
  const score = scoreOutput(graph.outputs.map(({ value }) => graph.values[value]));
  if (wanted !== null && wanted !== 'none' && score < 0) refuse(wanted, 'none with more than one element');
  return graph.outputs.map(({ value, read }, i): Decision => {
    const { shape, dtype } = graph.values[value];
    const axis = read?.axis ?? classAxis(shape);
    const choice = (shape[axis] ?? 1) > 1;
    if (i === score && wanted !== null) {
      if (wanted === 'sign' || wanted === 'none') return { rule: wanted, axis: null };
      return choice ? { rule: wanted, axis } : refuse(wanted, `shape [${shape.join(', ')}]`);
    }
    const maker = makerOf(graph, value);
    if (maker?.isOrdered) return NONE;
    const saysSo = read !== null && read.axis !== null;
    const isNumber = isFloat(dtype) || maker?.givesSteps === true;
    if (!isNumber || (!saysSo && sizeOf(shape) > 1 && givesBack(graph, shape))) return NONE;
    if (choice) return { rule: 'argmax', axis };
    return read?.function === 'sigmoid' ? { rule: 'sign', axis: null } : NONE;
  });
}

/** Whether a shape is that of an input, as an autoencoder's output. */
export const givesBack = ({ values, inputs }: Pick<Graph, 'values' | 'inputs'>, shape: readonly number[]): boolean =>
  inputs.some(({ value }) => sameShape(values[value].shape, shape));

/** The record of the step that makes a value, its elements moved or scaled at most, where it is the step's first value. */
function makerOf({ steps }: Pick<Graph, 'steps'>, value: ValueId): RealPrimitive | null {
  const step = steps.find(({ outs }) => outs.includes(value));
  if (step === undefined) return null;
  const record = realOf(step);
  const map = record.map?.(step.own);
  if (map === undefined) return step.outs[0] === value ? record : null;
  return termsOf(map) === map.size && step.sources.length === 1 ? makerOf({ steps }, step.sources[0]) : null;
}

/** The axis of the classes: the last one of scores, tokens and sequences, that of the channels of pictures, N x C x H x W. */
const classAxis = (shape: readonly number[]): number => (shape.length >= 4 ? 1 : shape.length - 1);

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

function refuse(rule: DecisionRule, got: string): never {
  throw new InferproofError('usage', `expected an output with values to choose from, got ${got}`, {
    where: `decision ${rule}`,
    hint: 'sign and none need no values to choose from',
  });
}

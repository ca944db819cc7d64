// Integers beside scores that decide are no figure of the contract. What the lowered graph makes otherwise than the file, a leaf's number
// or an index, would show nowhere: so its integers are held against those of the float reference.
import { InferproofError } from '../../verifier/errors.js';
import { decisionsOf, scoreOutput, type DecisionRule } from '../graph/decision.js';
import type { Graph, GraphOutput } from '../graph/graph.js';
import { isFloat } from '../tensor.js';
import { floorOf, type ContractOptions } from './contract.js';
import type { Floats } from './run.js';
import type { Data } from './some-samples.js';

/** Scores that are nearer to one another than float32 adds them up, of the greatest: either class may be the label. */
const EVEN = 2 ** -18;

/**
 * A warning for each output of integers that are not those of the reference on some sample; none where the scores are even there.
 * @param ofGraph what the lowered graph gives in float64
 * @param data with what the reference gives: `ofGraph` where it gives nothing
 * Throws 'accuracy' where fewer are equal than the contract's floor of agreement, unless a loss is allowed.
 */
export function integerWarnings(
  graph: Graph,
  ofGraph: Floats,
  { samples: { count }, floats, source }: Data,
  options: ContractOptions & { readonly allowLoss?: boolean; readonly decision?: DecisionRule },
): string[] {
  const floor = floorOf(options);
  const decisions = decisionsOf(graph, options.decision ?? null);
  const score = scoreOutput(graph.outputs.map(({ value }) => graph.values[value]));
  if (score === -1 || decisions[score].rule === 'none') return [];
  const isEven = evenSamples(graph, graph.outputs[score], floats, count);
  return graph.outputs.flatMap(({ name, value, read }, k) => {
    const [ours, theirs] = [ofGraph[name], floats[name]];
    const { dtype } = graph.values[value];
    // booleans are decisions, and steps of a scale have errors of their own
    const isCounted = !isFloat(dtype) && dtype !== 'bool' && decisions[k].rule === 'none' && read === null;
    if (!isCounted || ours === theirs || ours.length !== theirs.length) return [];
    const each = ours.length / count;
    const other = [...ours.keys()].filter((i) => ours[i] !== theirs[i] && !isEven(Math.floor(i / each)));
    if (other.length === 0) return [];
    const [first] = other;
    const where = `output '${name}', sample ${Math.floor(first / each)}`;
    const what = `${other.length} of its ${ours.length} integers are not those of ${source}: ${ours[first]} for ${theirs[first]}`;
    const isLost = other.length > floor.spare && other.length > (1 - floor.agreement) * ours.length;
    if (isLost && options.allowLoss !== true)
      throw new InferproofError('accuracy', `expected the integers of the float model: ${what}`, {
        where,
        hint: 'float32 rounds otherwise where they jump, or the file is misread, a fault to report: leave the output out with --outputs, or accept it with --allow-loss', // prettier-ignore
      });
    return [`${where}: ${what}`];
  });
}

/** Whether the two greatest scores of a sample are even but for rounding; no sample where it has several rows of scores. */
function evenSamples(
  graph: Graph,
  { name, value }: GraphOutput,
  floats: Floats,
  count: number,
): (sample: number) => boolean {
  const n = floats[name].length / count;
  if (n !== graph.values[value].shape.at(-1)) return () => false;
  return (sample) => {
    const [most, second] = floats[name].slice(sample * n, (sample + 1) * n).sort((a, b) => b - a);
    return most - second <= EVEN * Math.abs(most);
  };
}

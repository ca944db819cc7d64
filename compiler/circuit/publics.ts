// Inputs and outputs as the verification key describes them.
import type { PublicTensor } from '../../verifier/words.js';
import type { Circuit, TensorId } from './circuit.js';
import { bitLength } from '../primitives/gadget.js';

type Described = Pick<Circuit, 'tensors' | 'inputs' | 'outputs'>;

/** The inputs and outputs that the verifier sees, in word order. */
export function publicTensors({
  options,
  inputs,
  outputs,
}: Pick<Circuit, 'options' | 'inputs' | 'outputs'>): TensorId[] {
  const wanted = options.public.split(',');
  return [
    ...(wanted.includes('input') ? inputs.map((input) => input.tensor) : []),
    ...(wanted.includes('output') ? outputs.map((output) => output.tensor) : []),
  ];
}

/** Samples that one proof is of. */
export const batchOf = ({ options: { batch } }: Pick<Circuit, 'options'>): number => batch ?? 1;

/** What the key says of the publics, in word order. */
export const publicsOf = (circuit: Described & Pick<Circuit, 'options'>): PublicTensor[] =>
  publicTensors(circuit).map((id) => publicTensor(circuit, id));

/** The layout of an input or output, public or not: its chunks are the whole bytes that hi - lo needs. */
export function publicTensor({ tensors, inputs, outputs }: Described, id: TensorId): PublicTensor {
  const { shape, lo, hi, scale, zero, axis, encoding, columns } = tensors[id];
  const output = outputs.find((one) => one.tensor === id);
  const name = output?.name ?? inputs.find((one) => one.tensor === id)?.name ?? tensors[id].name;
  const read = output?.read;
  const bits = 8 * Math.max(Math.ceil(bitLength(hi - lo) / 8), 1);
  return {
    name,
    role: output ? 'output' : 'input',
    shape,
    lo,
    hi,
    bits,
    scale,
    zero,
    axis,
    softmax: read?.function === 'softmax' && read.axis !== null ? { axis: read.axis } : null,
    ...(read && read.function !== 'softmax' ? { read } : {}),
    ...(output && { decision: output.decision }),
    ...(output?.labels && { labels: output.labels }),
    ...(encoding && { encoding }),
    ...(columns && { columns }),
  };
}

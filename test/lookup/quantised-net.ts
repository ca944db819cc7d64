// A net of onnxruntime's integer operators, small enough to lie about each wire: a convolution whose line shifts by 31 bits, and a
// dense layer with an accumulator that no line has.
import { compile } from '#compiler/index.js';
import type { Circuit } from '#compiler/circuit/circuit.js';
import { withVariants } from '#compiler/circuit/uses.js';
import { integersOf } from '../compiler/operator-cases/case.js';
import { floats, modelBytes, type TensorInit } from '../compiler/onnx-models.js';

const byte = (value: number): TensorInit => integersOf([], [value], 'int8');
const scale = (...values: number[]): TensorInit => floats(values.length === 1 ? [] : [values.length], values);
const none = (count: number): TensorInit => integersOf([count], new Array<number>(count).fill(0), 'int8');

export const quantisedNetModel = (): Uint8Array =>
  modelBytes({
    inputs: { x: [1, 2, 3, 3] },
    nodes: [
      { op: 'QuantizeLinear', in: ['x', 'sx', 'zx'], out: ['q'] },
      { op: 'QLinearConv', in: ['q', 'sx', 'zx', 'w', 'sw', 'zw', 'sh', 'zh', 'b'], out: ['h'] },
      { op: 'Flatten', in: ['h'], out: ['flat'] },
      { op: 'QGemm', domain: 'com.microsoft', in: ['flat', 'sh', 'zh', 'v', 'sv', 'zv', 'c', 'sy', 'zy'], out: ['o'] },
      { op: 'DequantizeLinear', in: ['o', 'sy', 'zy'] },
    ],
    initializers: {
      ...{ sx: scale(0.02), zx: byte(-5), sh: scale(0.1385), zh: byte(-20), sy: scale(0.1385), zy: byte(-20) },
      w: integersOf([2, 2, 2, 2], [1, -16, 37, 50, 88, -120, 7, 99, 60, -9, 4, -33, -127, 77, 120, 45], 'int8'),
      ...{ sw: scale(0.00637, 0.00369), zw: none(2), b: integersOf([2], [40, -300], 'int32') },
      v: integersOf([8, 2], [1, 10, -2, 5, 14, -7, 9, 3, -11, 6, 4, -8, 13, -1, 12, -3], 'int8'),
      ...{ sv: scale(0.2137, 0.335), zv: none(2), c: integersOf([2], [12, -45], 'int32') },
    },
  });

export const quantisedNet = async (argument: 'lookup' | 'plain'): Promise<Circuit> =>
  (await compile(quantisedNetModel(), { argument })).circuit;

/** Each rescale by a table of its own. */
export const withTables = (circuit: Circuit): Circuit => {
  const pick = (index: number): string | undefined => (circuit.steps[index].kind === 'rescale' ? 'table' : undefined);
  return { ...circuit, steps: withVariants(circuit, circuit.rangeBits!, pick) };
};

// Exporters hand a constant on through Identity, Cast and nodes that shape it. A function that is written out with it is the one that it is
// with the bare number: the circuits are the same.
import { describe, expect, it } from 'vitest';
import { compile, encodeCircuit } from '#compiler/index.js';
import { floats, int32s, ints, modelBytes, type ModelInit, type NodeInit } from './onnx-models.js';

/** Nodes that read numbers by their decimals; the last gives y. */
type Written = readonly NodeInit[];
const node = (op: string, of: string[], out = 'y', attributes: NodeInit['attributes'] = {}): NodeInit => ({ op, in: of, out: [out], name: `${op} ${out}`, attributes }); // prettier-ignore
const last = { axes: [1] };

const FUNCTIONS: Readonly<Record<string, Written>> = {
  sigmoid: [node('Neg', ['x'], 'n'), node('Exp', ['n'], 'e'), node('Add', ['e', '1'], 's'), node('Div', ['1', 's'])],
  'the sigmoid of the other sign': [node('Exp', ['x'], 'e'), node('Add', ['1', 'e'], 's'), node('Div', ['1', 's'])],
  'a sigmoid by its reciprocal': [node('Mul', ['x', '-1'], 'n'), node('Exp', ['n'], 'e'), node('Add', ['e', '1'], 's'), node('Reciprocal', ['s'])],
  softsign: [node('Abs', ['x'], 'a'), node('Add', ['a', '1'], 's'), node('Mul', ['s', '2'], 'm'), node('Div', ['x', 'm'])],
  tanh: [node('Mul', ['x', '2'], 'd'), node('Exp', ['d'], 'e'), node('Add', ['e', '1'], 's'), node('Div', ['2', 's'], 'q'), node('Sub', ['1', 'q'])],
  GELU: [node('Mul', ['x', '0.5'], 'q'), node('Erf', ['q'], 'e'), node('Add', ['e', '1'], 's'), node('Mul', ['x', 's'], 'p'), node('Mul', ['p', '0.5'])],
  softmax: [node('Mul', ['x', '0.5'], 'h'), node('Exp', ['h'], 'e'), node('ReduceSum', ['e', 'axis'], 's', { keepdims: 1 }), node('Div', ['e', 's'])],
  'layer norm': [node('ReduceMean', ['x'], 'm', last), node('Sub', ['x', 'm'], 'd'), node('Pow', ['d', '2'], 'p'), node('ReduceMean', ['p'], 'v', last), node('Add', ['v', '0.5'], 'a'), node('Sqrt', ['a'], 'r'), node('Div', ['d', 'r'])],
}; // prettier-ignore

type Tensors = NonNullable<ModelInit['initializers']>;
interface HandedOn {
  readonly nodes: NodeInit[];
  readonly initializers?: Tensors;
}
type Hand = (c: number, name: string) => HandedOn;
const through =
  (op: string, given: (c: number) => Tensors[string], attributes: NodeInit['attributes'] = {}, more: Tensors = {}): Hand =>
  (c, name) => ({
    initializers: { [`${name} given`]: given(c), ...more },
    nodes: [{ op, in: [`${name} given`, ...Object.keys(more)], out: [name], attributes }],
  }); // prettier-ignore
const scalar = (c: number) => floats([], [c]);
const FLOAT = 1;

const HANDED: Readonly<Record<string, Hand>> = {
  Identity: through('Identity', scalar),
  'two of them': (c, name) => ({ initializers: { [`${name} 0`]: scalar(c) }, nodes: [{ op: 'Identity', in: [`${name} 0`], out: [`${name} 1`] }, { op: 'Identity', in: [`${name} 1`], out: [name] }] }), // prettier-ignore
  'a Constant': (c, name) => ({ nodes: [{ op: 'Constant', in: [], out: [name], attributes: { value_float: { float: c } } }] }), // prettier-ignore
  'a Constant of a list': (c, name) => ({ nodes: [{ op: 'Constant', in: [], out: [name], attributes: { value_floats: { floats: [c] } } }] }), // prettier-ignore
  'Identity of a Constant': (c, name) => ({ nodes: [{ op: 'Constant', in: [], out: [`${name} 0`], attributes: { value_float: { float: c } } }, { op: 'Identity', in: [`${name} 0`], out: [name] }] }), // prettier-ignore
  'a Cast': through('Cast', (c) => (Number.isInteger(c) ? int32s(c) : scalar(c)), { to: FLOAT }),
  Reshape: through('Reshape', scalar, {}, { one: ints(1) }),
  Unsqueeze: through('Unsqueeze', scalar, {}, { 'axis 0': ints(0) }),
  Squeeze: through('Squeeze', (c) => floats([1, 1], [c])),
  'Squeeze of an axis': through('Squeeze', (c) => floats([1, 1], [c]), {}, { 'axis 0': ints(0) }),
};

async function circuitOf(written: Written, hand: Hand): Promise<unknown> {
  const numbers = [...new Set(written.flatMap(({ in: of }) => of))].filter((name) => !Number.isNaN(Number(name)));
  const handed = numbers.map((name) => hand(Number(name), name));
  const bytes = modelBytes({
    inputs: { x: [1, 4] },
    nodes: [...handed.flatMap(({ nodes }) => nodes), ...written],
    initializers: Object.assign({ axis: ints(1) }, ...handed.map((one) => one.initializers)) as Tensors,
  });
  // a range over which the quotient of a sigmoid that is not seen as one has no integers
  const { circuit } = await compile(bytes, { inputRanges: { x: [-24, 24] } });
  const { modelSha256, ...rest } = JSON.parse(encodeCircuit(circuit)) as Record<string, unknown>;
  return rest;
}

describe.each(Object.keys(FUNCTIONS))('%s', (name) => {
  const bare = circuitOf(FUNCTIONS[name], (c, of) => ({ nodes: [], initializers: { [of]: scalar(c) } }));
  it.each(Object.keys(HANDED))('with its constants through %s', async (way) => {
    expect(await circuitOf(FUNCTIONS[name], HANDED[way])).toEqual(await bare);
  });
});

it('a quotient without integers is refused as unbounded at its node', async () => {
  const bytes = modelBytes({
    inputs: { x: [1, 4] },
    nodes: FUNCTIONS['the sigmoid of the other sign'] as NodeInit[],
    initializers: { 1: scalar(1.001) }, // no sigmoid
  });
  const refused = compile(bytes, { inputRanges: { x: [-24, 24] } });
  await expect(refused).rejects.toMatchObject({ code: 'unbounded', where: 'Div y (Div)' });
});

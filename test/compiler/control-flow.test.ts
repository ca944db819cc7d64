// Graphs inside nodes: what they read and hide, what is refused, and where the refusal says that it is.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { inspect } from '#compiler/index.js';
import { decode } from '#compiler/onnx/decode.js';
import { lower } from '#compiler/onnx/lower.js';
import { bools, errorOf, floats, ints, modelBytes, runModel, type BodyInit, type ModelInit, type NodeInit } from './onnx-models.js'; // prettier-ignore

const scalar = (value: number) => ({ dims: [], dataType: Type.INT64, int64Data: [BigInt(value)] });
const body = (init: BodyInit) => ({ body: init });
const keep: BodyInit = { nodes: [{ op: 'Identity', in: ['x'], out: ['k'] }], outputs: ['k'] };
const negate: BodyInit = { nodes: [{ op: 'Neg', in: ['x'], out: ['n'] }], outputs: ['n'] };
const branch = (condition: string, yes: BodyInit, no: BodyInit, out = 'y'): NodeInit => ({
  op: 'If',
  name: 'branch',
  in: [condition],
  out: [out],
  attributes: { then_branch: body(yes), else_branch: body(no) },
});
const known = (value: 0 | 1) => ({ known: bools([], [value]) });
const ask: NodeInit[] = [
  { op: 'ReduceSum', in: ['x'], out: ['sum'], attributes: { keepdims: 0 } },
  { op: 'Greater', in: ['sum', 'zero'], out: ['live'] },
];
const zero = { zero: floats([], [0]) };
const refused = (model: ModelInit) => {
  const { code, message, where, hint } = errorOf(() => lower(decode(modelBytes(model))));
  return { code, message, where, hint };
};
const x3 = { x: [3] };
const odd: BodyInit = { nodes: [{ op: 'Bernoulli', name: 'dice', in: ['x'], out: ['d'] }], outputs: ['d'] };

/** x, so many rounds of the body. */
const loop = (count: string, inner: BodyInit): NodeInit => ({
  op: 'Loop',
  name: 'loop',
  in: [count, '', 'x'],
  attributes: { body: body(inner) },
});
const rounds = (nodes: NodeInit[], outputs = ['on', 'w']): BodyInit => ({ inputs: ['i', 'on', 'v'], nodes, outputs });

describe('If', () => {
  it('is the branch that a constant chooses, whatever stands in the other', () => {
    const model = (value: 0 | 1, other: BodyInit) => ({ inputs: x3, initializers: known(value), nodes: [branch('known', value === 1 ? negate : other, value === 1 ? other : negate)] }); // prettier-ignore
    expect(runModel(modelBytes(model(1, odd)), { x: [1, -2, 3] }).data).toEqual([-1, 2, -3]);
    expect(runModel(modelBytes(model(0, keep)), { x: [1, -2, 3] }).data).toEqual([-1, 2, -3]);
  });

  it('computes both branches of a live condition, and gives the one that it names', () => {
    const bytes = modelBytes({
      inputs: x3,
      initializers: zero,
      nodes: [...ask, branch('live', negate, keep)],
      opset: 13,
    });
    expect(runModel(bytes, { x: [1, -2, 3] }).data).toEqual([-1, 2, -3]);
    expect(runModel(bytes, { x: [1, -2, -3] }).data).toEqual([1, -2, -3]);
  });

  it('refuses branches of unlike shapes under a live condition', () => {
    const part: BodyInit = { nodes: [{ op: 'ReduceSum', in: ['x'], out: ['s'] }], outputs: ['s'] };
    expect(refused({ inputs: x3, initializers: zero, nodes: [...ask, branch('live', part, keep)], opset: 13 })).toEqual(
      {
        code: 'unsupported',
        message:
          'expected branches of one shape under a condition that depends on the input, got float32 [1] and float32 [3] for output 0',
        where: "node 'branch' (If, opset 13)",
        hint: 'make both branches give tensors of one shape and type, or fix the condition when exporting',
      },
    );
  });

  it('reads what is made behind it in the file, and hides names of the graph around it', () => {
    const own: BodyInit = { nodes: [{ op: 'Neg', in: ['late'], out: ['t'] }, { op: 'Add', in: ['t', 'x'], out: ['late2'] }], outputs: ['late2'] }; // prettier-ignore
    const hides: BodyInit = { nodes: [branch('known', own, keep, 'inner')], initializers: { late: floats([3], [5, 5, 5]) }, outputs: ['inner'] }; // prettier-ignore
    const nodes: NodeInit[] = [branch('known', hides, keep, 'a'), branch('known', own, keep, 'b'), { op: 'Add', in: ['x', 'x'], out: ['late'] }, { op: 'Add', in: ['a', 'b'] }]; // prettier-ignore
    const bytes = modelBytes({ inputs: x3, initializers: known(1), nodes });
    expect(runModel(bytes, { x: [1, 2, 3] }).data).toEqual([1 - 5 - 1, 2 - 5 - 2, 3 - 5 - 3]);
  });
});

describe('Loop', () => {
  it('writes its rounds out, each node with the number of its round', () => {
    const nodes: NodeInit[] = [{ op: 'Relu', name: 'r', in: ['v'], out: ['a'] }, { op: 'Sub', in: ['a', 'x'], out: ['w'] }]; // prettier-ignore
    const bytes = modelBytes({ inputs: x3, initializers: { m: scalar(3) }, nodes: [loop('m', rounds(nodes))] });
    const { data, graph } = runModel(bytes, { x: [1, -2, 3] });
    expect(data).toEqual([-1, 6, -3]);
    expect(graph.values.filter(({ operator }) => operator === 'Relu').map(({ node }) => node)).toEqual(['loop[0]/r', 'loop[1]/r', 'loop[2]/r']); // prettier-ignore
  });

  it('may run not at all', () => {
    const nodes: NodeInit[] = [{ op: 'Neg', in: ['v'], out: ['w'] }];
    const model = { inputs: x3, initializers: { m: scalar(0) }, nodes: [loop('m', rounds(nodes))] };
    expect(runModel(modelBytes(model), { x: [1, 2, 3] }).data).toEqual([1, 2, 3]);
    const added = { ...loop('m', rounds(nodes, ['on', 'w', 'w'])), out: ['', 'y'] };
    expect(refused({ ...model, nodes: [added] }).message).toContain('expected a round at least, got none');
  });

  it('refuses a live number of rounds, a live condition and rounds without end', () => {
    const nodes: NodeInit[] = [{ op: 'Neg', in: ['v'], out: ['w'] }];
    const count: NodeInit[] = [{ op: 'ArgMax', in: ['x'], out: ['live'], attributes: { keepdims: 0 } }];
    expect(refused({ inputs: x3, nodes: [...count, loop('live', rounds(nodes))] })).toMatchObject({
      message: 'expected a number of rounds that is constant, got one that depends on the input',
      where: "node 'loop' (Loop, opset 17)",
    });
    const asks: NodeInit[] = [...nodes, { op: 'ReduceMax', in: ['w'], out: ['most'], attributes: { keepdims: 0 } }, { op: 'Greater', in: ['most', 'zero'], out: ['goes'] }]; // prettier-ignore
    const live = { inputs: x3, initializers: { m: scalar(2), ...zero }, nodes: [loop('m', rounds(asks, ['goes', 'w']))] }; // prettier-ignore
    expect(refused(live)).toMatchObject({
      message: 'expected a condition that is constant in every round, got one that depends on the input',
      hint: expect.stringContaining('keep the old values by a Where') as unknown,
    });
    // after the last round nothing asks for it
    expect(runModel(modelBytes({ ...live, initializers: { m: scalar(1), ...zero } }), { x: [1, 2, 3] }).data).toEqual([-1, -2, -3]); // prettier-ignore
    const many = { inputs: x3, initializers: { m: scalar(1e9) }, nodes: [loop('m', rounds(nodes))] };
    expect(refused(many).message).toBe('expected at most 1024 rounds, got 1000000000');
    expect(refused({ ...many, nodes: [loop('', rounds(nodes))] }).message).toBe('expected at most 1024 rounds, got 1025'); // prettier-ignore
  });
});

describe('what cannot be proved inside a node', () => {
  const inLoop: NodeInit[] = [{ op: 'Bernoulli', name: 'dice', in: ['v'], out: ['d'] }, { op: 'Add', in: ['d', 'x'], out: ['w'] }]; // prettier-ignore

  it('is named with its place, once', () => {
    const model: ModelInit = { inputs: x3, initializers: { m: scalar(3) }, nodes: [loop('m', rounds(inLoop))] };
    expect(inspect(modelBytes(model))).toMatchObject({
      nodes: 3,
      operators: { Loop: 1, Bernoulli: 1, Add: 1 },
      unsupported: [{ node: 'loop[0]/dice', op: 'Bernoulli' }],
    });
    expect(refused(model).where).toBe("node 'loop[0]/dice' (Bernoulli, opset 17)");
  });

  it('is listed beside the node that is refused itself', () => {
    const count: NodeInit[] = [{ op: 'ArgMax', in: ['x'], out: ['live'], attributes: { keepdims: 0 } }];
    const nested: BodyInit = { nodes: [branch('known', odd, keep, 'w')], inputs: ['i', 'on', 'v'], outputs: ['on', 'w'] }; // prettier-ignore
    const model: ModelInit = { inputs: x3, initializers: known(1), nodes: [...count, loop('live', nested)] };
    expect(inspect(modelBytes(model)).unsupported.map(({ node }) => node)).toEqual(['loop', 'loop/dice']);
  });

  it('has a reason where a branch reads it through the If', () => {
    const nodes: NodeInit[] = [{ op: 'Gemm', in: ['x', 'w'], out: ['h'] }, branch('known', { nodes: [{ op: 'Multinomial', name: 'bad', in: ['h'], out: ['q'] }], outputs: ['q'] }, keep, 'b'), { op: 'Neg', in: ['b'] }]; // prettier-ignore
    const model = { inputs: { x: [1, 3] }, initializers: { ...known(1), w: floats([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]) }, nodes }; // prettier-ignore
    expect(inspect(modelBytes(model))).toMatchObject({ cut: ['h'], unsupported: [{ node: 'branch/bad' }] });
  });

  it('is a graph at a depth that no exporter writes', () => {
    let inner = keep;
    for (let i = 0; i < 20; i++) inner = { nodes: [branch('known', inner, keep, 'o')], outputs: ['o'] };
    expect(refused({ inputs: x3, initializers: known(1), nodes: [branch('known', inner, keep)] }).message).toBe('expected graphs inside at most 16 others, got more'); // prettier-ignore
  });
});

it('a sequence is refused by name, with what to write', () => {
  const nodes: NodeInit[] = [{ op: 'SequenceConstruct', name: 's', in: ['x'], out: ['q'] }, { op: 'SequenceAt', in: ['q', 'i'] }]; // prettier-ignore
  expect(refused({ inputs: x3, initializers: { i: ints(0) }, nodes }).hint).toContain('join them with Concat');
});

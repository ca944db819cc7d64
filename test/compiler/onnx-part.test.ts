// The part of a model that is compiled: the order of its nodes, what its outputs need, where the user cuts it; and what a file
// may not say of itself.
import { describe, expect, it } from 'vitest';
import { compile, inspect, modelInputs, recompile } from '#compiler/index.js';
import { encodeCircuit } from '#compiler/circuit/json.js';
import { decode } from '#compiler/onnx/decode.js';
import { OPERATORS } from '#compiler/onnx/operators/index.js';
import { errorOf, floats, graphOf, ints, modelBytes, runModel, runOutputs, type ModelInit, type NodeInit } from './onnx-models.js'; // prettier-ignore

/** x [1, 2] -> Gemm h -> Relu r -> Gemm y */
const nodes: readonly NodeInit[] = [
  { op: 'Gemm', name: 'first', in: ['x', 'v'], out: ['h'] },
  { op: 'Relu', name: 'bend', in: ['h'], out: ['r'] },
  { op: 'Gemm', name: 'second', in: ['r', 'w'], out: ['y'] },
];
const perceptron: ModelInit = {
  inputs: { x: [1, 2] },
  nodes: [...nodes],
  initializers: { v: floats([2, 3], [1, -2, 3, -4, 5, 6]), w: floats([3, 2], [1, 2, -3, 4, 5, -6]) },
};
const x = [0.5, -0.25];

describe('nodes out of order', () => {
  const expected = runModel(modelBytes(perceptron), { x });

  it.each([
    [2, 1, 0],
    [1, 2, 0],
    [2, 0, 1],
    [0, 2, 1],
  ])('are sorted: %i, %i, %i', (...order) => {
    const bytes = modelBytes({ ...perceptron, nodes: order.map((i) => nodes[i]) });
    expect(runModel(bytes, { x })).toEqual(expected);
    expect(graphOf(bytes)).toEqual(graphOf(modelBytes(perceptron)));
  });

  it('stay as they are where they are in order', () => {
    const names = ['b', 'a', 'd', 'c'];
    const bytes = modelBytes({
      inputs: { x: [1, 2] },
      nodes: [...names.map((name) => ({ op: 'Relu', in: ['x'], out: [name] })), { op: 'Sum', in: names }],
    });
    expect(graphOf(bytes).values.map(({ name }) => name)).toEqual(['x', ...names, 'y']);
  });

  it('may be thousands in a row, the last one first', () => {
    const count = 20_000;
    const chain = Array.from({ length: count }, (_, i) => {
      return { op: 'Identity', in: [i === 0 ? 'x' : `t${i}`], out: [i === count - 1 ? 'y' : `t${i + 1}`] };
    });
    expect(runModel(modelBytes({ inputs: { x: [1, 2] }, nodes: chain.reverse() }), { x }).data).toEqual(x);
  });

  it('that need each other are refused by name', () => {
    const round = (length: number) =>
      errorOf(() =>
        graphOf(
          modelBytes({
            inputs: { x: [1] },
            nodes: Array.from({ length }, (_, i) => {
              return { op: 'Add', name: `n${i}`, in: ['x', `t${(i + length - 1) % length}`], out: [`t${i}`] };
            }),
            outputs: ['t0'],
          }),
        ),
      );
    expect(round(1)).toMatchObject({ code: 'format', message: "expected nodes without a cycle, got 'n0' -> 'n0'" });
    expect(round(3)).toMatchObject({
      code: 'format',
      message: "expected nodes without a cycle, got 'n1' -> 'n2' -> 'n0' -> 'n1'",
      where: "node 'n0'",
    });
    expect(round(40).message).toMatch(/^expected nodes without a cycle, got ('n\d+' -> ){6}34 more -> 'n1'$/);
  });
});

describe('nodes that no output needs', () => {
  /** A head that cannot be proved behind the scores, which another name made the output. */
  const headless: ModelInit = {
    ...perceptron,
    nodes: [
      { op: 'Einsum', name: 'odd', in: ['x', 'gone'], out: ['z'] },
      ...nodes,
      { op: 'Softmax', name: 'head', in: ['y'], out: ['p'] },
      { op: 'Bernoulli', name: 'tail', in: ['p'], out: ['q'] },
    ],
  };

  it('do not stand in the way, are not listed and not counted', () => {
    expect(runModel(modelBytes(headless), { x })).toEqual(runModel(modelBytes(perceptron), { x }));
    const ofWhole = inspect(modelBytes(perceptron));
    const timeless = (found: typeof ofWhole) => ({ ...found, report: found.report && { ...found.report, seconds: 0 } });
    expect(timeless(inspect(modelBytes(headless)))).toEqual(timeless(ofWhole));
    expect(ofWhole).toMatchObject({ nodes: 3, operators: { Gemm: 2, Relu: 1 }, unsupported: [] });
    expect(graphOf(modelBytes(headless)).ops).toEqual({ Gemm: 2, Relu: 1 });
  });

  it('do not keep a Softmax from being the last node', () => {
    const bytes = modelBytes({ ...headless, outputs: ['p'] });
    expect(runModel(bytes, { x }).read).toEqual({ function: 'softmax', axis: 1 });
  });

  it('do not make a second definition of a tensor legal', () => {
    const twice = modelBytes({ ...perceptron, nodes: [...nodes, { op: 'Relu', in: ['x'], out: ['h'] }] });
    expect(errorOf(() => graphOf(twice)).message).toBe("expected one definition of tensor 'h', got two");
  });
});

describe('a model that is cut', () => {
  const bytes = modelBytes({
    ...perceptron,
    nodes: [...nodes, { op: 'Bernoulli', name: 'tail', in: ['y'], out: ['z'] }],
    outputs: ['z'],
  });

  it('ends at the tensors that are named, in that order', () => {
    const whole = modelBytes({ ...perceptron, outputs: ['y', 'h'] });
    expect(runOutputs(bytes, { x }, { outputs: ['y', 'h'] })).toEqual(runOutputs(whole, { x }));
    expect(graphOf(bytes, { outputs: ['h', 'y'] }).outputs.map(({ name }) => name)).toEqual(['h', 'y']);
    expect(inspect(bytes).unsupported).toMatchObject([{ node: 'tail', op: 'Bernoulli' }]);
    expect(inspect(bytes, { outputs: ['h'] })).toMatchObject({ nodes: 1, params: 6, unsupported: [] });
  });

  it('is recorded, and compiled to the same circuit again', async () => {
    const options = { outputs: ['r', 'y'], inputRanges: { '': [-1, 1] as const } };
    const { circuit } = await compile(bytes, options);
    expect(circuit.options.outputs).toEqual(options.outputs);
    expect(circuit.outputs.map(({ name }) => name)).toEqual(options.outputs);
    expect(encodeCircuit(recompile(bytes, circuit)!.circuit)).toBe(encodeCircuit(circuit));
    expect((await compile(modelBytes(perceptron), { inputRanges: options.inputRanges })).circuit.options.outputs).toBe(
      null,
    );
  });

  it('ends at a tensor of the model, named once', () => {
    const wrong = (...outputs: string[]) => errorOf(() => graphOf(bytes, { outputs }));
    expect(wrong('tail')).toMatchObject({
      code: 'usage',
      where: '--outputs',
      hint: "that is a node: its output is 'z'",
    });
    expect(wrong('Y1').hint).toBe("did you mean 'y'?");
    expect(wrong('something else').hint).toBe("the model's outputs are z; any tensor of it can be named");
    expect(wrong('v').message).toBe("expected a tensor of the model, got 'v'");
    expect(wrong('y', 'y').message).toBe("expected each tensor once, got 'y' twice");
    expect(wrong().message).toBe('expected names of tensors, got none');
    expect(errorOf(() => inspect(bytes, { outputs: ['nowhere'] })).code).toBe('usage');
  });
});

/** The model with the declared shapes of its outputs. */
const declaring = (init: ModelInit, shapes: readonly (readonly (number | string)[])[]): Uint8Array => {
  const output = (init.outputs ?? ['y']).map((name, i) => {
    const dim = shapes[i].map((d) =>
      typeof d === 'number'
        ? { value: { case: 'dimValue' as const, value: BigInt(d) } }
        : { value: { case: 'dimParam' as const, value: d } },
    );
    return { name, type: { value: { case: 'tensorType' as const, value: { elemType: 1, shape: { dim } } } } };
  });
  return modelBytes({ ...init, graph: { output } });
};

describe('the declared shape of an output', () => {
  const two: ModelInit = { ...perceptron, outputs: ['h', 'y'] };

  it.each([
    [
      [
        [1, 3],
        [1, 2],
      ],
    ],
    [
      [
        ['batch', 3],
        ['n', 'm'],
      ],
    ],
    [
      [
        [1, 'n'],
        [1, ''],
      ],
    ],
  ])('agrees: %j', (shapes) => {
    expect(() => graphOf(declaring(two, shapes))).not.toThrow();
  });

  it.each([
    [
      [
        [1, 3],
        [1, 3],
      ],
      "output 'y' to have the shape that the file declares, [1, 3], got [1, 2]",
    ],
    [[[3], [1, 2]], "output 'h' to have the shape that the file declares, [3], got [1, 3]"],
    [
      [
        ['n', 4],
        [1, 2],
      ],
      "output 'h' to have the shape that the file declares, [n, 4], got [1, 3]",
    ],
    [[[], [1, 2]], "output 'h' to have the shape that the file declares, [], got [1, 3]"],
  ])('contradicts the nodes: %j', (shapes, message) => {
    const bytes = declaring(two, shapes);
    expect(errorOf(() => graphOf(bytes))).toMatchObject({ code: 'unsupported', message: `expected ${message}` });
    expect(inspect(bytes).unsupported).toEqual([
      {
        node: message.replace(/'(.) .*/, "'$1").replace(/ to have.*/, ''),
        op: '',
        reason: expect.stringContaining(message),
      },
    ]);
  });

  it('of another output than the wanted ones does not matter', () => {
    expect(() => graphOf(declaring(two, [[7], [1, 2]]), { outputs: ['y', 'r'] })).not.toThrow();
  });
});

describe('a model without inputs', () => {
  const bytes = modelBytes({
    inputs: {},
    nodes: [{ op: 'Relu', in: ['w'] }],
    initializers: { w: floats([2], [1, -2]) },
  });

  it('is refused by whatever reads it', async () => {
    const message = 'expected a model with inputs, got one without: its outputs are constants';
    const refused = { code: 'unsupported', message };
    expect(errorOf(() => graphOf(bytes))).toMatchObject(refused);
    expect(errorOf(() => modelInputs(bytes))).toMatchObject(refused);
    await expect(compile(bytes)).rejects.toMatchObject(refused);
    expect(inspect(bytes).unsupported).toEqual([
      { node: 'the graph', op: 'input', reason: expect.stringContaining(message) },
    ]);
  });

  it('is not one whose outputs are constant by their shapes', async () => {
    const constant = modelBytes({ inputs: { x: [1, 3] }, nodes: [{ op: 'Shape', in: ['x'] }], outputType: 7 });
    expect(runModel(constant, { x: [1, 2, 3] })).toMatchObject({ shape: [2], data: [1, 3] });
    await expect(compile(constant, { inputRanges: { x: [0, 1] } })).resolves.toBeDefined();
  });
});

describe('a tensor that is constant by its shape', () => {
  it('can be what an operator wants to be constant', () => {
    const bytes = modelBytes({
      inputs: { x: [1, 3] },
      nodes: [
        { op: 'ArgMax', in: ['x'], out: ['at'], attributes: { axis: 0 } },
        { op: 'Gather', in: ['x', 'at'], attributes: { axis: 1 } },
      ],
    });
    expect(runModel(bytes, { x: [4, 5, 6] })).toMatchObject({ shape: [1, 1, 3], data: [4, 4, 4] });
    expect(graphOf(bytes).steps.map(({ kind }) => kind)).toEqual(['input', 'linear']);
  });
});

describe('the inputs and outputs of a node', () => {
  const node = (op: string, inputs: string[], opset: number, out = ['y'], attributes: NodeInit['attributes'] = {}) =>
    modelBytes({
      inputs: { x: [1, 2, 4] },
      nodes: [{ op, name: 'it', in: inputs, out, attributes }],
      initializers: { one: floats([], [1]), at: ints(0) },
      opset,
    });

  it.each([
    ['Neg', ['x', 'x'], 17, 'expected 1 input of Neg in opset 17, got 2'],
    ['Add', ['x', 'x', 'x'], 17, 'expected 2 inputs of Add in opset 17, got 3'],
    ['Add', ['x'], 17, 'expected 2 inputs of Add in opset 17, got 1'],
    ['Clip', ['x', 'one', 'one', 'one'], 17, 'expected 1 to 3 inputs of Clip in opset 17, got 4'],
    ['Clip', ['x', 'one'], 10, 'expected 1 input of Clip in opset 10, got 2'],
    ['Unsqueeze', ['x', 'at'], 12, 'expected 1 input of Unsqueeze in opset 12, got 2'],
    ['Pad', ['x', 'at', '', 'at'], 17, 'expected 2 to 3 inputs of Pad in opset 17, got 4'],
    ['Concat', [], 17, 'expected 1 or more inputs of Concat in opset 17, got 0'],
    ['Constant', ['x'], 17, 'expected 0 inputs of Constant in opset 17, got 1'],
  ])('%s of %j in opset %i', (op, inputs, opset, message) => {
    const bytes = node(op, inputs, opset);
    expect(errorOf(() => graphOf(bytes))).toMatchObject({
      code: 'unsupported',
      message,
      where: `node 'it' (${op}, opset ${opset})`,
    });
    expect(inspect(bytes).unsupported).toMatchObject([{ node: 'it', op }]);
  });

  it('more outputs than there are, read or not', () => {
    const pool = { kernel_shape: [2] };
    expect(errorOf(() => graphOf(node('Relu', ['x'], 17, ['y', 'z']))).message).toBe('expected 1 output of Relu in opset 17, got 2'); // prettier-ignore
    expect(errorOf(() => graphOf(node('MaxPool', ['x'], 7, ['y', 'z'], pool))).message).toBe('expected 1 output of MaxPool in opset 7, got 2'); // prettier-ignore
    expect(() => graphOf(node('MaxPool', ['x'], 8, ['y', 'z'], pool))).not.toThrow();
  });

  it('names that are left empty at the end are none', () => {
    expect(() => graphOf(node('Neg', ['x', ''], 17, ['y', '']))).not.toThrow();
    expect(() => graphOf(node('Sum', ['x', 'x', ''], 17))).not.toThrow();
    expect(() => graphOf(node('Clip', ['x', '', ''], 17))).not.toThrow();
  });

  it('are declared for every operator, its forms from the oldest on', () => {
    for (const { op, domain } of OPERATORS) {
      const forms = OPERATORS.filter((one) => one.op === op && one.domain === domain);
      for (const { inputs: [least, most], outputs } of forms) expect(least <= most && outputs >= 1, op).toBe(true); // prettier-ignore
      expect(forms.map(({ since }) => since), op).toEqual(forms.map(({ since }) => since).sort((a, b) => a - b)); // prettier-ignore
    }
    expect(decode(node('Neg', ['x'], 17)).nodes).toHaveLength(1);
  });
});

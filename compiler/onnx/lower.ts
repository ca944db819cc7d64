// Model -> Graph: binds the shapes, then writes each node that the outputs need in primitives, in the order of the file.
import { InferproofError } from '../../verifier/errors.js';
import { budgetOf, type Budget } from '../budget.js';
import { checkGraph } from '../graph/check.js';
import type { Graph, GraphInput, GraphOutput } from '../graph/graph.js';
import { MAX_TENSOR_ELEMENTS, WORK } from '../limits.js';
import { isFloat, sizeOf, type DType, type Tensor } from '../tensor.js';
import type { Model, ModelBody, ModelNode, ModelValue, Opaque } from './decode.js';
import { graphBuilder, type GraphBuilder, type Operand } from './builder.js';
import { behindRefusals } from './behind.js';
import { OWN_DOMAIN, withGroups } from './groups.js';
import { hintFor } from './hints.js';
import { NEWEST_OPSET, OPERATORS } from './operators/index.js';
import { partOf } from './part.js';
import { everyNode, readsOf, without } from './order.js';
import { constantStrings, isPending, wholeOf, type Result } from './pending.js';
import { outputsFlag, refusedModel, type Refusal } from './refusals.js';

import { withCurves } from './divided-curves.js';
import { lowerNode, placeOf, refusal, type Operator } from './site.js';
import { unusable } from './tensor-data.js';

export interface LowerOptions {
  /** Sizes of symbolic dimensions by name. A symbolic first dimension is 1 unless it is named here. */
  readonly shapes?: Readonly<Record<string, number>> | undefined;
  /** Names of the tensors to compile the model up to; null or none: the outputs that it declares. */
  readonly outputs?: readonly string[] | null | undefined;
}

/**
 * The model in primitives, not fused yet.
 * @param budget the work that the model may ask for
 * @throws 'unsupported' with every node that cannot be proved, or an input of unknown shape; 'format' for a graph
 *   that contradicts itself; 'usage' for a size of a dimension or an output that the model does not have
 */
export function lower(file: Model, options: LowerOptions = {}, budget: Budget = budgetOf(file.bytes)): Graph {
  const part = partOf(file, options.outputs ?? null);
  const model = withCurves(withGroups(part));
  const state = walk(model, options, budget);
  if (state.refusals.length > 0) throw refusedModel(state.refusals);
  const outputs = model.outputs.map(({ name, dims }): GraphOutput => {
    const result = state.read(name, 'the graph output');
    const last = isPending(result) && !result.isWhole() ? result : null;
    const operand = last?.of ?? wholeOf(result);
    if (operand.constant?.length === 0)
      throw new InferproofError('unsupported', `expected an output with elements, got none in '${name}'`, {
        where: name,
      });
    refuseContradiction(name, dims, operand.shape);
    budget.spend(WORK.border * sizeOf(operand.shape), name);
    const { id } = atOutput(name, () => state.builder.alive({ name, node: name, operator: 'Constant' }, operand));
    return { name, value: id, read: last?.read ?? null, ...(last?.labels && { labels: last.labels }) };
  });
  const { builder, inputs, macs } = state;
  const graph: Graph = {
    values: builder.values,
    steps: builder.steps,
    inputs,
    outputs,
    ops: countOps(part),
    params: countParams(part),
    macs: macs(),
  };
  checkGraph(graph);
  return graph;
}

/** What stands in the way of a model: for `inspect`. */
export interface Obstacles {
  readonly refusals: readonly Refusal[];
  /** Nodes behind them that were judged by their operator only, because the shapes that they read are not known. */
  readonly unseen: number;
}

/**
 * Every input and node that cannot be proved. What a refused node gives is taken to have the shape that the file declares, so
 * that the nodes behind it are judged as well.
 */
export const obstacles = (file: Model, options: LowerOptions = {}): Obstacles =>
  walk(withCurves(withGroups(partOf(file, options.outputs ?? null))), options, budgetOf(file.bytes));

/** A file that declares an output otherwise than its nodes make it says two things: neither is to be believed. */
function refuseContradiction(name: string, dims: ModelValue['dims'], shape: readonly number[]): void {
  const agrees =
    dims?.length === shape.length && dims.every((dim, axis) => typeof dim === 'string' || dim === shape[axis]);
  if (dims === null || agrees) return;
  throw new InferproofError(
    'unsupported',
    `expected output '${name}' to have the shape that the file declares, [${dims.join(', ')}], got [${shape.join(', ')}]`,
    {
      where: `output '${name}'`,
      hint: 'correct the declared shape (onnx.shape_inference) or the nodes; --outputs with another tensor leaves this one out',
    },
  );
}

/** Nodes by operator, and the report's other counts: from the nodes, without lowering them. */
export function countOps(model: Model): Record<string, number> {
  const ops = new Map<string, number>();
  for (const { op } of everyNode(model.nodes)) ops.set(op, (ops.get(op) ?? 0) + 1);
  return Object.fromEntries(ops);
}

/** Elements of the float tensors that the file holds and a node reads. */
export function countParams(model: Model): number {
  const nodes = everyNode(model.nodes);
  const read = new Set(nodes.flatMap(readsOf));
  let params = 0;
  const count = (tensor: Tensor | Opaque): void => {
    if (!('data' in tensor)) params += tensor.weights ?? 0;
    else if (isFloat(tensor.dtype)) params += tensor.data.length;
  };
  for (const [name, tensor] of model.initializers) if (read.has(name)) count(tensor);
  for (const { bodies } of nodes)
    for (const { initializers } of bodies.values()) for (const tensor of initializers.values()) count(tensor);
  for (const { op, attributes } of nodes) {
    const value = attributes.get('value');
    if (op === 'Constant' && typeof value === 'object' && ('data' in value || 'opaque' in value)) count(value);
  }
  return params;
}

/** The operand of a name, or that it comes from a refused node. */
type Known = Result | 'unknown' | Opaque;

/** The names of a graph; those of a graph inside a node hide those around it. */
interface Scope {
  readonly known: Map<string, Known>;
  readonly around: Scope | null;
  /** What is in front of the names of its nodes. */
  readonly path: string;
  /** The names that its nodes read or its outputs are. */
  readonly wanted: ReadonlySet<string>;
}

const scopeOf = (
  nodes: readonly ModelNode[],
  outputs: readonly string[],
  around: Scope | null,
  path: string,
): Scope => ({
  known: new Map(),
  around,
  path,
  wanted: new Set([...nodes.flatMap(readsOf).filter((name) => name !== ''), ...outputs]),
});

function define({ known }: Scope, name: string, value: Known): void {
  if (name === '') return;
  if (known.has(name)) throw malformed(`expected one definition of tensor '${name}', got two`, name);
  known.set(name, value);
}

function find(scope: Scope | null, name: string): Known | undefined {
  for (let at = scope; at !== null; at = at.around) {
    const found = at.known.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Walk extends Obstacles {
  readonly builder: GraphBuilder;
  readonly inputs: readonly GraphInput[];
  readonly macs: () => number;
  readonly read: (name: string, reader: string) => Result;
}

/** Goes on behind what cannot be proved; then the builder holds stand-ins and no graph. */
function walk(model: Model, options: LowerOptions, budget: Budget): Walk {
  const refusals: Refusal[] = [];
  let unseen = 0;
  const builder = graphBuilder();
  const whole = scopeOf(model.nodes, model.outputs.map(({ name }) => name), null, ''); // prettier-ignore
  const initialise = (scope: Scope, initializers: Model['initializers']): void => {
    for (const [name, tensor] of initializers)
      define(scope, name, 'data' in tensor ? builder.constant(tensor) : tensor);
  };
  initialise(whole, model.initializers);
  const inputs: GraphInput[] = [];
  if (model.inputs.length === 0) refusals.push({ node: 'the graph', op: 'input', error: withoutInputs(), cut: [] });
  for (const { name, bind } of inputBindings(model, options)) {
    try {
      const { shape, dtype } = bind();
      budget.spend(WORK.border * sizeOf(shape), name);
      const input = builder.input({ name, node: name, operator: 'input' }, shape, dtype);
      define(whole, name, input);
      inputs.push({ name, value: input.id });
    } catch (error) {
      if (!(error instanceof InferproofError) || error.code !== 'unsupported') throw error;
      refusals.push({ node: name, op: 'input', error, cut: [] });
      define(whole, name, 'unknown');
    }
  }
  const readIn = (scope: Scope, name: string, reader: string): Result => {
    const operand = find(scope, name);
    if (operand === undefined) throw malformed(`expected a tensor '${name}' for ${reader}, got none`, name);
    if (operand === 'unknown') throw new Unknown();
    if ('opaque' in operand) {
      if (operand.strings) return constantStrings(builder, operand.strings);
      const [message, hint] = unusable(operand, `'${name}'`);
      throw new InferproofError('unsupported', message, { where: name, hint });
    }
    return operand;
  };

  const operandOf = (name: string): Operand | null => {
    const result = whole.known.get(name);
    return typeof result !== 'object' || 'opaque' in result ? null : isPending(result) ? result.of : result;
  };
  const behind = behindRefusals(model, builder, operandOf, sizes(model, options));
  let macs = 0;
  /** Every node so far, by how errors name it. */
  const places = new Map<string, ModelNode>();

  /**
   * @param outermost the node of the model that it is, or lies in
   * @param isCut whether to say where the model can be cut in front of it
   */
  const refuse = (error: InferproofError, node: ModelNode, outermost: ModelNode, isCut = true): void => {
    // a softmax is refused where a node computes with it: it is listed itself, once
    const at = places.get(error.where ?? '') ?? node;
    if (at !== node && refusals.some((one) => one.node === at.name)) return;
    refusals.push({ node: at.name, op: at.op, error: atNode(error, at), cut: isCut && macs > 0 ? behind.cut(at === node ? outermost : at) : [] }); // prettier-ignore
  };

  const visit = (node: ModelNode, scope: Scope, outermost: ModelNode): void => {
    const reader = `node '${node.name}'`;
    places.set(placeOf(node), node);
    const before = refusals.length;
    let [isRefused, entered] = [false, false];
    let outputs: readonly Result[] | null = null;
    let kept: readonly string[] = [];
    try {
      const operator = operatorOf(node, model);
      outputs = lowerNode(node, operator, {
        builder,
        operand: (name) => readIn(scope, name, reader),
        macs: (count) => (macs += count),
        budget,
        run: (body, given, round) => {
          entered = true;
          const results = runBody(body, given, { ...node, name: `${node.name}${round}` }, scope, outermost);
          if (refusals.length > before) throw new Unknown();
          return results();
        },
      });
      const { length } = outputs;
      const extra = node.outputs.findIndex((name, i) => i >= length && scope.wanted.has(name));
      if (extra !== -1) {
        kept = without(model.nodes, model.outputs.map(({ name }) => name), node.outputs[extra]); // prettier-ignore
        throw refusal(
          node,
          `expected a reader of outputs 0 to ${length - 1} only, got one of output ${extra}`,
          kept.length === 0 ? 'remove that output from the model' : `${operator.unproved ?? 'it is not proved'}: leave out what needs it with ${outputsFlag(kept)}`,
        ); // prettier-ignore
      }
    } catch (error) {
      outputs = null;
      isRefused = !(error instanceof Unknown) || refusals.length > before;
      if (error instanceof Unknown) unseen += isRefused ? 0 : 1;
      else if (!(error instanceof InferproofError)) throw error;
      else if (error.code !== 'unsupported') throw atNode(error, node);
      else refuse(error, node, outermost, kept.length === 0);
      if (!entered) judgeBodies(node, outermost);
    }
    node.outputs.forEach(
      (name, i) =>
      define(scope, name, (outputs === null ? (node === outermost ? behind.standIn(node, i) : null) : outputs[i]) ?? 'unknown'), // prettier-ignore
    );
    if (node === outermost) behind.follow(node, isRefused);
  };

  /** The graph of a node, written out once: its outputs, when they are asked for. */
  const runBody = (
    body: ModelBody,
    given: readonly Result[],
    { name: path }: ModelNode,
    around: Scope,
    outermost: ModelNode,
  ): (() => readonly Result[]) => {
    const scope = scopeOf(body.nodes, body.outputs, around, `${path}/`);
    body.inputs.forEach((name, i) => define(scope, name, given[i]));
    const own = new Map([...body.initializers].filter(([name]) => !scope.known.has(name))); // a default of an input
    initialise(scope, own);
    for (const node of body.nodes) {
      budget.spend(WORK.node, `node '${path}/${node.name}'`);
      visit({ ...node, name: `${path}/${node.name}` }, scope, outermost);
    }
    return () => body.outputs.map((name) => readIn(scope, name, `an output of '${path}'`));
  };

  /** The nodes inside one that is refused, by their operators. */
  const judgeBodies = (node: ModelNode, outermost: ModelNode): void => {
    for (const one of [...node.bodies.values()].flatMap((body) => everyNode(body.nodes))) {
      const inner = { ...one, name: `${node.name}/${one.name}` };
      try {
        operatorOf(inner, model);
      } catch (error) {
        if (!(error instanceof InferproofError)) throw error;
        refuse(error, inner, outermost);
      }
    }
  };

  for (const node of model.nodes) visit(node, whole, node);
  return { builder, inputs, macs: () => macs, read: (name, reader) => readIn(whole, name, reader), refusals, unseen };
}

/** Thrown where a node reads what a refused node should have given; never leaves this file. */
class Unknown extends Error {}

const atNode = (error: InferproofError, { name, op, opset }: ModelNode): InferproofError =>
  error.where?.startsWith('node ') === true
    ? error
    : new InferproofError(error.code, error.message, {
        where: `node '${name}' (${op}, opset ${opset})`,
        hint: error.hint,
        cause: error,
      });

/** What `work` gives; its refusal names the output. */
function atOutput<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InferproofError)) throw error;
    throw new InferproofError(error.code, error.message, { where: `output '${name}'`, hint: error.hint, cause: error });
  }
}

/** The form of a node's operator in its opset. */
function operatorOf(node: ModelNode, { functions }: Model): Operator {
  const isWritable = node.domain !== OWN_DOMAIN || node.marks !== undefined;
  const forms = OPERATORS.filter(({ op, domain = '' }) => isWritable && op === node.op && domain === node.domain);
  if (forms.length === 0) {
    const name = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
    const hint = hintFor(node, functions.has(`${node.domain}.${node.op}`));
    throw refusal(node, `expected a supported operator, got ${name} of opset ${node.opset}`, hint);
  }
  if (node.opset > NEWEST_OPSET)
    throw refusal(
      node,
      `expected opset ${NEWEST_OPSET} or older, got ${node.opset}`,
      `export with opset ${NEWEST_OPSET} or older`,
    );
  const operator = forms.findLast(({ since }) => since <= node.opset);
  if (operator === undefined) {
    throw refusal(
      node,
      `expected opset ${forms[0].since} or later for ${node.op}, got ${node.opset}`,
      'convert the model to a current opset with onnx.version_converter',
    );
  }
  return operator;
}

/** An input with its static shape. */
export interface ModelInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/**
 * The model's inputs with static shapes.
 * @throws 'unsupported' for a model without any, and an input that is not a tensor of numbers or has an unbound dimension;
 *   'usage' for a size of a dimension that the model does not have
 */
export function modelInputs(model: Model, options: LowerOptions = {}): ModelInput[] {
  if (model.inputs.length === 0) throw withoutInputs();
  return inputBindings(model, options).map(({ bind }) => bind());
}

const withoutInputs = (): InferproofError =>
  unbound(
    'expected a model with inputs, got one without: its outputs are constants',
    'the graph',
    'export the model with its inputs; a graph input that is also an initializer counts as a constant',
  );

/** The inputs, each to be bound on its own. */
function inputBindings(
  { inputs }: Model,
  { shapes = {} }: LowerOptions,
): { readonly name: string; readonly bind: () => ModelInput }[] {
  const symbols = new Set(inputs.flatMap(({ dims }) => (dims ?? []).filter((dim) => typeof dim === 'string')));
  for (const name of Object.keys(shapes)) {
    if (symbols.has(name)) continue;
    const hint =
      symbols.size === 0
        ? 'all dimensions of this model are fixed: leave --shape out'
        : `symbolic dimensions: ${[...symbols].join(', ')}`;
    throw new InferproofError('usage', `expected a symbolic dimension of the model, got '${name}'`, {
      where: '--shape',
      hint,
    });
  }
  const sizeOfDim = sizes({ inputs }, { shapes });
  const bind = ({ name, dtype, type, dims }: ModelValue): ModelInput => {
    if (dtype === undefined) {
      const hint = type === 'STRING' ? NUMBERED : undefined;
      throw unbound(`expected input '${name}' to be a tensor of numbers, got ${type}`, name, hint);
    }
    if (dims === null)
      throw unbound(`expected a static shape of input '${name}', got none`, name, 'export the model with fixed shapes');
    const shape = dims.map((dim) => {
      const size = sizeOfDim(dim);
      if (size === undefined)
        throw unbound(
          `expected a static shape of input '${name}', got symbolic dimension '${dim}'`,
          name,
          `--shape ${dim}=N`,
        );
      if (!Number.isInteger(size) || size < 1)
        throw unbound(`expected dimensions of at least 1 in input '${name}', got ${size}`, name);
      return size;
    });
    if (!(shape.reduce((n, d) => n * d, 1) <= MAX_TENSOR_ELEMENTS))
      throw unbound(
        `expected at most ${MAX_TENSOR_ELEMENTS} elements in input '${name}', got [${shape.join(', ')}]`,
        name,
      );
    return { name, shape, dtype };
  };
  return inputs.map((input) => ({ name: input.name, bind: () => bind(input) }));
}

/** The size of a dimension: its own, the one given by name, or 1 for a first one of an input; undefined for any other. */
function sizes(
  { inputs }: Pick<Model, 'inputs'>,
  { shapes = {} }: LowerOptions,
): (dim: number | string) => number | undefined {
  const batch = new Set(inputs.map(({ dims }) => dims?.[0]));
  return (dim) =>
    typeof dim === 'number' ? dim : Object.hasOwn(shapes, dim) ? shapes[dim] : batch.has(dim) ? 1 : undefined;
}

const NUMBERED =
  'number the categories outside the proof, by OrdinalEncoder of scikit-learn, and convert the model that reads the numbers; or cut it behind the text with --outputs';
const unbound = (message: string, where: string, hint?: string): InferproofError =>
  new InferproofError('unsupported', message, { where, hint });
const malformed = (message: string, where: string): InferproofError =>
  new InferproofError('format', message, {
    where,
    hint: 'the graph is not valid ONNX: check the model with onnx.checker',
  });

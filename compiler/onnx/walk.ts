// The walk over a model's nodes, in the order of the file and into the graphs inside them: each is lowered, or refused and noted.
import { InferproofError } from '../../verifier/errors.js';
import type { Budget } from '../budget.js';
import type { GraphInput } from '../graph/graph.js';
import { WORK } from '../limits.js';
import { sizeOf } from '../tensor.js';
import type { Model, ModelBody, ModelNode } from './model.js';
import { graphBuilder, type GraphBuilder, type Operand } from './builder.js';
import { behindRefusals } from './behind.js';
import { lowerNode } from './lower-node.js';
import { inputBindings, sizes, withoutInputs, type ShapeOptions } from './model-inputs.js';
import { operatorOf } from './operator-of.js';
import { everyNode, without } from './order.js';
import { constantStrings, isPending, type Result } from './pending.js';
import { outputsFlag, type Refusal } from './refusals.js';
import { define, find, scopeOf, type Scope } from './scopes.js';
import { placeOf, refusal } from './site.js';
import { unusable } from './tensor-data.js';

/** What stands in the way of a model: for `inspect`. */
export interface Obstacles {
  readonly refusals: readonly Refusal[];
  /** Nodes behind them that were judged by their operator only, because the shapes that they read are not known. */
  readonly unseen: number;
}

export interface Walk extends Obstacles {
  readonly builder: GraphBuilder;
  readonly inputs: readonly GraphInput[];
  readonly macs: () => number;
  readonly read: (name: string, reader: string) => Result;
}

/** Goes on behind what cannot be proved; then the builder holds stand-ins and no graph. */
export function walk(model: Model, options: ShapeOptions, budget: Budget): Walk {
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
    const operand = find(scope, name, reader);
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

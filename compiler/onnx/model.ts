// A model as its file says it: nodes, tensors and what they are declared to be. Nothing is interpreted yet: unknown operators and unbound
// shapes are still here, so that `inspect` can name them all.
// https://onnx.ai/onnx/repo-docs/IR.html
import type { DType, Tensor } from '../tensor.js';
import type { Opaque } from './tensor-data.js';

/** An attribute as ONNX types it; int64 beyond 2^53 are rounded (they occur only to mean "to the end"). */
export type AttributeValue = number | string | Tensor | readonly number[] | readonly string[] | Opaque;

export interface ModelNode {
  /** The node's name, or `Op#index` where it has none. */
  readonly name: string;
  readonly op: string;
  /** '' is the standard domain, also spelt 'ai.onnx'. */
  readonly domain: string;
  /** Version of the node's domain that the file imports; 0 when it imports none. */
  readonly opset: number;
  /** '' stands for an optional input that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** Attributes that are graphs: the branches of an If, the body of a Loop. */
  readonly bodies: ReadonlyMap<string, ModelBody>;
  /** What they read of the tensors around the node. */
  readonly captured: readonly string[];
  /** Of a node that groups.ts wrote; a node of a file has none. */
  readonly marks?: Marks;
}

/** What a group has that no attribute of its operator says. */
export interface Marks {
  /** Integers between which a Relu or a Clip in front of the result leaves it. */
  readonly ends?: readonly [least: number, most: number];
  /** Integers of int8 are computed with as uint8, 128 more. */
  readonly unsigned?: true;
}

/** A graph inside a node. Its names hide those around it. */
export interface ModelBody {
  /** Those that its outputs need, sorted. */
  readonly nodes: readonly ModelNode[];
  readonly initializers: ReadonlyMap<string, Tensor | Opaque>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A graph's input or output. */
export interface ModelValue {
  readonly name: string;
  /** undefined: not a tensor, or of elements without a meaning here; `type` names it. */
  readonly dtype: DType | undefined;
  readonly type: string;
  /** A string is a symbolic dimension (its name, or `NAME_axis`); null is an unknown rank. */
  readonly dims: readonly (number | string)[] | null;
  /** What each dimension stands for, '' where the file does not say. */
  readonly denotations: readonly string[];
}

export interface Model {
  /** Of the file and those beside it. */
  readonly bytes: number;
  readonly irVersion: number;
  readonly producer: string;
  /** Version by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly ModelNode[];
  readonly initializers: ReadonlyMap<string, Tensor | Opaque>;
  /** The files that lie beside the model, by location, in the order of their first use. */
  readonly external: ReadonlyMap<string, Uint8Array>;
  /** Without the initializers that files before IR 4 list here too. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** What the file declares of tensors: its value_info and its outputs. Used for messages, never believed. */
  readonly declared: ReadonlyMap<string, ModelValue>;
  /** The operators that the file itself defines, as `domain.name`. */
  readonly functions: ReadonlySet<string>;
  /** What the file says of itself, by keys of its exporter. */
  readonly metadata: ReadonlyMap<string, string>;
}

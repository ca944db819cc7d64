// The names that nodes read: those of a graph inside a node hide those around it.
import { InferproofError } from '../../verifier/errors.js';
import type { ModelNode } from './model.js';
import type { Opaque } from './tensor-data.js';
import { readsOf } from './order.js';
import type { Result } from './pending.js';

/** The operand of a name, or that it comes from a refused node. */
type Known = Result | 'unknown' | Opaque;

/** The names of a graph; those of a graph inside a node hide those around it. */
export interface Scope {
  readonly known: Map<string, Known>;
  readonly around: Scope | null;
  /** What is in front of the names of its nodes. */
  readonly path: string;
  /** The names that its nodes read or its outputs are. */
  readonly wanted: ReadonlySet<string>;
}

export const scopeOf = (
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

export function define({ known }: Scope, name: string, value: Known): void {
  if (name === '') return;
  if (known.has(name)) throw malformed(`expected one definition of tensor '${name}', got two`, name);
  known.set(name, value);
}

/** @throws 'format' where no graph around the reader defines it */
export function find(scope: Scope, name: string, reader: string): Known {
  for (let at: Scope | null = scope; at !== null; at = at.around) {
    const found = at.known.get(name);
    if (found !== undefined) return found;
  }
  throw malformed(`expected a tensor '${name}' for ${reader}, got none`, name);
}

const malformed = (message: string, where: string): InferproofError =>
  new InferproofError('format', message, {
    where,
    hint: 'the graph is not valid ONNX: check the model with onnx.checker',
  });

// What stands in the way of proving a model: the nodes that were refused while it was lowered, grouped for people, and the
// one error that names them all.
import { InferproofError } from '../../verifier/errors.js';

/** A node that cannot be proved, or an input of the model (`op` is 'input' then). */
export interface UnsupportedNode {
  readonly node: string;
  readonly op: string;
  /** What is wrong and what to do. */
  readonly reason: string;
}

/** A refusal as it was found. */
export interface Refusal {
  readonly node: string;
  readonly op: string;
  readonly error: InferproofError;
  /** The tensors in front of the node, all of which can be proved: what the model can be cut down to. */
  readonly cut: readonly string[];
}

/** The nodes of one operator that are refused for one reason. */
export interface RefusalGroup {
  readonly op: string;
  readonly reason: string;
  readonly hint: string | undefined;
  /** Their names, in the order of the model. */
  readonly nodes: readonly string[];
}

export const unsupportedNode = ({ node, op, error, cut }: Refusal): UnsupportedNode => ({
  node,
  op,
  reason: error.hint === undefined && cut.length === 0 ? error.message : `${error.message}: ${wayOut(error.hint, cut)}`,
});

export function groupRefusals(refusals: readonly Refusal[]): RefusalGroup[] {
  const groups = new Map<string, RefusalGroup & { readonly nodes: string[] }>();
  for (const { node, op, error } of refusals) {
    const { message: reason, hint } = error;
    const key = JSON.stringify([op, reason, hint]);
    const group = groups.get(key) ?? { op, reason, hint, nodes: [] };
    group.nodes.push(node);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** One error for all refusals: the first of them where it is the only one. */
export function refusedModel(refusals: readonly Refusal[]): InferproofError {
  const [{ error, cut }] = refusals;
  const groups = groupRefusals(refusals);
  const { code, where } = error;
  if (refusals.length === 1)
    return new InferproofError(code, error.message, { where, hint: wayOut(error.hint, cut), cause: error.cause });
  const operators = [...new Set(groups.map(({ op }) => (op === 'input' ? 'inputs' : op)))];
  const lines = groups.map(({ op, reason, hint, nodes }) => {
    const way = hint === undefined ? '' : `: ${hint}`;
    const count = nodes.length === 1 ? '' : `${nodes.length} nodes, `;
    return `${op} (${count}${firstNames(nodes)}): ${reason}${way}`;
  });
  if (cut.length > 0) lines.push(cutBefore(cut, 'the first of them'));
  return new InferproofError(
    code,
    `expected nodes that can be proved, got ${refusals.length} that cannot: ${operators.join(', ')}`,
    { where, hint: lines.map((line) => line.replaceAll('\n', ' ')).join('\n'), cause: error },
  );
}

/**
 * "a, b, c and 4 more"
 * @example
 * ```ts
 * firstNames(['a', 'b', 'c', 'd', 'e'], 2); // → 'a, b and 3 more'
 * ```
 */
export const firstNames = (names: readonly string[], most = 3): string =>
  names.length > most + 1 ? `${names.slice(0, most).join(', ')} and ${names.length - most} more` : names.join(', ');

/**
 * How to prove the part of a model that ends in these tensors.
 * @example
 * ```ts
 * cutBefore(['logits'], 'the softmax'); // → 'cut the model before the softmax: --outputs logits'
 * ```
 */
export const cutBefore = (cut: readonly string[], what: string): string =>
  `cut the model before ${what}: ${outputsFlag(cut)}`;

/** The flag that proves these tensors alone, as a shell takes it. */
export const outputsFlag = (names: readonly string[]): string =>
  `--outputs ${shellWord(names.map((name) => name.replaceAll(',', ',,')).join(','))}`;

function wayOut(hint: string | undefined, cut: readonly string[]): string | undefined {
  if (cut.length === 0) return hint;
  return `${hint === undefined ? '' : `${hint}; or `}${cutBefore(cut, 'it')}`;
}

/** A word of a command, quoted where a shell would read it as more than a word. */
const shellWord = (text: string): string => (/^[\w.,/:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

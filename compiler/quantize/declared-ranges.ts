// Ranges of inputs as users declare them: of a whole input, one for each index along an axis, or of single columns.
import { InferproofError } from '../../verifier/errors.js';
import type { Ends, InputRange } from '../circuit/circuit.js';
import type { Graph } from '../graph/graph.js';
import type { Value } from '../recipes/values.js';

/** Declared by a user: the range of a whole input, or one for each index along an axis. */
export type DeclaredRange = Ends | readonly Ends[];

/** The declared ranges of single columns: `name[i]`, where no input has that very name. */
export function declaredColumns(
  { inputs }: Pick<Graph, 'inputs'>,
  declared: Readonly<Record<string, DeclaredRange>>,
): ReadonlyMap<string, ReadonlyMap<number, Ends>> {
  const names = inputs.map(({ name }) => name);
  const columns = new Map<string, Map<number, Ends>>();
  for (const [key, range] of Object.entries(declared)) {
    if (key === '' || names.includes(key)) continue;
    const [, name, index] = /^(.*)\[(\d+)\]$/s.exec(key) ?? [];
    if (name === undefined || !names.includes(name)) {
      throw new InferproofError('usage', `expected the name of an input, got '${key}'`, {
        where: 'input range',
        hint: `the model's inputs are ${names.join(', ')}`,
      });
    }
    if (!isPair(range)) throw usage('expected one range LO,HI of a column, got a list', key);
    columns.set(name, (columns.get(name) ?? new Map<number, Ends>()).set(Number(index), checked(range, key)));
  }
  return columns;
}

/** A declared range of a whole input: a pair, or one for each index along the last axis that has as many. */
export function declaredRange({ name, shape }: Value, declared: DeclaredRange): InputRange {
  if (isPair(declared)) return { axis: null, ends: [checked(declared, name)] };
  const ends = declared.map((pair, c) => checked(pair, `${name}[${c}]`));
  if (ends.length === 1) return { axis: null, ends };
  const axis = shape.lastIndexOf(ends.length);
  if (axis >= 0) return { axis, ends };
  const lengths = shape.flatMap((d, k) => (d === 1 ? [] : [`${d} along axis ${k}`]));
  throw usage(
    `expected a range for each column, ${lengths.length > 0 ? lengths.join(' or ') : '1'}, got ${ends.length}`,
    name,
    `the shape of the input is [${shape.join(', ')}]`,
  );
}

/** What stands for the rest of an input whose every column is declared: any of them, since nothing is left. */
export function allOf({ shape }: Value, columns: ReadonlyMap<number, Ends>): InputRange | null {
  const first = columns.get(0);
  const length = shape[lastAxis(shape)] ?? 1;
  return first && Array.from({ length }, (_, c) => columns.has(c)).every(Boolean)
    ? { axis: null, ends: [first] }
    : null;
}

/** The last axis that has several columns; -1 without one. */
const lastAxis = (shape: readonly number[]): number => shape.findLastIndex((d) => d > 1);

/** A range with some of its columns declared one by one: along its own axis, or the last one that has several. */
export function withColumns({ name, shape }: Value, range: InputRange, columns: ReadonlyMap<number, Ends>): InputRange {
  if (columns.size === 0) return range;
  const axis = range.axis ?? lastAxis(shape);
  const length = axis < 0 ? 1 : shape[axis];
  const beyond = [...columns.keys()].find((c) => c >= length);
  if (beyond !== undefined) {
    throw usage(
      `expected a column below ${length}${axis < 0 ? '' : `, the length of axis ${axis}`}, got ${beyond}`,
      `${name}[${beyond}]`,
      `the shape of the input is [${shape.join(', ')}]`,
    );
  }
  const ends = Array.from({ length }, (_, c) => columns.get(c) ?? range.ends[range.axis === null ? 0 : c]);
  return { axis: length === 1 ? null : axis, ends };
}

const isPair = (range: DeclaredRange): range is Ends => range.length === 2 && typeof range[0] === 'number';

function checked(pair: Ends, where: string): Ends {
  const [lo, hi] = pair;
  if (pair.length === 2 && lo < hi && Number.isFinite(lo) && Number.isFinite(hi)) return [lo, hi];
  throw usage(`expected an input range LO,HI with LO < HI, got ${pair.join(',')}`, where);
}

export const usage = (message: string, where: string, hint?: string): InferproofError =>
  new InferproofError('usage', message, { where, ...(hint !== undefined && { hint }) });

// A random graph while it is written: its nodes, its constants, and the tensors that further nodes may read.
import { generator } from '../circuits.js';
import { floats, ints, type NodeInit, type TensorInit } from '../onnx-models.js';
import type { Reach } from './reach.js';

export interface Random {
  /** From [0, 1). */
  uniform(): number;
  between(lo: number, hi: number): number;
  int(least: number, most: number): number;
  chance(p: number): boolean;
  pick<T>(list: readonly T[]): T;
  normal(): number;
  /** 10 to a power between the two. */
  decades(from: number, to: number): number;
}

export function randomOf(seed: number): Random {
  const uniform = generator(seed);
  const between = (lo: number, hi: number): number => lo + (hi - lo) * uniform();
  const int = (least: number, most: number): number => least + Math.floor(uniform() * (most - least + 1));
  return {
    uniform,
    between,
    int,
    chance: (p) => uniform() < p,
    pick: (list) => list[int(0, list.length - 1)],
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    decades: (from, to) => 10 ** between(from, to),
  };
}

/** A tensor, and where its elements lie. */
export interface Live extends Reach {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Draft {
  readonly random: Random;
  readonly opset: number;
  /** Whether tables of functions may be used: the lookup argument alone has them. */
  readonly hasTables: boolean;
  readonly nodes: NodeInit[];
  readonly initializers: Record<string, TensorInit>;
  /** All tensors so far, the newest last. */
  readonly live: Live[];
}

/** Adds nodes that read x; null where x is of no shape for them. */
export type RandomOperator = (g: Draft, x: Live) => Live | null;

/** Elements of a tensor at most, so that two hundred graphs take seconds. */
export const MOST_ELEMENTS = 128;

/** Other tensors of the same shape. */
export const alike = (g: Draft, x: Live): Live[] =>
  g.live.filter(({ name, shape }) => name !== x.name && shape.join() === x.shape.join());

/** Adds a node and the tensor that it makes. */
export function node(
  g: Draft,
  op: string,
  inputs: readonly string[],
  shape: readonly number[],
  { lo, hi }: Reach,
  attributes: NodeInit['attributes'] = {},
): Live {
  const name = `t${g.nodes.length}`;
  g.nodes.push({ op, name: `${op}_${g.nodes.length}`, in: [...inputs], out: [name], attributes });
  const made = { name, shape, lo, hi };
  g.live.push(made);
  return made;
}

function initializer(g: Draft, tensor: TensorInit): string {
  const name = `c${Object.keys(g.initializers).length}`;
  g.initializers[name] = tensor;
  return name;
}

export const constant = (g: Draft, shape: readonly number[], values: readonly number[]): string =>
  initializer(g, floats([...shape], values));
export const integers = (g: Draft, values: readonly number[]): string => initializer(g, ints(...values));

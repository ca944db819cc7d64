// Layers of one node of the model taken together: what people look for is the node.
import type { LayerReport } from '../compiler/index.js';

export interface Group {
  readonly name: string;
  /** Operators from what it reads to it: "Conv", "Relu". */
  readonly operators: readonly string[];
  readonly primitives: readonly string[];
  readonly shape: readonly number[];
  readonly rows: number;
  /** The groups that it reads, by their places. */
  readonly reads: readonly number[];
  readonly layers: readonly LayerReport[];
}

/** The groups in the order of their first layers. */
export function groupsOf(layers: readonly LayerReport[]): Group[] {
  const keys = layers.map(({ name, operator }) => JSON.stringify([name, operator]));
  const places = new Map([...new Set(keys)].map((key, place) => [key, place]));
  const of = (layer: number): number => places.get(keys[layer])!;
  const members: number[][] = [...places].map(() => []);
  layers.forEach((_, layer) => members[of(layer)].push(layer));
  return members.map((ids, place) => {
    const own = ids.map((id) => layers[id]);
    const last = own[own.length - 1];
    const reads = own.flatMap((layer) => layer.reads.map(of)).filter((one) => one !== place);
    return {
      name: last.name,
      operators: [...new Set([...own.flatMap((layer) => layer.through), last.operator])],
      primitives: [...new Set(own.map((layer) => layer.primitive))],
      shape: last.shape,
      rows: own.reduce((sum, layer) => sum + layer.rows, 0),
      reads: [...new Set(reads)],
      layers: own,
    };
  });
}

/** "Conv, Relu, MaxPool /2/MaxPool", and the name alone for where that is too long. */
export const titlesOf = ({ operators, name }: Pick<Group, 'operators' | 'name'>): readonly [string, string] => [
  operators.length === 1 && operators[0] === name ? name : `${operators.join(', ')} ${name}`,
  name,
];

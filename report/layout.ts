// Where boxes and the lines between them stand, by dagre: whoever reads stands below.
import * as dagre from '@dagrejs/dagre';

/** What we use of it: its own declarations do not resolve under nodenext. */
interface LaidOut {
  setGraph(options: object): void;
  setDefaultEdgeLabel(label: () => object): void;
  setNode(name: string, box: object): void;
  setEdge(from: string, to: string): void;
  graph(): { readonly width: number; readonly height: number };
  node(name: string): Point;
  edges(): { readonly v: string; readonly w: string }[];
  edge(from: string, to: string): { readonly points: readonly Point[] };
}
const { Graph, layout } = dagre as unknown as {
  readonly Graph: new () => LaidOut;
  readonly layout: (graph: LaidOut) => void;
};

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The middle of each box. */
  readonly middles: readonly Point[];
  readonly lines: readonly (readonly Point[])[];
}

/** @param reads for each box, the boxes that it reads */
export function layoutOf(
  reads: readonly (readonly number[])[],
  box: { readonly width: number; readonly height: number },
): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 20, ranksep: 30, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  reads.forEach((_, i) => graph.setNode(String(i), { ...box }));
  reads.forEach((from, i) => from.forEach((one) => graph.setEdge(String(one), String(i))));
  layout(graph);
  return {
    ...graph.graph(),
    middles: reads.map((_, i) => graph.node(String(i))),
    lines: graph.edges().map(({ v, w }) => graph.edge(v, w).points),
  };
}

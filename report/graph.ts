// The graph as boxes: one a node, under those that it reads. dagre says where they stand, Plot draws them.
import { line, rect, text } from '@observablehq/plot';
import type { LayerReport } from '../compiler/index.js';
import { drawing, INK } from './drawing.js';
import { plural, shape } from './figures.js';
import { groupsOf, type Group } from './groups.js';
import { clipped, html, type Html } from './html.js';
import { layoutOf } from './layout.js';

/** Boxes that are drawn; a longer graph has its chains folded, and one that is too long even so is not drawn. */
const MOST_BOXES = 120;
const BOX = { width: 248, height: 78 };
/** Signs that a line of a box has room for. */
const SIGNS = { title: 28, name: 34, facts: 36 };

interface Box {
  readonly title: string;
  readonly name: string;
  readonly size: string;
  readonly primitives: string;
  readonly rows: number;
  readonly reads: readonly number[];
  readonly marked: boolean;
}

/** Boxes that one reads beside those through which it reads the others: residual sums, of which every later box reads all. */
const MOST_READ = 2;

/** The reads of each box that are drawn: where they are many, those alone that no other implies. */
function shownReads(boxes: readonly Box[]): number[][] {
  const above: Set<number>[] = [];
  return boxes.map(({ reads }, i) => {
    above[i] = new Set(reads.flatMap((from) => [from, ...(above[from] ?? [])]));
    if (reads.length <= MOST_READ) return [...reads];
    return reads.filter((from) => !reads.some((other) => other !== from && above[other]?.has(from)));
  });
}

const boxOf = (group: Group, mark: Mark | null): Box => ({
  title: group.operators.join(' → '),
  name: group.name,
  size: shape(group.shape).replaceAll('x', ' × '),
  primitives: group.primitives.join(', '),
  rows: group.rows,
  reads: group.reads,
  marked: mark !== null && group.name === mark.node && group.operators.at(-1) === mark.op,
});

/** A node that is pointed at. */
export interface Mark {
  readonly node: string;
  readonly op: string;
}

/** Chains, in which each box alone reads the one before and nothing else, as one box each. */
function folded(boxes: readonly Box[]): Box[] {
  const readers = boxes.map((): number[] => []);
  boxes.forEach(({ reads }, i) => reads.forEach((from) => readers[from].push(i)));
  const follows = (i: number): boolean => boxes[i].reads.length === 1 && readers[boxes[i].reads[0]].length === 1;
  const chainOf: number[] = [];
  const chains: number[][] = [];
  boxes.forEach(({ reads }, i) => {
    const chain = follows(i) && reads[0] < i ? chainOf[reads[0]] : chains.push([]) - 1;
    chainOf[i] = chain;
    chains[chain].push(i);
  });
  return chains.map((ids, chain) => {
    const [own, last] = [ids.map((id) => boxes[id]), boxes[ids[ids.length - 1]]];
    if (own.length === 1) return { ...last, reads: [...new Set(last.reads.map((id) => chainOf[id]))] };
    const reads = own.flatMap((box) => box.reads.map((id) => chainOf[id])).filter((from) => from !== chain);
    return {
      title: `${plural(own.length, 'node')}: ${own[0].title} … ${last.title}`,
      name: `${own[0].name} … ${last.name}`,
      size: last.size,
      primitives: [...new Set(own.flatMap((box) => box.primitives.split(', ')))].join(', '),
      rows: own.reduce((sum, box) => sum + box.rows, 0),
      reads: [...new Set(reads)],
      marked: own.some((box) => box.marked),
    };
  });
}

function drawn(boxes: readonly Box[]): Html {
  const shown = shownReads(boxes);
  const { width, height, middles, lines } = layoutOf(shown, BOX);
  const placed = boxes.map((box, i) => {
    const { x, y } = middles[i];
    const unseen = box.reads.length - shown[i].length;
    const [left, top] = [x - BOX.width / 2, y - BOX.height / 2];
    return {
      ...{ x1: left, x2: left + BOX.width, y1: top, y2: top + BOX.height },
      stroke: box.marked ? INK.alarm : INK.line,
      title: clipped(box.marked ? `first divergence: ${box.title}` : box.title, SIGNS.title),
      name: clipped(box.name, SIGNS.name),
      size: clipped(`${box.size} · ${plural(box.rows, 'row')}`, SIGNS.facts),
      primitives: clipped(`${box.primitives}${unseen > 0 ? ` · reads ${unseen} more above` : ''}`, SIGNS.facts),
    };
  });
  const edges = lines.flatMap((points, z) => points.map(({ x, y }) => ({ x, y, z })));
  const said = {
    title: 'The graph of the circuit',
    description: `${boxes.length} boxes from the inputs down to the outputs; the table of layers says what each reads.`,
  };
  type Placed = (typeof placed)[number];
  const at = (dy: number) => ({ x: (d: Placed) => d.x1 + 12, y: (d: Placed) => d.y1 + dy, textAnchor: 'start' }) as const; // prettier-ignore
  const svg = drawing(said, Math.ceil(width), Math.ceil(height), [
    line(edges, { x: 'x', y: 'y', z: 'z', curve: 'basis', stroke: INK.faint, strokeWidth: 1.2, markerEnd: 'arrow' }),
    rect(placed, { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', rx: 6, fill: INK.paper, stroke: 'stroke', strokeWidth: 1.4 }),
    text(placed, { ...at(17), text: 'title', fontSize: 13, fontWeight: 600 }),
    text(placed, { ...at(34), text: 'name', fontSize: 11, fill: INK.faint }),
    text(placed, { ...at(51), text: 'size', fontSize: 11 }),
    text(placed, { ...at(67), text: 'primitives', fontSize: 11 }),
  ]); // prettier-ignore
  return html`<div class="scroll graph${width > 700 ? ' broad' : ''}" role="region" aria-label="The graph" tabindex="0">
    ${svg}
  </div>`;
}

/** @param mark the node at which floats, integers and witness part */
export function graphSection(layers: readonly LayerReport[], mark: Mark | null = null): Html {
  const all = groupsOf(layers).map((group) => boxOf(group, mark));
  const boxes = all.length > MOST_BOXES ? folded(all) : all;
  const folding = boxes.length < all.length ? ` Chains of its ${plural(all.length, 'node')} are one box each.` : '';
  const picture =
    boxes.length > MOST_BOXES
      ? html`<p>${plural(all.length, 'node')} are too many to draw; the table below lists them.</p>`
      : drawn(boxes);
  return html`<section>
    <h2>The graph</h2>
    <p>
      A box is a node that has integers of its own: the operators that lead to it, its name, its shape, the primitives
      that prove it and their rows.${folding}
    </p>
    ${picture}
  </section>`;
}

// The error of every node: how far the integers are from the floats, spread by its size.
import { rect, ruleX, text, type Markish } from '@observablehq/plot';
import type { LayerReport } from '../compiler/index.js';
import { bars } from './bars.js';
import { drawing, figure, INK } from './drawing.js';
import { count, percent, plural, real } from './figures.js';
import { groupsOf, titlesOf, type Group } from './groups.js';
import { fitting, html, NOTHING, table, type Html } from './html.js';

/** Nodes that are drawn: those with the greatest errors. */
const MOST_ROWS = 40;
/** Shares of the range between which errors are drawn; smaller ones are of the float64 run itself. */
const [LEAST, MOST] = [1e-7, 1];

type Measured = LayerReport & { readonly errors: NonNullable<LayerReport['errors']>; readonly rangeError: number };
interface Row {
  readonly titles: readonly string[];
  readonly layer: Measured;
}

const isMeasured = (layer: LayerReport): layer is Measured => layer.errors !== null && layer.rangeError !== null;

/** Whether the integers are the floats, but for the last bits of the float64 run. */
const isExact = ({ errors: { range }, maxError }: Measured): boolean => (maxError ?? 0) <= LEAST * range;

/** The last measured layer of each node, in the order of the model. */
const measuredOf = (groups: readonly Group[]): Row[] =>
  groups.flatMap((group): Row[] => {
    const layer = group.layers.findLast(isMeasured);
    return layer ? [{ titles: titlesOf(group), layer }] : [];
  });

/** Those with the greatest errors, in the order of the model. */
function greatest(all: readonly Row[]): Row[] {
  const kept = new Set([...all].sort((a, b) => b.layer.rangeError - a.layer.rangeError).slice(0, MOST_ROWS));
  return all.filter((row) => kept.has(row));
}

const figures = ({ errors: { range }, rangeError, maxError }: Measured): string =>
  range > 0 ? `mean ${percentOf(rangeError)}, largest ${percentOf((maxError ?? 0) / range)}` : 'all floats are 0';

/** A share in two digits, however small. */
const percentOf = (x: number): string => `${Number((100 * x).toPrecision(2))} %`;

/** Bins of a layer: shares of its values by errors relative to its range. */
function binsOf({ errors: { range, exact, first, counts } }: Measured): { readonly from: number; readonly to: number; readonly share: number }[] {
  const all = counts.reduce((sum, n) => sum + n, exact);
  const at = (half: number): number => Math.min(2 ** ((first + half) / 2) / range, MOST);
  return counts
    .map((n, i) => ({ from: at(i), to: at(i + 1), share: n / all }))
    .filter(({ from, share }) => from >= LEAST && share > 0);
} // prettier-ignore

function spreads(rows: readonly Row[]): Html {
  const said = {
    title: 'Errors by node, spread by their size',
    description: rows.map(({ titles, layer }) => `${titles[0]}: ${figures(layer)}`).join('; '),
  };
  const draw = (width: number, isNarrow: boolean): Html => {
    const [step, top, room] = isNarrow ? [66, 34, 26] : [52, 18, 28];
    const axis = 24;
    const bottom = (i: number): number => i * step + top + room;
    const bins = rows.flatMap(({ layer }, i) => {
      const own = binsOf(layer);
      const most = own.reduce((n, { share }) => Math.max(n, share), 0);
      return own.map((bin) => ({ ...bin, y1: bottom(i), y2: bottom(i) - (bin.share / most) * room }));
    });
    const titles = rows.map(({ titles, layer }, i) => ({ title: fitting(titles, isNarrow ? 46 : 62), figures: figures(layer), y: i * step })); // prettier-ignore
    const means = rows.flatMap(({ layer }, i) =>
      layer.rangeError >= LEAST ? [{ x: Math.min(layer.rangeError, MOST), y1: bottom(i), y2: bottom(i) - room }] : [],
    );
    const height = rows.length * step + axis;
    const ticks = [1e-6, 1e-4, 1e-2, 1].map((x) => ({ x, label: `${Number((100 * x).toPrecision(1))} %` }));
    const marks: Markish[] = [
      ruleX(ticks, { x: 'x', stroke: INK.line, y1: 0, y2: height - axis + 4 }),
      rect(bins, { x1: 'from', x2: 'to', y1: 'y1', y2: 'y2', fill: INK.bar, inset: 0.25 }),
      ruleX(means, { x: 'x', y1: 'y1', y2: 'y2', stroke: INK.alarm, strokeWidth: 2 }),
      text(titles, { frameAnchor: 'left', y: 'y', dy: 9, text: 'title', fontSize: 12, stroke: INK.paper, strokeWidth: 4, fill: 'currentColor' }),
      text(titles, { frameAnchor: isNarrow ? 'left' : 'right', y: 'y', dy: isNarrow ? 25 : 9, text: 'figures', fontSize: 12, stroke: INK.paper, strokeWidth: 4, fill: INK.faint }),
      text(ticks, { x: 'x', y: height - 8, text: 'label', textAnchor: 'end', dx: -4, fontSize: 12, fill: INK.faint }),
    ]; // prettier-ignore
    return drawing(said, width, height, marks, { x: { type: 'log', domain: [LEAST, MOST], range: [0, width], axis: null } }); // prettier-ignore
  };
  return figure(
    'Distribution of |float − integer| of each node, as a share of the range of its floats, on a logarithmic axis. The line is the mean.',
    draw,
  );
}

/** What lay beyond the ends of the integers. */
function saturations(groups: readonly Group[]): Html {
  const found = groups.flatMap((group) =>
    group.layers.flatMap(({ saturated, errors }) => {
      if (!saturated || !errors || saturated.values === 0) return [];
      const all = errors.counts.reduce((sum, n) => sum + n, errors.exact);
      return [[titlesOf(group)[0], `${count(saturated.values)} of ${count(all)}`, percent(saturated.share)]];
    }),
  );
  if (found.length === 0) return html`<p>No value of these samples lay beyond the ends of its integers.</p>`;
  return html`<p>${plural(found.length, 'node')} met values beyond the ends of the integers, which stay at the end. More data, or data nearer to what the model will see, widens them.</p>
${table('Saturation', [{ title: 'node' }, { title: 'values', figure: true }, { title: 'of its error', figure: true }], found)}`; // prettier-ignore
}

/** Nothing where nothing was measured. */
export function errorsSection(layers: readonly LayerReport[]): Html {
  const groups = groupsOf(layers);
  const measured = measuredOf(groups);
  if (measured.length === 0) return NOTHING;
  const inexact = measured.filter(({ layer }) => !isExact(layer));
  const rows = greatest(inexact);
  const exact = measured.length - inexact.length;
  const others = [
    exact > 0 ? ` ${plural(exact, 'node')} of ${measured.length} ${exact === 1 ? 'is' : 'are'} exact.` : '',
    inexact.length > rows.length ? ` Below are the ${rows.length} nodes with the greatest errors.` : '',
  ];
  return html`<section>
    <h2>Error by node</h2>
    <p>How far the integers are from the floats on the first samples, up to 32.${others}</p>
    ${rows.length > 0 ? spreads(rows) : NOTHING} ${saturations(groups)}
  </section>`;
}

/** The largest error of each node, in reals: for who has no spread of them. */
export function largestErrors(layers: readonly LayerReport[]): Html {
  const list = groupsOf(layers).flatMap((group) => {
    const value = group.layers.findLast(({ maxError }) => maxError !== null)?.maxError;
    return value == null ? [] : [{ titles: titlesOf(group), value, figures: real(value), fill: INK.bar }];
  });
  if (list.length === 0) return NOTHING;
  const most = [...list].sort((a, b) => b.value - a.value).slice(0, MOST_ROWS);
  const kept = list.filter((bar) => most.includes(bar));
  return html`<section>
    <h2>Error by node</h2>
    ${bars('Largest error by node', 'Largest |float − integer| of each node over these samples, in the units of the node.', kept)}
  </section>`;
}

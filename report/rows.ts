// Where the rows go: how full the domain is, what the next one would cost, and what each node takes of it.
import { rect } from '@observablehq/plot';
import type { Report } from '../compiler/index.js';
import { bars } from './bars.js';
import { drawing, figure, INK } from './drawing.js';
import { bytes, count, duration, percent, plural } from './figures.js';
import { groupsOf, titlesOf } from './groups.js';
import { html, table, type Html } from './html.js';

/** Nodes that have a bar of their own. */
const MOST_BARS = 30;

interface Share {
  readonly titles: readonly string[];
  readonly rows: number;
  readonly fill: string;
}

/** The nodes that take rows, the most first, then what all of them share. */
function sharesOf({ rows, layers, tables }: Report): Share[] {
  const nodes = groupsOf(layers)
    .filter((group) => group.rows > 0)
    .map((group) => ({ titles: titlesOf(group), rows: group.rows, fill: INK.bar }))
    .sort((a, b) => b.rows - a.rows);
  const sum = (shares: readonly { readonly rows: number }[]): number => shares.reduce((n, share) => n + share.rows, 0);
  const rest = nodes.slice(MOST_BARS);
  const others = [
    { titles: [plural(rest.length, 'more node')], rows: sum(rest), fill: INK.bar },
    { titles: [plural(tables.length, 'look-up table')], rows: sum(tables), fill: INK.other },
    { titles: ['public words and sums over tables'], rows: rows - sum(nodes) - sum(tables), fill: INK.other },
  ];
  return [...nodes.slice(0, MOST_BARS), ...others.filter((share) => share.rows > 0)];
}

/** What rows of the domain take of a proof. */
const costOf = ({ perRow }: Report, rows: number): { readonly seconds: number; readonly memory: number } => ({
  seconds: rows * perRow.proveSeconds,
  memory: rows * perRow.memoryBytes,
});

function gauge(report: Report): Html {
  const { domain, rows, reserved, tables, layers } = report;
  const inTables = tables.reduce((sum, one) => sum + one.rows, 0);
  const inLayers = layers.reduce((sum, layer) => sum + layer.rows, 0);
  const parts = [
    { part: 'nodes of the model', rows: inLayers, fill: INK.bar, name: 'bar' },
    { part: 'look-up tables', rows: inTables, fill: INK.other, name: 'other' },
    { part: 'public words and sums', rows: rows - inLayers - inTables + reserved, fill: INK.line, name: 'line' },
    { part: 'free', rows: domain - rows - reserved, fill: INK.free, name: 'free' },
  ].filter((part) => part.rows > 0);
  const said = {
    title: `${count(rows)} of ${count(domain)} rows are used`,
    description: parts.map(({ part, rows }) => `${part}: ${count(rows)}`).join('; '),
  };
  const draw = (width: number): Html => {
    let before = 0;
    const placed = parts.map((part) => ({ ...part, x1: before, x2: (before += (part.rows / domain) * width) }));
    return drawing(said, width, 28, [rect(placed, { x1: 'x1', x2: 'x2', y1: 0, y2: 28, fill: 'fill' })]);
  };
  const key = parts.map(
    ({ part, rows, name }) => html`<li><span class="swatch ${name}"></span>${part}: ${count(rows)}</li>`,
  );
  return html`${figure(`${count(rows)} of ${count(domain)} rows, ${percent(rows / domain)}.`, draw)}
    <ul class="key">
      ${key}
    </ul>`;
}

/** The domain beside the one below and the one above it. */
function domains(report: Report): Html {
  const { domain, rows, reserved, estimate, committed } = report;
  const thirds = !Number.isInteger(Math.log2(domain));
  const [below, above] = committed === 0 ? [1 / 2, 2] : thirds ? [2 / 3, 4 / 3] : [3 / 4, 3 / 2];
  const at = (size: number): readonly [string, string] => {
    const { seconds, memory } = costOf(report, size - domain);
    return [duration(Math.max((estimate.proveSeconds ?? 0) + seconds, 0)), bytes((estimate.memoryBytes ?? 0) + memory)];
  };
  const free = domain - rows - reserved;
  return table(
    'What another domain would change',
    [{ title: 'domain' }, { title: 'what it takes' }, { title: 'proof', figure: true }, { title: 'memory', figure: true }],
    [
      [count(domain * below), `needs ${plural(rows + reserved - domain * below, 'row')} fewer`, ...at(domain * below)],
      [html`<strong>${count(domain)}</strong>`, `this one: ${plural(free, 'row')} free`, ...at(domain)],
      [count(domain * above), `room for ${plural(domain * above - rows - reserved, 'more row')}, ${((domain * above - reserved) / Math.max(rows, 1)).toFixed(1)} times this model`, ...at(domain * above)],
    ],
  ); // prettier-ignore
}

function shares(report: Report): Html {
  const list = sharesOf(report).map(({ titles, rows, fill }) => {
    const { seconds, memory } = costOf(report, rows);
    return { titles, value: rows, figures: `${plural(rows, 'row')} · ${duration(seconds)} · ${bytes(memory)}`, fill };
  });
  const { seconds, memory } = costOf(report, report.domain);
  const { proveSeconds, memoryBytes } = report.estimate;
  const fixed = `${duration(Math.max((proveSeconds ?? 0) - seconds, 0))} and ${bytes(Math.max((memoryBytes ?? 0) - memory, 0))}`;
  const caption = `Rows, and what they add to the time and the memory of a proof, by node: estimates for this machine. Whatever the model, ${fixed} come on top.`; // prettier-ignore
  return bars('Rows, proving time and memory by node', caption, list);
}

export function rowsSection(report: Report): Html {
  return html`<section>
    <h2>Where the rows go</h2>
    <p>
      Most of a proof is what its domain costs: ${report.committed > 0 ? '2^k or 3·2^k' : '2^k'} rows. Free rows cost
      little${report.tables.length > 0 ? ', and compile spends them on precision' : ''}.
    </p>
    ${gauge(report)} ${domains(report)}
    <p>Constant weights take no rows: a convolution or a matrix product with them is part of the node that reads it.</p>
    ${shares(report)}
  </section>`;
}

// What the integers decide beside what the floats decide.
import { cell, text } from '@observablehq/plot';
import type { Report } from '../compiler/index.js';
import { drawing, figure, INK } from './drawing.js';
import { count, percent, plural, real } from './figures.js';
import { clipped, html, NOTHING, table, type Html } from './html.js';

type Decided = NonNullable<Report['decided']>;

/** Classes up to which the matrix is drawn. */
const MOST_CLASSES = 20;
/** Flipped samples that are listed. */
const MOST_FLIPS = 30;

/** How a decision is called: by its label, by what a sign says, by its number. */
function namer({ outputs, decided }: Report): (decision: number) => string {
  const output = outputs.find(({ name }) => name === decided?.output);
  if (output?.decision.rule === 'sign') return (sign) => (sign === 1 ? 'above 0' : 'at most 0');
  const { labels } = output ?? {};
  return (decision) => labels?.names[decision] ?? real(decision);
}

function matrix({ cells }: Decided, name: (decision: number) => string): Html {
  const classes = [...new Set(cells.flatMap(([float, integer]) => [float, integer]))].sort((a, b) => a - b);
  if (classes.length < 2) return NOTHING;
  if (classes.length > MOST_CLASSES) return confusions(cells, name);
  const highest = cells.reduce((n, [, , times]) => Math.max(n, times), 1);
  const data = cells.map(([float, integer, times]) => {
    const isFlip = float !== integer;
    const share = Math.sqrt(times / highest);
    return { float, integer, times: count(times), fill: isFlip ? INK.alarm : INK.bar, opacity: 0.2 + 0.35 * share}; // prettier-ignore
  });
  const said = {
    title: 'Decisions of the floats against decisions of the integers',
    description: cells.map(([float, integer, times]) => `floats ${name(float)}, integers ${name(integer)}: ${count(times)}`).join('; '), // prettier-ignore
  };
  const names = classes.map((one) => clipped(name(one), 12));
  const left = 22 + 7 * names.reduce((most, { length }) => Math.max(most, length), 0);
  const draw = (width: number, isNarrow: boolean): Html => {
    const side = Math.min(44, (width - left) / classes.length);
    const band = (range: [number, number]) =>
      ({ type: 'band', domain: classes, range, axis: null, padding: 0.06 }) as const;
    const [w, h] = [left + side * classes.length, 44 + side * classes.length];
    const fontSize = Math.min(12, side / 2.2);
    const most = Math.max(Math.floor(side / 7), 2); // signs above a column
    const marks = [
      cell(data, { x: 'integer', y: 'float', fill: 'fill', fillOpacity: 'opacity', rx: 3 }),
      text(data, { x: 'integer', y: 'float', text: 'times', fontSize }),
      text(classes, { y: (d: number) => d, text: (_: number, i: number) => names[i], frameAnchor: 'left', dx: 20, fontSize }),
      text(classes, { x: (d: number) => d, text: (_: number, i: number) => clipped(names[i], most), frameAnchor: 'top', dy: 26, fontSize }),
      text(['integers'], { frameAnchor: 'top-left', dx: left + 6, dy: 6, fontSize: 12, fill: INK.faint }),
      text(['floats'], { frameAnchor: 'left', dx: 6, dy: 22, rotate: -90, fontSize: 12, fill: INK.faint }),
    ]; // prettier-ignore
    return drawing(said, isNarrow ? Math.max(w, width) : w, h, marks, {
      ...{ x: band([left, w]), y: band([44, h]), opacity: { type: 'identity' } },
    });
  };
  const caption = 'How often the floats (rows) and the integers (columns) decide for each class; off the diagonal a decision flipped.'; // prettier-ignore
  return figure(caption, draw);
}

/** Classes are many: what is taken for what. */
function confusions(cells: Decided['cells'], name: (decision: number) => string): Html {
  const flips = cells.filter(([float, integer]) => float !== integer).slice(0, MOST_FLIPS);
  if (flips.length === 0) return NOTHING;
  return table(
    'What is taken for what, the most frequent first',
    [{ title: 'floats' }, { title: 'integers' }, { title: 'times', figure: true }],
    flips.map(([float, integer, times]) => [name(float), name(integer), count(times)]),
  );
}

function flipped({ flips, flipped }: Decided, name: (decision: number) => string): Html {
  if (flipped === 0) return NOTHING;
  const shown = flips.slice(0, MOST_FLIPS);
  const hasPositions = shown.some(({ position }) => position > 0);
  return table(
    shown.length < flipped ? `The first ${shown.length} of ${count(flipped)} decisions that flipped` : 'Decisions that flipped',
    [
      { title: 'sample' },
      ...(hasPositions ? [{ title: 'position', figure: true }] : []),
      { title: 'floats' },
      { title: 'integers' },
      { title: 'margin of the floats', figure: true },
    ],
    shown.map(({ sample, position, float, integer, margin }) => [
      count(sample),
      ...(hasPositions ? [count(position)] : []),
      name(float),
      name(integer),
      real(margin),
    ]),
  );
} // prettier-ignore

/** The error of each output, and of the target for which it is greatest. */
const outputs = (report: Report): Html =>
  table(
    'Outputs',
    [{ title: 'output' }, { title: 'decides by' }, { title: 'range error', figure: true }, { title: 'worst column', figure: true }],
    report.outputs.map(({ name, decision, rangeError, worst }) => [
      clipped(name, 60),
      decision.rule === 'none' ? 'its values' : decision.rule,
      percent(rangeError),
      worst === null ? '-' : `${worst.column}: ${percent(worst.rangeError)}`,
    ]),
  ); // prettier-ignore

/** What a search for bits gained. */
function gained({ before, after, circuits, isCut, samples, heldOut }: NonNullable<Report['gain']>): Html {
  const cost = (of: { readonly rows: number; readonly domain: number }): string =>
    `${count(of.rows)} rows on a domain of ${count(of.domain)}`;
  const from = before === null ? 'no bits meet the goal' : `${before.bits} bits for all take ${cost(before)}`;
  const limit = isCut ? ', the limit of a search' : '';
  const held = heldOut > 0 ? `, ${plural(heldOut, 'other')} held out` : '';
  return html`<p>
    A search for bits took ${cost(after)}; ${from}. ${plural(circuits, 'circuit')} tried${limit}, on
    ${plural(samples, 'sample')}${held}.
  </p>`;
}

const bitsOfParts = ({ parts }: Report): Html =>
  table(
    'Bits of each part',
    [
      { title: 'first node' },
      { title: 'operator' },
      ...['values', 'elements', 'bits'].map((title) => ({ title, figure: true })),
    ],
    parts.map(({ node, operator, values, elements, bits }) => [
      clipped(node, 60),
      clipped(operator, 40),
      count(values),
      count(elements),
      String(bits),
    ]),
  );

/** The circuits that a search for bits measured. */
const measured = ({ search }: Report): Html =>
  table(
    'Precisions that were tried',
    ['bits', 'values at other bits', 'rows', 'agreement', 'range error'].map((title) => ({ title, figure: true })),
    search.map(({ bits, exceptions, rows, agreement, rangeError }) => [
      String(bits),
      count(exceptions),
      count(rows),
      percent(agreement),
      percent(rangeError),
    ]),
  );

const searched = (report: Report): Html =>
  report.gain === null ? NOTHING : html`${gained(report.gain)}${bitsOfParts(report)}${measured(report)}`;

export function accuracySection(report: Report): Html {
  const { floatSource, agreement, accuracy, decided } = report;
  if (floatSource === null)
    return html`<section>
      <h2>Accuracy</h2>
      <p>
        Nothing was measured: compile with <code>--calibrate DATA</code> and this page shows how near the integers are
        to the floats.
      </p>
    </section>`;
  const name = namer(report);
  const agreed =
    agreement === null || decided === null
      ? html`<p>No output decides anything; values are compared with those of ${floatSource}.</p>`
      : html`<p>${percent(agreement)} of ${plural(decided.decisions, 'decision')} are those of the float model (${floatSource}); ${decided.flipped === 0 ? 'none' : count(decided.flipped)} flipped.</p>`; // prettier-ignore
  const correct = accuracy
    ? html`<p>
        With your labels the integers are right in ${percent(accuracy.quantised)}, the floats in
        ${percent(accuracy.float)}.
      </p>`
    : NOTHING;
  return html`<section>
    <h2>Accuracy</h2>
    ${agreed}${correct} ${decided ? html`${matrix(decided, name)}${flipped(decided, name)}` : NOTHING}
    ${outputs(report)} ${searched(report)}
  </section>`;
}

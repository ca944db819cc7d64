// inferproof/report: the pages that people look at. Each is a function of what a command found out, and is one HTML file.
import type { CompareResult, Inspection, Report } from '../compiler/index.js';
import { accuracySection } from './decisions.js';
import { errorsSection, largestErrors } from './errors.js';
import { bytes, count, duration, percent, plural, real } from './figures.js';
import { graphSection } from './graph.js';
import { html, NOTHING, table, type Html } from './html.js';
import { layersSection } from './layers.js';
import { facts, notice, page, type Fact } from './page.js';
import { rowsSection } from './rows.js';

/** "12 nodes (3 Gemm, 2 Conv)" */
function contents(ops: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(ops).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const shown = sorted.slice(0, 8).map(([op, n]) => `${n} ${op}`);
  const nodes = sorted.reduce((sum, [, n]) => sum + n, 0);
  return `${plural(nodes, 'node')}: ${shown.join(', ')}${sorted.length > shown.length ? ' and others' : ''}`;
}

const sizes = ({ ops, params, macs }: Pick<Report, 'ops' | 'params' | 'macs'>): string =>
  `${contents(ops)}.${params > 0 ? ` ${plural(params, 'parameter')}, ${plural(macs, 'multiplication')}.` : ''}`;

function summary({ rows, domain, estimate, agreement, rangeError, bits, exceptions, floatSource }: Report): Html {
  const measured: Fact[] =
    floatSource === null
      ? [{ name: 'Accuracy', value: 'not measured' }]
      : [
          ...(agreement === null ? [] : [{ name: 'Decisions as the floats', value: percent(agreement) }]),
          ...(rangeError === null ? [] : [{ name: 'Mean error', value: percent(rangeError), more: 'of the range' }]),
        ];
  return facts([
    { name: 'Proof', value: `about ${duration(estimate.proveSeconds ?? 0)}`, more: 'estimate' },
    { name: 'Memory', value: bytes(estimate.memoryBytes ?? 0), more: 'estimate' },
    { name: 'Rows', value: count(rows), more: `of ${count(domain)}` },
    ...measured,
    {
      name: 'Precision',
      value: `${bits} bits`,
      ...(exceptions.length > 0 ? { more: `${plural(exceptions.length, 'value')} at others` } : {}),
    },
  ]);
}

const sections = (report: Report): Html[] => [
  summary(report),
  notice(report.warnings, true),
  notice(report.notes),
  accuracySection(report),
  rowsSection(report),
  errorsSection(report.layers),
  graphSection(report.layers),
  layersSection(report.layers),
];

/** report.html of a compilation. @param name what the page is about: the folder */
export const reportPage = (name: string, report: Report): string =>
  page(`Report: ${name}`, sizes(report), sections(report));

/** What `inspect` found in a model, named `name`. */
export function inspectionPage(name: string, inspection: Inspection): string {
  const { report, nodes, params, macs, operators, assumedRanges } = inspection;
  if (report === null)
    return page(`Inspection: ${name}`, sizes({ ops: operators, params, macs }), [obstacles(inspection)]);
  const assumed =
    assumedRanges.length > 0
      ? [`Inputs ${assumedRanges.join(', ')} were taken in [0, 1] with made-up data; with data the rows are those of compile.`] // prettier-ignore
      : [];
  return page(`Inspection: ${name}`, `Every one of its ${plural(nodes, 'node')} can be proved. ${sizes(report)}`, [
    notice(assumed),
    ...sections(report),
  ]);
}

/** What stands in the way of a proof. */
function obstacles({ refusals, unsupported, cut, unseen }: Inspection): Html {
  const rows = refusals.map(({ op, nodes, reason, hint }) => [op, count(nodes.length), nodes.slice(0, 4).join(', '), reason, hint ?? '-']); // prettier-ignore
  const columns = ['operator', 'nodes', 'where', 'reason', 'what to do'].map((title) => ({ title, figure: title === 'nodes' })); // prettier-ignore
  return html`${notice([`${plural(unsupported.length, 'node')} cannot be proved.`], true)}
  ${table('What stands in the way', columns, rows)}
  ${cut.length > 0 ? html`<p>Or cut the model in front of the first of them: <code>--outputs ${cut.map((one) => one.replaceAll(',', ',,')).join(',')}</code>.</p>` : NOTHING}
  ${unseen > 0 ? html`<p>${plural(unseen, 'more node')} checked for the operator only: the file declares no shapes there.</p>` : NOTHING}`;
}

/** What `compare` found in the folder `name`. */
export function comparisonPage(
  name: string,
  { firstDivergence: first, layers, nodes, clamped }: CompareResult,
): string {
  const moved = clamped > 0 ? [`${plural(clamped, 'input value')} outside the declared range moved onto its end.`] : [];
  const found =
    first === null
      ? html`<p>The witness is the integers everywhere, over ${plural(nodes.length, 'tensor')}.</p>`
      : html`${notice([`The witness parts from the integers in ${first.op} ${first.node}, element ${first.index}.`], true)}
        ${facts([
          { name: 'Float', value: real(first.float) },
          { name: 'Integers', value: real(first.int), more: 'as a real' },
          { name: 'Witness', value: String(first.witness), more: 'stored integer' },
        ])}`;
  return page(`Comparison: ${name}`, 'Floats, integers and witness, node by node.', [
    found,
    notice(moved),
    largestErrors(layers),
    graphSection(layers, first),
    layersSection(layers),
  ]);
}

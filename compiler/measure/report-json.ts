// report.json, and what of it follows from circuit and model: all but what comes from data, from options of the measurement and from
// clocks. Those figures stay where they are read, beside what they are about; whoever makes a report again takes them from
// the file, as the word of whoever compiled.
import type { Report } from './report.js';

/** Lists of numbers, which no string can hold with their ends of lines. */
const NUMBERS = /\[\n[^[\]{}"]*\]/g;

/**
 * The text of report.json: a field a line, a list of numbers on one.
 * @example
 * ```ts
 * const { report } = await compile(model, { calibration: samples });
 * await writeFileAtomic('report.json', encodeReport(report));
 * ```
 */
export const encodeReport = (report: Report): string =>
  `${JSON.stringify(report, null, 2).replace(NUMBERS, (list) => list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'))}\n`;

/** What no one can make again from circuit and model. */
const MEASURED: ReadonlySet<string> = new Set([
  'estimate.proveSeconds',
  'perRow.proveSeconds',
  'agreement',
  'maxError',
  'rangeError',
  'accuracy',
  'outputs[].rangeError',
  'outputs[].worst',
  'decided',
  'search',
  'gain',
  'warnings',
  'seconds',
  'floatSource',
  'layers[].maxError',
  'layers[].rangeError',
  'layers[].errors',
  'layers[].saturated',
]);

/** A report with the measured figures of a text: its own text is then that one exactly where nothing else differs. */
export function withMeasured(report: Report, text: string): Report {
  let theirs: unknown;
  try {
    theirs = JSON.parse(text);
  } catch {
    return report;
  }
  return taken(report, theirs, '') as Report;
}

function taken(mine: unknown, theirs: unknown, path: string): unknown {
  if (MEASURED.has(path)) return theirs !== undefined && isFlat(theirs, 3) ? theirs : mine;
  if (typeof mine !== 'object' || mine === null) return mine;
  const of = (step: string): unknown =>
    typeof theirs === 'object' && theirs !== null ? (theirs as Record<string, unknown>)[step] : undefined;
  if (Array.isArray(mine)) return mine.map((item, i) => taken(item, of(String(i)), `${path}[]`));
  const inside = path === '' ? '' : `${path}.`;
  return Object.fromEntries(
    Object.entries(mine).map(([name, value]) => [name, taken(value, of(name), `${inside}${name}`)]),
  );
}

/** A record of lists of records at most: what nests deeper is no figure, and would exhaust the stack of whoever writes it. */
const isFlat = (value: unknown, depth: number): boolean =>
  typeof value !== 'object' || value === null || (depth > 0 && Object.values(value).every((v) => isFlat(v, depth - 1)));

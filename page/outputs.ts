// What a proof shows, as a table with bars; and inputs that it shows, as a picture or as numbers.
import type { Value } from './messages.js';

/** Rows of a table; a longer output shows its largest values. */
const MOST = 20;

const figure = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  text = '',
  attributes: Readonly<Record<string, string>> = {},
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** @param decides which value decides, if one does */
export function outputTable(
  { name, shape, values, names }: Value,
  decides: 'largest' | 'smallest' | undefined,
): HTMLElement {
  const winner = values.length > 1 ? placeOf(values, decides) : -1;
  const all = values.map((value, i) => ({ value, i }));
  const shown = all.length <= MOST ? all : all.sort((a, b) => b.value - a.value).slice(0, MOST);
  const low = shown.reduce((least, { value }) => Math.min(least, value), 0);
  const high = shown.reduce((most, { value }) => Math.max(most, value), 0);
  const span = high - low || 1;
  const table = element('table');
  const more = shown.length < values.length ? `, the largest ${shown.length} of ${values.length}` : '';
  table.append(element('caption', `${name} [${shape.join(', ')}]${more}`));
  const head = element('tr');
  head.append(element('th', 'place', { scope: 'col' }), element('th', 'value', { scope: 'col', class: 'figure' }));
  head.append(element('td'));
  table.append(head);
  for (const { value, i } of shown) {
    const row = element('tr');
    if (i === winner) row.className = 'winner';
    const label = names?.[i] ?? String(i);
    row.append(element('th', i === winner ? `${label} (decides)` : label, { scope: 'row' }));
    row.append(element('td', figure(value), { class: 'figure' }));
    const cell = element('td', '', { class: 'bars' });
    const bar = element('div', '', { class: 'bar' });
    bar.style.marginLeft = `${(100 * (Math.min(value, 0) - low)) / span}%`;
    bar.style.width = `${(100 * Math.abs(value)) / span}%`;
    cell.append(bar);
    row.append(cell);
    table.append(row);
  }
  return table;
}

/** The first of the largest or the smallest values; -1 where none decides. */
function placeOf(values: readonly number[], decides: 'largest' | 'smallest' | undefined): number {
  if (decides === undefined) return -1;
  const better = (a: number, b: number): boolean => (decides === 'smallest' ? a < b : a > b);
  return values.reduce((best, value, i) => (better(value, values[best]) ? i : best), 0);
}

/** The decision in words: "output: 7"; undefined where nothing is decided. */
export function decision(
  { name, values, names }: Value,
  decides: 'largest' | 'smallest' | undefined,
): string | undefined {
  if (decides === undefined || values.length < 2) return names === null ? undefined : `${name}: ${names.join(', ')}`;
  const place = placeOf(values, decides);
  return `${name}: ${names?.[place] ?? place}`;
}

/** Numbers, the first of them. */
export const numbers = (values: ArrayLike<number>): string => {
  const shown = Array.from({ length: Math.min(values.length, 24) }, (_, i) => figure(values[i]));
  return `${values.length} values: ${shown.join(', ')}${values.length > shown.length ? ', …' : ''}`;
};

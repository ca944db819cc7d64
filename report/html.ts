// HTML in which no text can be taken for markup: what stands in a template is escaped unless it is HTML already.
import { printable } from './printable.js';

export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function written(part: Part): string {
  if (typeof part === 'string') return printable(part).replace(/[&<>"']/g, (sign) => ENTITIES[sign]);
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map(written).join('');
}

/** html`<p>${name}</p>`; a list is written one after the other. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.map((text, i) => text + (i < parts.length ? written(parts[i]) : '')).join(''),
});

export const NOTHING: Html = { html: '' };

/** A text of at most so many signs, its middle left out: the ends of a name tell more. */
export function clipped(text: string, most: number): string {
  const signs = Array.from(printable(text));
  if (signs.length <= most) return signs.join('');
  const end = Math.floor((most - 1) / 2);
  return `${signs.slice(0, most - 1 - end).join('')}…${signs.slice(signs.length - end).join('')}`;
}

/** The first of some texts that has at most so many signs, else the last of them clipped. */
export const fitting = (texts: readonly string[], most: number): string =>
  clipped(texts.find((text) => Array.from(printable(text)).length <= most) ?? texts[texts.length - 1], most);

export interface Column {
  readonly title: string;
  /** Figures stand to the right. */
  readonly figure?: boolean;
}

/** A table that scrolls by itself where it is wider than the page; the first cell of a row names it. */
export const table = (
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly (string | Html)[])[],
): Html => {
  const side = ({ figure }: Column): Html => (figure === true ? html` class="figure"` : NOTHING);
  const head = columns.map((column) => html`<th scope="col" ${side(column)}>${column.title}</th>`);
  const body = rows.map(
    ([name, ...cells]) =>
      html`<tr>
        <th scope="row">${name}</th>
        ${cells.map((cell, i) => html`<td${side(columns[i + 1])}>${cell}</td>`)}
      </tr>`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
};

// Drawings by Observable Plot, as SVG in a text: the document that it draws in is linkedom's.
import { plot, type Markish, type PlotOptions } from '@observablehq/plot';
import { parseHTML } from 'linkedom/worker';
import { html, type Html } from './html.js';
import { printable } from './printable.js';

/** What we ask of a document. */
interface Drawn {
  readonly outerHTML: string;
  readonly firstChild: Drawn | null;
  textContent: string;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  insertBefore(child: Drawn, before: Drawn | null): void;
  querySelectorAll(selector: string): Iterable<Drawn>;
}

const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as {
  readonly document: { createElementNS(namespace: string, name: string): Drawn };
};

/** What a drawing says to who does not see it. */
export interface Said {
  readonly title: string;
  readonly description: string;
}

/** Colours of the page, which follow the reader's light or dark. */
export const INK = {
  bar: 'var(--bar)',
  other: 'var(--other)',
  free: 'var(--free)',
  line: 'var(--line)',
  faint: 'var(--faint)',
  paper: 'var(--paper)',
  alarm: 'var(--alarm)',
} as const;

/** One drawing; x and y are pixels from the upper left where `options` has no scale of its own. */
export function drawing(
  said: Said,
  width: number,
  height: number,
  marks: readonly Markish[],
  options: PlotOptions = {},
): Html {
  const pixels = (end: number) => ({ axis: null, type: 'linear', domain: [0, end], range: [0, end] }) as const;
  const drawn = plot({
    ...{ document: document as never, width, height, margin: 0, className: 'plot' },
    ...{ x: pixels(width), y: pixels(height), color: { type: 'identity' } },
    ...options,
    marks: [...marks],
  }) as unknown as Drawn;
  for (const group of drawn.querySelectorAll('[aria-label]')) group.removeAttribute('aria-label');
  drawn.setAttribute('role', 'img');
  for (const [name, text] of [
    ['desc', said.description],
    ['title', said.title],
  ]) {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    element.textContent = printable(text);
    drawn.insertBefore(element, drawn.firstChild);
  }
  // Plot counts its markers over the life of a process: a page is a function of what it shows
  return { html: drawn.outerHTML.replace(/plot-marker-\d+/g, 'arrow') };
}

/** Widths that drawings are made for: of a column of text, and of a phone. */
const WIDE = 720;
const NARROW = 328;

/** A drawing made for both widths, of which the page shows the one that fits. */
export const figure = (caption: string, draw: (width: number, isNarrow: boolean) => Html): Html =>
  html`<figure>
    <div class="wide">${draw(WIDE, false)}</div>
    <div class="narrow">${draw(NARROW, true)}</div>
    <figcaption>${caption}</figcaption>
  </figure>`;

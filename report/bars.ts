// Bars under their names, a line of text for each: the same for a phone and for a column of text.
import { rect, text } from '@observablehq/plot';
import { drawing, figure, INK, type Said } from './drawing.js';
import { fitting, type Html } from './html.js';

export interface Bar {
  /** The longest first: the first that fits is shown. */
  readonly titles: readonly string[];
  readonly value: number;
  /** What the value is, in words. */
  readonly figures: string;
  readonly fill: string;
}

/** Signs that a line has room for, beside figures or above them. */
const SIGNS = { wide: 62, narrow: 46 };

export function bars(title: string, caption: string, list: readonly Bar[]): Html {
  const most = list.reduce((n, { value }) => Math.max(n, value), 0);
  const said: Said = { title, description: list.map((bar) => `${bar.titles[0]}: ${bar.figures}`).join('; ') };
  return figure(caption, (width, isNarrow) => {
    const step = isNarrow ? 50 : 34;
    const placed = list.map((bar, i) => {
      const top = i * step + step - 14;
      return {
        ...{ fill: bar.fill, figures: bar.figures, title: fitting(bar.titles, isNarrow ? SIGNS.narrow : SIGNS.wide) },
        ...{ x2: most > 0 ? (bar.value / most) * width : 0, y1: top, y2: top + 7 },
        ...{ above: i * step + 10, below: i * step + (isNarrow ? 26 : 10) },
      };
    });
    const side = isNarrow ? ({ x: 0, textAnchor: 'start' } as const) : ({ x: width, textAnchor: 'end' } as const);
    return drawing(said, width, list.length * step, [
      rect(placed, { x1: 0, x2: 'x2', y1: 'y1', y2: 'y2', fill: 'fill' }),
      text(placed, { x: 0, y: 'above', text: 'title', textAnchor: 'start', fontSize: 12 }),
      text(placed, { ...side, y: 'below', text: 'figures', fontSize: 12, fill: INK.faint }),
    ]);
  });
}

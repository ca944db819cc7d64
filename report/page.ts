// One file that a browser opens from disk: no script, no network, light or dark as its reader has it.
import { html, type Html } from './html.js';

const STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --faint: #59626e; --line: #c9d0d8; --panel: #f4f6f8;
  --bar: #2f6f9f; --other: #b0702a; --free: #e3e8ed; --alarm: #c2303a; --link: #1f5f94; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e4e7eb; --faint: #9aa5b1; --line: #3d4650; --panel: #1d2228;
  --bar: #6aaee0; --other: #dba15c; --free: #2b323a; --alarm: #ff7b82; --link: #8cc4ef; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
main { max-width: 760px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 1.2rem; margin: 48px 0 8px; padding-top: 16px; border-top: 1px solid var(--line); }
p { margin: 8px 0; max-width: 68ch; }
.lead { color: var(--faint); margin-bottom: 24px; }
.facts { display: flex; flex-wrap: wrap; gap: 1px; margin: 24px 0; padding: 0;
  background: var(--line); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.facts div { flex: 1 1 30%; background: var(--paper); padding: 12px 14px; }
.facts dt { font-size: 0.8rem; color: var(--faint); }
.facts dd { margin: 2px 0 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; }
.facts dd small { display: block; font-size: 0.8rem; color: var(--faint); }
.notice { border-left: 4px solid var(--other); background: var(--panel); padding: 8px 14px; margin: 16px 0; border-radius: 0 6px 6px 0; }
.notice.alarm { border-color: var(--alarm); }
.notice ul { margin: 4px 0; padding-left: 18px; }
figure { margin: 20px 0; }
figcaption, caption { color: var(--faint); font-size: 0.85rem; text-align: left; max-width: 68ch; }
figcaption { margin-top: 8px; }
caption { padding: 0 0 6px; }
svg { display: block; max-width: 100%; height: auto; font: 12px system-ui, sans-serif; overflow: visible; }
svg text { white-space: pre; }
.narrow { display: none; }
.key { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 20px; padding: 0; font-size: 0.9rem; }
.swatch { display: inline-block; width: 12px; height: 12px; margin-right: 6px; border-radius: 3px; vertical-align: -1px; border: 1px solid var(--line); }
.swatch.bar { background: var(--bar); } .swatch.other { background: var(--other); } .swatch.line { background: var(--line); } .swatch.free { background: var(--free); }
.scroll { overflow-x: auto; margin: 16px 0; }
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.graph { max-height: 85vh; overflow: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); padding: 12px; }
.graph svg { max-width: none; margin: 0 auto; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; min-width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--faint); font-size: 0.8rem; white-space: nowrap; vertical-align: bottom; }
th.figure, td.figure { text-align: right; padding: 6px 0 6px 12px; white-space: nowrap; }
th.figure + th:not(.figure), td.figure + td:not(.figure) { padding-left: 18px; }
summary { cursor: pointer; color: var(--link); }
code { font-size: 0.9em; background: var(--panel); padding: 1px 4px; border-radius: 3px; }
footer { margin-top: 56px; color: var(--faint); font-size: 0.85rem; }
@media (max-width: 759px) { main { padding: 20px 16px 48px; } thead th, thead th.figure { white-space: normal; } .wide { display: none; } .narrow { display: block; } .narrow svg { width: 100%; max-width: 30rem; } .facts div { flex-basis: 40%; } }
@media (min-width: 1120px) { .broad { margin-inline: -160px; } }
@media print { .graph { max-height: none; } }
`;

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly more?: string;
}

export const facts = (list: readonly Fact[]): Html =>
  html`<dl class="facts">
    ${list.map(
      ({ name, value, more }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}${more === undefined ? '' : html` <small>${more}</small>`}</dd>
        </div>`,
    )}
  </dl>`;

/** Sentences that must not be overlooked; nothing where there are none. */
export const notice = (sentences: readonly string[], alarm = false): Html =>
  sentences.length === 0
    ? html``
    : html`<div class="notice${alarm ? ' alarm' : ''}">
        <ul>
          ${sentences.map((one) => html`<li>${one}</li>`)}
        </ul>
      </div>`;

export const page = (title: string, lead: string, parts: readonly Html[]): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${{ html: STYLE }}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="lead">${lead}</p>
          ${parts}
          <footer>
            Made by inferproof. Times and memory are estimates for the machine that made this page, on two cores.
          </footer>
        </main>
      </body>
    </html> `.html;

// report.html and its kin: one file without scripts, in which no name is more than a name; the same each time. And in a browser: axe
// finds nothing, nothing is asked of a network, no page is wider than its window. The browser comes with a package; where it does not
// start, these tests say so.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseHTML } from 'linkedom/worker';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportPage } from '#report/index.js';
import { printable } from '#report/printable.js';
import { openBrowser } from '../browser.js';
import { compiled, EVIL, pages } from './pages.js';

const elements = (text: string): { readonly localName: string; readonly attributes: Iterable<{ readonly name: string }>; readonly textContent: string }[] =>
  [...(parseHTML(text) as unknown as { document: { querySelectorAll(selector: string): Iterable<never> } }).document.querySelectorAll('*')]; // prettier-ignore

describe.each(Object.entries(pages))('%s', (_, page) => {
  it('holds no script, no link, nothing that is loaded, whatever names say', () => {
    const all = elements(page);
    expect(all.length).toBeGreaterThan(30);
    const names = new Set(all.map(({ localName }) => localName.toLowerCase()));
    for (const name of ['script', 'img', 'link', 'iframe', 'object', 'a', 'image', 'use', 'foreignobject'])
      expect(names).not.toContain(name);
    for (const element of all)
      for (const { name } of element.attributes) expect(name).not.toMatch(/^on|^(src|href|xlink:href|style)$/i);
    expect(page.match(/<h1>|<main>|<\/html>/g)).toHaveLength(3);
  });

  it('holds no sign that is not seen', () => {
    expect(page).toMatch(/^(?:[^\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|\n)*$/u);
  });
});

describe('a report', () => {
  it('shows names sign by sign', () => {
    const text = elements(pages['report'])
      .filter(({ localName }) => localName === 'td' || localName === 'th' || localName === 'h1')
      .map(({ textContent }) => textContent);
    expect(text).toContain(`Report: ${printable(EVIL)}`);
    expect(text).toContain(printable(`relu ${EVIL}`));
  });

  it('is a function of report.json: whoever has the one can draw the other again', () => {
    const read = JSON.parse(JSON.stringify(compiled.report)) as typeof compiled.report;
    expect(reportPage(EVIL, read)).toBe(pages['report']);
  });

  it('says how full the domain is, which decisions flipped, and what each drawing shows', () => {
    const { rows, domain, decided } = compiled.report;
    const figure = (n: number): string => n.toLocaleString('en-US');
    expect(pages['report']).toContain(`${figure(rows)} of ${figure(domain)} rows`);
    expect(decided?.flipped).toBeGreaterThan(0);
    expect(pages['report']).toContain('ecisions that flipped');
    const drawings = elements(pages['report']).filter(({ localName }) => localName === 'svg');
    expect(drawings.length).toBeGreaterThan(6);
    for (const { textContent } of drawings) expect(textContent.length).toBeGreaterThan(20);
    expect(pages['report'].match(/<svg[^>]*role="img"[^>]*><title>[^<]+<\/title><desc>[^<]+<\/desc>/g)).toHaveLength(drawings.length); // prettier-ignore
    expect(pages['comparison']).toContain('first divergence: Gemm');
  });

  it('of hundreds of nodes folds its chains, and stays small', () => {
    expect(pages['long report']).toMatch(/Chains of its 200 nodes are one box each/);
    expect(pages['long report'].length).toBeLessThan(2e6);
  });
});

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser: Browser | undefined;
beforeAll(async () => {
  browser = await openBrowser('these pages were not looked at');
});
afterAll(() => browser?.close());

interface Axe {
  run(): Promise<{ readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[] }>; // prettier-ignore
}

it.each([
  ['report', 360, 'dark'],
  ['report', 1440, 'light'],
  ['inspection', 768, 'light'],
  ['refusal', 360, 'light'],
  ['comparison', 360, 'dark'],
] as const)('%s, %d pixels wide, %s', async (name, width, colorScheme) => {
  if (!browser) return;
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, bypassCSP: true });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => asked.push(message.text()));
  await page.setContent(pages[name]);
  expect(asked).toEqual([]);
  expect(await page.evaluate(() => document.querySelectorAll('script, img, main > :not(h1, p, dl, div, section, footer)').length)).toBe(0); // prettier-ignore
  expect(await page.title()).toMatch(/^(Report|Inspection|Comparison): /);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { readonly axe: Axe }).axe.run());
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
  await context.close();
});

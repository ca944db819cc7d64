// A browser that comes with a package; where it does not start, whoever wanted it says so.
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';

/** The package is made for functions in a cloud, of one page and one process. */
const NOT_OURS = new Set(['--single-process', '--no-zygote']);

export const openBrowser = (what: string): Promise<Browser | undefined> =>
  (async () =>
    playwright.launch({
      executablePath: await chromium.executablePath(),
      args: chromium.args.filter((arg) => !NOT_OURS.has(arg)),
    }))().catch((error: unknown) => {
    console.log(`no browser: ${what} (${String(error).split('\n')[0]})`);
    return undefined;
  });

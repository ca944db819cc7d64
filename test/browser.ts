// A browser that comes with a package; where it does not start, whoever wanted it says so.
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';

/** None of the package's own: they are for functions in a cloud, and give pages shared memory that are not isolated. */
const FLAGS = ['--no-sandbox', '--disable-dev-shm-usage'];

export const openBrowser = (what: string): Promise<Browser | undefined> =>
  (async () => playwright.launch({ executablePath: await chromium.executablePath(), args: FLAGS }))().catch(
    (error: unknown) => {
      console.log(`no browser: ${what} (${String(error).split('\n')[0]})`);
      return undefined;
    },
  );

// A headless Chromium from a package that carries it. Where it does not start, tests say so and look at nothing.
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';

/** None of the package's own flags: they are for functions in a cloud, and share memory with pages that are not isolated. */
const FLAGS = ['--no-sandbox', '--disable-dev-shm-usage'];

/** @param without what is not done where it does not start */
export async function startBrowser(without: string): Promise<Browser | undefined> {
  try {
    return await playwright.launch({ executablePath: await chromium.executablePath(), args: FLAGS });
  } catch (error) {
    console.log(`no browser: ${without} (${String(error).split('\n')[0]})`);
    return undefined;
  }
}

// Firefox and WebKit as they are installed, by WebDriver's commands: Firefox takes them from a socket of its own (Marionette), WebKit from
// WebKitWebDriver. Chromium (browser.ts) comes with a package; these do not.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './network/free-port.js';

export interface Tab {
  readonly go: (url: string) => Promise<unknown>;
  /** What a function of this body returns in the page, as JSON. */
  readonly run: (body: string) => Promise<unknown>;
  /** Ends the browser. */
  readonly end: () => Promise<void>;
}

const onPath = (names: readonly string[]): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));

const firefox = onPath(['firefox-esr', 'firefox']);
const webkit = onPath(['WebKitWebDriver']);
const hasDisplay = ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => process.env[name] !== undefined);

/** Where Firefox must be, INFERPROOF_FIREFOX says "required": then what needs it fails without it. */
export const requiresFirefox = process.env['INFERPROOF_FIREFOX'] === 'required';
export const hasFirefox = requiresFirefox || firefox !== undefined;
/** WebKitGTK has windows alone: without a display, `xvfb-run` makes one. */
export const hasWebKit = webkit !== undefined && hasDisplay;
/** Behind the title of what needs them. */
export const unlessFirefox = hasFirefox ? '' : ' (not run: no firefox on the PATH)';
export const unlessWebKit = hasWebKit ? '' : ' (not run: no WebKitWebDriver on the PATH, or no display)';

async function until<T>(attempt: () => T | undefined | Promise<T | undefined>, child: ChildProcess): Promise<T> {
  for (const end = Date.now() + 100_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const got = await attempt();
    if (got !== undefined) return got;
    if (child.exitCode !== null) break;
  }
  throw new Error(`expected ${child.spawnfile} to start`);
}

async function ended(child: ChildProcess, folder: string): Promise<void> {
  const gone = child.exitCode === null ? once(child, 'exit') : undefined;
  child.kill();
  await gone;
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html: [0, id, command, parameters], [1, id, error, result]. */
export async function startFirefox(): Promise<Tab> {
  const folder = mkdtempSync(join(tmpdir(), 'inferproof-firefox-'));
  const prefs = { 'marionette.port': 0, 'datareporting.policy.dataSubmissionEnabled': false };
  const lines = Object.entries(prefs).map(([name, value]) => `user_pref("${name}", ${value});`);
  writeFileSync(join(folder, 'user.js'), lines.join('\n'));
  const args = ['-headless', '-no-remote', '-marionette', '-profile', folder];
  const child = spawn(firefox ?? 'firefox', args, { stdio: 'ignore', env: { ...process.env, HOME: folder } });
  child.once('error', () => undefined); // `until` tells of it
  try {
    const chosen = join(folder, 'MarionetteActivePort');
    const port = await until(() => (existsSync(chosen) && readFileSync(chosen, 'utf8')) || undefined, child);
    const socket = connect(Number(port), '127.0.0.1');
    type Answer = readonly [number, number, { readonly message: string } | null, { readonly value?: unknown }];
    let waiting: ((answer: Answer) => void) | undefined;
    let got = Buffer.alloc(0);
    socket.on('data', (data) => {
      got = Buffer.concat([got, data]);
      const colon = got.indexOf(':');
      const length = colon + 1 + Number(got.subarray(0, colon));
      if (colon < 0 || got.length < length) return;
      const answer = JSON.parse(got.toString('utf8', colon + 1, length)) as Answer | object;
      got = got.subarray(length);
      if (Array.isArray(answer)) waiting?.(answer as unknown as Answer); // the first is a greeting
    });
    const send = async (command: string, parameters: object): Promise<unknown> => {
      const text = JSON.stringify([0, 0, command, parameters]);
      const answered = new Promise<Answer>((resolve) => (waiting = resolve));
      socket.write(`${Buffer.byteLength(text)}:${text}`);
      const [, , error, result] = await answered;
      if (error !== null) throw new Error(error.message);
      return result.value;
    };
    await send('WebDriver:NewSession', { capabilities: {} });
    return {
      go: (url) => send('WebDriver:Navigate', { url }),
      run: (script) => send('WebDriver:ExecuteScript', { script, args: [] }),
      end: async () => {
        socket.destroy();
        await ended(child, folder);
      },
    };
  } catch (error) {
    await ended(child, folder);
    throw error;
  }
}

/**
 * https://www.w3.org/TR/webdriver2/
 * @param shares whether pages have SharedArrayBuffer: WebKitGTK hides it from isolated ones too, Safari from others alone
 */
export async function startWebKit(shares: boolean): Promise<Tab> {
  const folder = mkdtempSync(join(tmpdir(), 'inferproof-webkit-'));
  const port = await freePort();
  const env = { ...process.env, HOME: folder, JSC_useSharedArrayBuffer: String(Number(shares)) };
  const child = spawn(webkit ?? 'WebKitWebDriver', [`--port=${port}`], { stdio: 'ignore', env });
  child.once('error', () => undefined);
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const asked = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, asked);
    const { value } = (await response.json()) as { readonly value: unknown };
    if (!response.ok) throw new Error((value as { readonly message: string }).message);
    return value;
  };
  try {
    await until(() => ask('GET', '/status').catch(() => undefined), child);
    const { sessionId } = (await ask('POST', '/session', { capabilities: {} })) as { readonly sessionId: string };
    const session = `/session/${sessionId}`;
    return {
      go: (url) => ask('POST', `${session}/url`, { url }),
      run: (script) => ask('POST', `${session}/execute/sync`, { script, args: [] }),
      end: async () => {
        await ask('DELETE', session).catch(() => undefined);
        await ended(child, folder);
      },
    };
  } catch (error) {
    await ended(child, folder);
    throw error;
  }
}

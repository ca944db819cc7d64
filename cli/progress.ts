// Progress of long steps: one bar per step on a terminal, plain lines elsewhere, an estimate of what remains in both.
import type { SingleBar } from 'cli-progress';
import { createRequire } from 'node:module';
import { duration } from './text.js';

/** What compile, setup and prove call: `done` of `total` units of the step (0: unknown); a new `step` begins a new bar. */
export type OnProgress = (step: string, done: number, total: number) => void;

export interface Progress {
  readonly report: OnProgress;
  /** Ends the open bar, so that other lines can be written. */
  readonly end: () => void;
}

/** Loaded with the first bar: most commands draw none. */
const loadBars = () => createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress');

export const silent: Progress = { report: () => undefined, end: () => undefined };

/** ", 1.5 s to go" after `elapsed` seconds for that share of a step; nothing where nothing is done yet. */
function toGo(elapsed: number, share: number): string {
  const left = (elapsed * (1 - share)) / share;
  return share > 0 && share < 1 && Number.isFinite(left) ? `, ${duration(left)} to go` : '';
}

/** Bars on a terminal; a step of unknown length is a line. */
export function barProgress(stream: NodeJS.WritableStream): Progress {
  let bar: SingleBar | undefined;
  let current: string | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
    process.off('exit', stop);
  };
  const begin = (step: string, done: number, total: number) => {
    stop();
    current = step;
    if (total <= 0) return void stream.write(`${step} …\n`);
    const begun = Date.now();
    const bars = loadBars();
    bar = new bars.SingleBar(
      {
        format: (options, { progress }) => {
          const elapsed = (Date.now() - begun) / 1000;
          const percent = `${Math.floor(100 * progress)} %`;
          return `${step} [${bars.Format.BarFormat(progress, options)}] ${percent} ${duration(elapsed)}${toGo(elapsed, progress)}`;
        },
        stream,
        hideCursor: true,
        barsize: 24,
        linewrap: false,
        gracefulExit: false,
      },
      bars.Presets.rect,
    );
    process.once('exit', stop); // a signal in the middle of a step: the terminal gets its cursor back
    bar.start(total, done);
  };
  return {
    report: (step, done, total) => {
      if (step !== current) begin(step, done, total);
      bar?.setTotal(total);
      bar?.update(done);
      if (done >= total) stop();
    },
    end: () => {
      stop();
      current = undefined;
    },
  };
}

/** Seconds between two lines of one step where there is no terminal. */
const LINE_INTERVAL = 5;

/** Lines: one when a step begins, one every five seconds with what remains, one when a step that took that long is done. */
export function lineProgress(
  write: (line: string) => void,
  now: () => number = () => performance.now() / 1000,
): Progress {
  let current = '';
  let begun = 0;
  let spoken = 0;
  const report: OnProgress = (step, done, total) => {
    const time = now();
    if (step !== current) {
      [current, begun, spoken] = [step, time, time];
      write(`${step} …`);
    } else if (done < total && time - spoken >= LINE_INTERVAL) {
      spoken = time;
      const share = done / total;
      write(`${step}: ${Math.floor(100 * share)} %${toGo(time - begun, share)}`);
    } else if (total > 0 && done >= total && time - begun >= LINE_INTERVAL && spoken !== Infinity) {
      spoken = Infinity;
      write(`${step}: done in ${duration(time - begun)}`);
    }
  };
  return { report, end: () => undefined };
}

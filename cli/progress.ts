// Progress of long steps: one bar per step on a terminal, plain lines elsewhere, an estimate of what remains in both.
import { Presets, SingleBar } from 'cli-progress';
import { duration } from './text.js';

/** What compile, setup and prove call: `done` of `total` units of the step (0: unknown); a new `step` begins a new bar. */
export type OnProgress = (step: string, done: number, total: number) => void;

export interface Progress {
  readonly report: OnProgress;
  /** Ends the open bar, so that other lines can be written. */
  readonly end: () => void;
}

export const silent: Progress = { report: () => undefined, end: () => undefined };

/** Bars on a terminal; a step of unknown length is a line. */
export function barProgress(stream: NodeJS.WritableStream): Progress {
  let bar: SingleBar | undefined;
  let current: string | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  const begin = (step: string, done: number, total: number) => {
    stop();
    current = step;
    if (total <= 0) return void stream.write(`${step} …\n`);
    // Braces are the bar's own placeholders.
    const name = step.replaceAll(/[{}]/g, '');
    const format = `${name} [{bar}] {percentage} % {duration_formatted}, {eta_formatted} to go`;
    bar = new SingleBar(
      { format, stream, hideCursor: true, barsize: 24, linewrap: false, gracefulExit: false },
      Presets.rect,
    );
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
      const left = share > 0 ? `, ${duration(((time - begun) * (1 - share)) / share)} to go` : '';
      write(`${step}: ${Math.floor(100 * share)} %${left}`);
    } else if (total > 0 && done >= total && time - begun >= LINE_INTERVAL && spoken !== Infinity) {
      spoken = Infinity;
      write(`${step}: done in ${duration(time - begun)}`);
    }
  };
  return { report, end: () => undefined };
}

// Processes that end with this one, however it ends but by SIGKILL: what they compute is for nobody else, and may take minutes.
import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();
const endAll = (): void => running.forEach((child) => child.kill('SIGKILL'));

export function endsWithThis(child: ChildProcess): void {
  if (running.size === 0) process.on('exit', endAll);
  running.add(child);
  const forget = (): void => {
    running.delete(child);
    if (running.size === 0) process.off('exit', endAll);
  };
  child.once('close', forget).once('error', forget);
}

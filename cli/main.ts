#!/usr/bin/env node
// The executable: one command line, signals that leave nothing half-written, an exit code once the output is flushed.
import { removeTemporaries } from '../files/write.js';
import { runCommandLine } from './program.js';

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    removeTemporaries();
    process.exit(code);
  });
}
// The reader of a pipe has gone: there is nobody to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  removeTemporaries();
  process.exit(error.code === 'EPIPE' ? 0 : 2);
});

// Nobody reads stderr: the result and the exit code stand.
process.stderr.on('error', () => undefined);

process.exitCode = await runCommandLine(process.argv.slice(2), process);

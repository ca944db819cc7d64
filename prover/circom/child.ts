// The process that runs circom: the compiler is a wasm program that blocks its event loop and never gives memory back.
// Arguments: those of circom, paths absolute. Its output goes to stdout and stderr, its exit code is the process's. A parent that
// talks to it sends the files that stand in memory when it begins, and gets those that stand there at the end.
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { withMemory, type Files } from './memory.js';

// Of a small circuit's time two thirds went into optimising a program of 9 MB for one run. V8 now waits until a function has run
// for long: half the time for a set of gadgets, the same for a large model. Where V8 does not know the flag nothing changes.
setFlagsFromString('--wasm-tiering-budget=50000000');

const require = createRequire(import.meta.url);
const { CircomRunner, bindings } = require('circom2') as typeof import('circom2');

process.once('disconnect', () => process.exit(1)); // the parent is gone
const [given] = process.connected ? ((await once(process, 'message')) as [Files]) : [new Map() as Files];
const files = new Map(given);
const runner = new CircomRunner({
  args: process.argv.slice(2),
  env: process.env,
  preopens: { '/': '/' },
  bindings: {
    ...bindings, // whose `exit` throws, with the code, and so comes back here
    fs: withMemory(fs, files),
    kill: (signal: string) => process.kill(process.pid, signal),
  },
});
const code = await runner.execute(fs.readFileSync(require.resolve('circom2/circom.wasm'))).then(
  () => 0,
  (error: unknown) => {
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return error.code;
    throw error;
  },
);
if (process.connected) process.send?.(files, () => process.exit(code));
else process.exit(code);

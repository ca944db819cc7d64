// The process that runs circom: the compiler is a wasm program that blocks its event loop and never gives memory back.
// Arguments: those of circom, paths absolute. Its output goes to stdout and stderr, its exit code is the process's.
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Of a small circuit's time two thirds went into optimising a program of 9 MB for one run. V8 now waits until a function has run
// for long: half the time for a set of gadgets, the same for a large model. Where V8 does not know the flag nothing changes.
setFlagsFromString('--wasm-tiering-budget=50000000');

const require = createRequire(import.meta.url);
const { CircomRunner, bindings } = require('circom2') as typeof import('circom2');

const runner = new CircomRunner({
  args: process.argv.slice(2),
  env: process.env,
  preopens: { '/': '/' },
  bindings: {
    ...bindings,
    fs,
    exit: (code: number) => process.exit(code),
    kill: (signal: string) => process.kill(process.pid, signal),
  },
});
await runner.execute(fs.readFileSync(require.resolve('circom2/circom.wasm')));

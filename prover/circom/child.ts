// The process that runs circom: the compiler is a wasm program that blocks its event loop and never gives memory back.
// Arguments: those of circom, paths absolute. Its output goes to stdout and stderr, its exit code is the process's.
import * as fs from 'node:fs';
import { createRequire } from 'node:module';

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

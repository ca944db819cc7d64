// Builds kernel.wasm (shared memory, for threads) and kernel-single.wasm (its own memory) from the C sources.
//
//   node prover/kernel/build.mjs            writes both, kernel.sha256, and for browsers bytes-shared.ts and bytes-single.ts
//   node prover/kernel/build.mjs --check    builds in memory and fails where a file in the tree differs
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { URL } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { commands } from '@yowasp/clang';
import { constants } from './constants.mjs';

const SOURCES = [
  ...['kernel.c', 'field.h', 'quotient.c', 'rows.h', 'thirds.h', 'sums.c', 'inversion.h', 'coordinates.h', 'digits.h'],
  'group.h',
  ...['additions.h', 'points.h', 'buckets.h', 'window.h', 'join.h', 'scalars.h', 'scale.c', 'lagrange.c', 'probe.c'],
  ...['tower.h', 'miller.h', 'members.h', 'pairing.c'],
];
const STACK = 1 << 18; // a thread's; the caller sets the stack pointer of each
const MEMORY = 2 ** 32; // address space, not memory

const FLAGS = [
  ...[
    '--target=wasm32-unknown-unknown',
    '-std=c17',
    '-O3',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-msimd128',
    '-mbulk-memory',
  ],
  ...[
    '-ffreestanding',
    '-nostdlib',
    '-fvisibility=hidden',
    '-Wl,--no-entry',
    '-Wl,--export-dynamic',
    '-Wl,--import-memory',
    '-Wl,--strip-all',
  ],
  ...[
    `-Wl,-z,stack-size=${STACK}`,
    `-Wl,--max-memory=${MEMORY}`,
    '-Wl,--export=__stack_pointer',
    '-Wl,--export=__heap_base',
  ],
];

const at = (name) => new URL(name, import.meta.url);

async function build() {
  const files = { 'constants.h': constants() };
  for (const name of SOURCES) files[name] = await readFile(at(name), 'utf8');
  const compile = async (flags) => {
    const out = await commands.clang([...FLAGS, ...flags, 'kernel.c', '-o', 'kernel.wasm'], files);
    return out['kernel.wasm'];
  };
  return {
    'kernel.wasm': await compile(['-matomics', '-Wl,--shared-memory']),
    'kernel-single.wasm': await compile([]),
  };
}

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
const hashes = (built) =>
  Object.entries(built)
    .map(([name, bytes]) => `${hash(bytes)}  ${name}\n`)
    .join('');

const built = await build();
if (process.argv.includes('--check')) {
  const stored = await readFile(at('kernel.sha256'), 'utf8');
  for (const [name, bytes] of Object.entries(built)) {
    if (Buffer.compare(bytes, await readFile(at(name))) !== 0) throw new Error(`${name} is not what its sources give`);
  }
  if (stored !== hashes(built)) throw new Error('kernel.sha256 is not that of the built files');
} else {
  for (const [name, bytes] of Object.entries(built)) await writeFile(at(name), bytes);
  await writeFile(at('kernel.sha256'), hashes(built));
  for (const [name, file] of Object.entries({
    'kernel.wasm': 'bytes-shared.ts',
    'kernel-single.wasm': 'bytes-single.ts',
  })) {
    const text = deflateRawSync(built[name], { level: 9, memLevel: 6 }).toString('base64');
    await writeFile(at(file), `// ${name} deflated, written by build.mjs.\nexport const BYTES =\n  '${text}';\n`);
  }
}
process.stdout.write(hashes(built));

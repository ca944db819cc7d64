// The package as others get it: what `npm pack` makes, judged by publint and attw, installed into an empty project with no more
// than its declared dependencies, used from TypeScript and from the command line. Also: nothing unused in the tree (knip).
//
// On every run the dependencies are links into this checkout; INFERPROOF_FULL=1 lets npm install them.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '#compiler/index.js';
import { writeCompilation, writeKeys } from '#files/index.js';
import { writeContracts } from '#network/contracts/build.js';
import { buildPage } from '#page/build.js';
import { setup } from '#prover/index.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const MODULES = resolve('node_modules');
const npm = (args: readonly string[], cwd: string): string =>
  execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], shell: process.platform === 'win32' }); // prettier-ignore

/** Runs a program of the development dependencies. */
function tool(
  script: string,
  args: readonly string[],
  cwd = '.',
): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(MODULES, script), ...args], { cwd, encoding: 'utf8' }); // prettier-ignore
  return { status, said: stdout + stderr };
}

let root = '';
let tarball = '';
let app = '';

function install(): void {
  app = join(root, 'app');
  mkdirSync(join(app, 'node_modules'), { recursive: true });
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }');
  const link = (name: string) => {
    const at = join(app, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(MODULES, name), at, 'junction');
  };
  if (FULL) npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], app);
  else {
    execFileSync('tar', ['xzf', tarball], { cwd: root });
    renameSync(join(root, 'package'), join(app, 'node_modules', 'inferproof'));
    for (const name of Object.keys(manifest().dependencies)) link(name);
  }
  link('@types/node');
}

const manifest = () =>
  JSON.parse(readFileSync(join(app, 'node_modules', 'inferproof', 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly bin: { readonly inferproof: string };
  };

beforeAll(async () => {
  await buildPage();
  execFileSync(process.execPath, ['cli/build.mjs']);
  root = mkdtempSync(join(tmpdir(), 'inferproof-package-'));
  npm(['pack', '--pack-destination', root], '.');
  tarball = join(root, readdirSync(root).find((name) => name.endsWith('.tgz')) ?? '');
  install();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the tarball', () => {
  it('is in order for publint', () => {
    const { status, said } = tool('publint/src/cli.js', ['--strict', '.']);
    expect(status, said).toBe(0);
  });

  it('has types that attw resolves from ESM and from bundlers', () => {
    const { status, said } = tool('@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'esm-only']);
    expect(status, said).toBe(0);
  });

  it('carries what runs and what is read, and no tests, sources or build state', () => {
    const files = readdirSync(join(app, 'node_modules', 'inferproof'), { recursive: true, encoding: 'utf8' }).map((f) => f.replaceAll('\\', '/')); // prettier-ignore
    for (const name of [
      'README.md',
      'LICENSE',
      'NOTICE',
      'SECURITY.md',
      'circuits/range.circom',
      'dist/bin/inferproof.js',
      'dist/cli/main.js',
      'dist/index.js',
      'dist/files/index.js',
      'cli/demo/model.onnx',
      'dist/prover/circom/child.js',
      'dist/prover/kernel/worker.js',
      'dist/prover/snarkjs/child.js',
      'dist/page/site/index.html',
      'dist/page/site/worker.js',
    ])
      // prettier-ignore
      expect(files).toContain(name);
    const none = /\.tsbuildinfo$|^dist\/(examples|bench|page\/app)\/|^test|(?<!\.d)\.ts$/;
    expect(files.filter((f) => none.test(f))).toEqual([]);
  });
});

describe('an empty project that installs it', () => {
  const source = `import { compile, InferproofError, type Circuit, type Report } from 'inferproof/compiler';
import { audit, check, openProver, prove, setup, type AuditResult, type Prover } from 'inferproof/prover';
import { readFolder, readSamples } from 'inferproof/files';
import { verify, type Verification, type VerificationKey } from 'inferproof/verifier';
import * as inferproof from 'inferproof';
import { verifyPlain } from 'inferproof/verifier/plain';
import { verifyLookup } from 'inferproof/verifier/lookup';
import { solidityVerifier, verifyCalldata } from 'inferproof/verifier/solidity';

export async function all(bytes: Uint8Array): Promise<[Circuit, Report, VerificationKey, Verification, AuditResult]> {
  const { circuit, report } = await compile(bytes, { inputRanges: { '': [0, 1] } });
  const samples = { count: 1, inputs: { x: new Float32Array(784) } };
  const { satisfied } = await check(circuit, samples);
  const { vkey, provingKey } = await setup(circuit, { dev: satisfied || true });
  const prover: Prover = await openProver(circuit, provingKey, vkey);
  await prover.close();
  const { proof } = await prove(circuit, provingKey, vkey, samples);
  const text: string = solidityVerifier(vkey, { allowInsecureKey: true }) + verifyCalldata(vkey, proof).data;
  return [circuit, report, vkey, verify(vkey, proof, { allowInsecureKey: text !== '' }), await audit(circuit, bytes)];
}

/** The same by the root of the package. */
export async function again(dir: string, samples: inferproof.Samples): Promise<boolean> {
  const { circuit, vkey, provingKey }: inferproof.Folder = await inferproof.readFolder(dir);
  if (vkey === undefined || provingKey === undefined) return false;
  const { proof }: inferproof.ProveResult = await inferproof.prove(circuit, provingKey, vkey, samples);
  return inferproof.verify(vkey, proof).valid;
}

const doors = { compile, InferproofError, audit, check, openProver, prove, setup, readFolder, readSamples, verify, verifyPlain, verifyLookup, solidityVerifier, verifyCalldata }; // prettier-ignore
const others = Object.entries(doors).filter(([name, door]) => (inferproof as Record<string, unknown>)[name] !== door);
console.log(others.map(([name]) => name).join());

try {
  await all(new Uint8Array());
} catch (error) {
  const code = error instanceof InferproofError ? error.code : 'none';
  console.log([code, ...[openProver, readFolder, readSamples, verifyPlain, verifyLookup].map((f) => typeof f)].join());
}
`;

  it.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])('uses its types under moduleResolution %s, every declaration checked', (resolution, module) => {
    writeFileSync(join(app, 'app.ts'), source);
    const compilerOptions = { strict: true, skipLibCheck: false, target: 'es2023', lib: ['es2023', 'dom'], module, moduleResolution: resolution, types: ['node'], outDir: 'out', rootDir: '.' }; // prettier-ignore
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.ts'] }));
    const { status, said } = tool('typescript/bin/tsc', ['-p', 'tsconfig.json'], app);
    expect(status, said).toBe(0);
    const { stdout, stderr } = spawnSync(process.execPath, ['out/app.js'], { cwd: app, encoding: 'utf8' });
    expect(stdout, stderr).toBe('\nformat,function,function,function,function,function\n');
  });

  it('says what to install for a command of the network', () => {
    const main = join(app, 'node_modules', 'inferproof', manifest().bin.inferproof);
    const { status, stderr } = spawnSync(process.execPath, [main, 'publish', 'x'], { cwd: app, encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, "error: expected the package inferproof-network for 'publish', got none\n  hint npm install inferproof-network\n"]); // prettier-ignore
  });

  it('proves and verifies from dist/bin, which loads no module of dist besides the threads, and says what modules say', async () => {
    const model = modelBytes({
      inputs: { x: [1, 2] },
      nodes: [{ op: 'Gemm', in: ['x', 'w'] }],
      initializers: { w: floats([2, 1], [1, 0.7]) },
    });
    const made = await compile(model, { inputRanges: { '': [-1, 1] }, argument: 'lookup' });
    await writeCompilation(join(app, 'dir'), made);
    const { provingKey, vkey } = await setup(made.circuit, { dev: true });
    await writeKeys(join(app, 'dir'), provingKey, vkey);
    writeFileSync(join(app, 'x.json'), '{"x": [[0.5, 0.25]]}');
    const dist = join(app, 'node_modules', 'inferproof', 'dist');
    const hook = `export async function load(url, context, next) { process._rawDebug('LOADS ' + url); return next(url, context); }`;
    const register = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
    const run = (file: string, ...args: readonly string[]) => {
      const flags = ['--import', `data:text/javascript,${encodeURIComponent(register)}`];
      const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, join(dist, file), ...args], { cwd: app, encoding: 'utf8' }); // prettier-ignore
      const loaded = [...stderr.matchAll(/^LOADS .*\/dist\/(.*)$/gm)].map((match) => match[1]);
      return { status, said: stdout + stderr.replaceAll(/^LOADS .*\n/gm, ''), loaded };
    };
    const prove = ['prove', 'dir', '--input', 'x.json', '-o', 'proof.json'];
    const proved = run('bin/inferproof.js', ...prove);
    expect(proved.status, proved.said).toBe(0);
    expect(proved.loaded).toContain('bin/main.js');
    expect(proved.loaded.filter((file) => !/^bin\/|^prover\/kernel\/(worker|instance)\.js$/.test(file))).toEqual([]);
    const verified = run('bin/inferproof.js', 'verify', 'dir/vkey.json', 'proof.json');
    expect(verified.said).toMatch(/^valid$/m);
    expect(verified.loaded.filter((file) => !file.startsWith('bin/'))).toEqual([]);
    for (const args of [['prove', 'nowhere', '--input', 'x.json'], [...prove, '--more'], ['verify', 'dir/vkey.json', 'x.json']]) {
      const [bundled, modules] = ['bin/inferproof.js', 'cli/main.js'].map((file) => run(file, ...args));
      expect(modules.status).toBeGreaterThan(0);
      expect([bundled.status, bundled.said]).toEqual([modules.status, modules.said]);
    } // prettier-ignore
  });

  it('runs the demo to its on-chain check', () => {
    const main = join(app, 'node_modules', 'inferproof', manifest().bin.inferproof);
    expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'demo', '--json'], {
      cwd: app,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    const answer = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(answer).sort()).toEqual(['gas', 'onChain', 'seconds', 'valid']);
    expect(answer).toMatchObject({ valid: true, onChain: true });
  });
});

describe("the network's tarball", () => {
  it('is in order for publint, has types that attw resolves, and carries contracts with their bytecode', () => {
    writeContracts();
    npm(['pack', '--pack-destination', root], 'network');
    const packed = join(root, readdirSync(root).find((name) => name.startsWith('inferproof-network-')) ?? '');
    const { status, said } = tool('publint/src/cli.js', ['--strict', 'network']);
    expect(status, said).toBe(0);
    const types = tool('@arethetypeswrong/cli/dist/index.js', [packed, '--profile', 'esm-only']);
    expect(types.status, types.said).toBe(0);
    const files = execFileSync('tar', ['tzf', packed], { encoding: 'utf8' }).split('\n');
    for (const name of [
      'dist/contracts.json',
      'deployments.json',
      'dist/commands/index.js',
      'contracts/InferenceConsumer.sol',
    ])
      expect(files).toContain(`package/${name}`);
    expect(files.filter((name) => /\.tsbuildinfo$|build\.(js|ts)$|(?<!\.d)\.ts$/.test(name))).toEqual([]);
  });
});

it('nothing in the tree is unused', () => {
  const { status, said } = tool('knip/bin/knip.js', ['--no-progress']);
  expect(status, said).toBe(0);
});

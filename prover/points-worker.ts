// The worker behind points.ts: sums of BN254 points over the wasm module of wasmcurves, in its own memory.
// Points are affine, Montgomery form, little-endian (as zkey files hold them); all zero bytes are the point at infinity.
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import {
  AFFINE,
  JACOBIAN,
  type FixedBase,
  type GroupName,
  type GroupSum,
  type Join,
  type PointJob,
} from './point-jobs.js';
import type { Answer } from './pool.js';

type PointFunction = (...pointers: number[]) => void;

interface Wasm {
  readonly memory: WebAssembly.Memory;
  /** One function of the group: `addMixed(a, b, out)`, `batchToAffine(a, n, out)`, ... */
  fn(group: GroupName, name: string): PointFunction;
  readonly generator: Readonly<Record<GroupName, number>>;
  /** A fresh place of that many bytes; everything handed out is given back by `reset` to an earlier `top`. */
  alloc(bytes: number): number;
  top(): number;
  reset(top: number): void;
}

const PAGE = 65536;
const SCRATCH = 1 << 20; // what the wasm functions take beyond the free pointer

async function instantiate(): Promise<Wasm> {
  const require = createRequire(import.meta.url);
  const { buildBn128 } = require('wasmcurves') as typeof import('wasmcurves');
  const { ModuleBuilder } = require('wasmbuilder') as typeof import('wasmbuilder');
  const builder = new ModuleBuilder();
  builder.setMemory(25);
  buildBn128(builder);
  const memory = new WebAssembly.Memory({ initial: 25, maximum: 32767 });
  const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(builder.build()), { env: { memory } });
  const free = (): Uint32Array => new Uint32Array(memory.buffer, 0, 1); // wasmcurves keeps its free pointer at address 0
  const { pG1gen, pG2gen } = builder.modules.bn128;
  return {
    memory,
    fn: (group, name) => exports[`${group === 'G1' ? 'g1m' : 'g2m'}_${name}`] as PointFunction,
    generator: { G1: pG1gen, G2: pG2gen },
    alloc: (bytes) => {
      const at = (free()[0] + 31) & ~31;
      const missing = at + bytes + SCRATCH - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil((missing + (1 << 24)) / PAGE));
      free()[0] = at + bytes;
      return at;
    },
    top: () => free()[0],
    reset: (top) => {
      free()[0] = top;
    },
  };
}

const BATCH = 1 << 13; // points brought to affine form by one inversion; its scratch memory grows with the batch

/** table[k][d - 1] = d * 2^(window k) * G, affine: a scalar costs one mixed addition a window. */
function windowTable(wasm: Wasm, group: GroupName, window: number): number {
  const addMixed = wasm.fn(group, 'addMixed');
  const [affine, jacobian, row] = [AFFINE[group], JACOBIAN[group], 2 ** window - 1];
  const windows = Math.ceil(254 / window);
  const table = wasm.alloc(windows * row * affine);
  const top = wasm.top();
  const line = wasm.alloc(row * jacobian);
  const base = wasm.alloc(jacobian);
  const baseAffine = wasm.alloc(affine);
  wasm.fn(group, 'copy')(wasm.generator[group], base);
  for (let k = 0; k < windows; k++) {
    wasm.fn(group, 'toAffine')(base, baseAffine);
    wasm.fn(group, 'copy')(base, line);
    for (let d = 1; d < row; d++) addMixed(line + (d - 1) * jacobian, baseAffine, line + d * jacobian);
    addMixed(line + (row - 1) * jacobian, baseAffine, base);
    toAffine(wasm, group, line, row, table + k * row * affine);
  }
  wasm.reset(top);
  return table;
}

function toAffine(wasm: Wasm, group: GroupName, from: number, n: number, to: number): void {
  const batchToAffine = wasm.fn(group, 'batchToAffine');
  for (let i = 0; i < n; i += BATCH) {
    batchToAffine(from + i * JACOBIAN[group], Math.min(BATCH, n - i), to + i * AFFINE[group]);
  }
}

function fixedBase(wasm: Wasm, { group, scalars, window }: FixedBase, table: number): Uint8Array {
  const [affine, jacobian, row] = [AFFINE[group], JACOBIAN[group], 2 ** window - 1];
  const [addMixed, zero] = [wasm.fn(group, 'addMixed'), wasm.fn(group, 'zero')];
  const windows = Math.ceil(254 / window);
  const n = scalars.length / 32;
  const sums = wasm.alloc(n * jacobian);
  for (let i = 0; i < n; i++) {
    const sum = sums + i * jacobian;
    zero(sum);
    for (let k = 0; k < windows; k++) {
      const byte = (k * window) >> 3;
      const at = i * 32 + byte;
      const bits = scalars[at] | (byte < 31 ? scalars[at + 1] << 8 : 0) | (byte < 30 ? scalars[at + 2] << 16 : 0);
      const digit = (bits >> ((k * window) & 7)) & row;
      if (digit !== 0) addMixed(sum, table + (k * row + digit - 1) * affine, sum);
    }
  }
  const out = wasm.alloc(n * affine);
  toAffine(wasm, group, sums, n, out);
  return copyOut(wasm, out, n * affine);
}

function groupSum(wasm: Wasm, { group, points, classes, n }: GroupSum): Uint8Array {
  const [affine, jacobian] = [AFFINE[group], JACOBIAN[group]];
  const [addMixed, zero] = [wasm.fn(group, 'addMixed'), wasm.fn(group, 'zero')];
  const sums = wasm.alloc(n * jacobian);
  for (let c = 0; c < n; c++) zero(sums + c * jacobian);
  const buffer = wasm.alloc(BATCH * affine);
  const isZero = wasm.fn(group, 'isZeroAffine') as unknown as (pointer: number) => number;
  for (let from = 0; from < classes.length; from += BATCH) {
    const m = Math.min(BATCH, classes.length - from);
    new Uint8Array(wasm.memory.buffer).set(points.subarray(from * affine, (from + m) * affine), buffer);
    for (let i = 0; i < m; i++) {
      if (isZero(buffer + i * affine)) continue;
      const sum = sums + classes[from + i] * jacobian;
      addMixed(sum, buffer + i * affine, sum);
    }
  }
  return copyOut(wasm, sums, n * jacobian);
}

function join(wasm: Wasm, { group, parts, n }: Join): Uint8Array {
  const [affine, jacobian] = [AFFINE[group], JACOBIAN[group]];
  const add = wasm.fn(group, 'add');
  const [sum, other, out] = [wasm.alloc(n * jacobian), wasm.alloc(n * jacobian), wasm.alloc(n * affine)];
  parts.forEach((part, k) => {
    new Uint8Array(wasm.memory.buffer).set(part, k === 0 ? sum : other);
    if (k > 0) for (let i = 0; i < n * jacobian; i += jacobian) add(sum + i, other + i, sum + i);
  });
  toAffine(wasm, group, sum, n, out);
  return copyOut(wasm, out, n * affine);
}

const copyOut = (wasm: Wasm, at: number, bytes: number): Uint8Array =>
  new Uint8Array(wasm.memory.buffer).slice(at, at + bytes);

if (parentPort !== null) {
  const port = parentPort;
  const wasm = await instantiate();
  const bottom = wasm.top();
  let table: { readonly key: string; readonly at: number; readonly top: number } | undefined; // kept between jobs

  const tableFor = ({ group, window }: FixedBase): number => {
    const key = `${group} ${window}`;
    if (table?.key !== key) {
      wasm.reset(bottom);
      const at = windowTable(wasm, group, window);
      table = { key, at, top: wasm.top() };
    }
    wasm.reset(table.top);
    return table.at;
  };
  const run = (request: PointJob): Uint8Array => {
    if (request.job === 'fixedBase') return fixedBase(wasm, request.args, tableFor(request.args));
    table = undefined;
    wasm.reset(bottom);
    return request.job === 'groupSum' ? groupSum(wasm, request.args) : join(wasm, request.args);
  };
  port.on('message', (request: PointJob) => {
    let answer: Answer;
    try {
      answer = { ok: true, out: run(request) };
    } catch (error) {
      table = undefined;
      answer = { ok: false, message: error instanceof Error ? error.message : String(error) };
    }
    port.postMessage(answer, answer.ok ? [answer.out.buffer as ArrayBuffer] : []);
  });
}

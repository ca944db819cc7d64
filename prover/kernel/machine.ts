// Where the kernel computes: one linear memory, and threads that call the kernel's exports in it. The drivers (quotient.ts, sums.ts)
// know only this; machines.ts makes one of threads, worker threads in node.ts and web workers in web.ts.
import { InferproofError } from '../../verifier/errors.js';
import { readSection, sectionLength, type BinFile } from '../files/binfile.js';
import type { Call } from './instance.js';

/** Calls that one thread makes in order. `slot`, below `threads`, names what no other running job uses: scratch memory. */
export type Job = (slot: number) => readonly Call[];

export interface Machine {
  readonly threads: number;
  /**
   * Room for that many bytes, 16-byte aligned, not cleared. Throws 'resource' where memory runs out; a view made before
   * may be detached.
   */
  alloc(bytes: number): number;
  /** Gives back everything allocated since `mark`. */
  mark(): number;
  release(mark: number): void;
  /** A view of memory, good until the next `alloc`. */
  bytes(at: number, length: number): Uint8Array;
  words(at: number, length: number): Uint32Array;
  /** Runs all jobs, `threads` at a time, first ones first; each job's return values. After an error no job is running. */
  run(jobs: readonly Job[]): Promise<number[][]>;
  /** Lets threads that have ended a job begin the next one: whoever computes while jobs run calls it now and then. */
  turn(): Promise<void>;
}

export const PAGE = 1 << 16;
export const MAX_PAGES = 1 << 16;

/** A stack of allocations in a memory, from `bottom` on. */
export function arena(memory: WebAssembly.Memory, bottom: number): Omit<Machine, 'threads' | 'run' | 'turn'> {
  let top = bottom;
  return {
    alloc: (bytes) => {
      const at = Math.ceil(top / 16) * 16;
      const missing = at + bytes - memory.buffer.byteLength;
      if (missing > 0) grow(memory, Math.ceil(missing / PAGE));
      top = at + bytes;
      return at;
    },
    mark: () => top,
    release: (mark) => {
      top = mark;
    },
    bytes: (at, length) => new Uint8Array(memory.buffer, at, length),
    words: (at, length) => new Uint32Array(memory.buffer, at, length),
  };
}

function grow(memory: WebAssembly.Memory, pages: number): void {
  try {
    memory.grow(pages);
  } catch (cause) {
    const mebibytes = Math.ceil((memory.buffer.byteLength + pages * PAGE) / 2 ** 20);
    throw new InferproofError('resource', `expected ${mebibytes} MiB of memory for the proof, got a refusal`, {
      hint: 'free memory, or use a machine with more of it; the kernel can use 4096 MiB',
      cause,
    });
  }
}

/** A copy of bytes in the machine's memory. */
export function put(machine: Machine, bytes: Uint8Array): number {
  const at = machine.alloc(bytes.length);
  machine.bytes(at, bytes.length).set(bytes);
  return at;
}

/** Reads a section of a file straight into the machine's memory. Throws as `readSection` does. */
export function load(machine: Machine, file: BinFile, id: number): number {
  const length = sectionLength(file, id);
  const at = machine.alloc(length);
  readSection(file, id, machine.bytes(at, length));
  return at;
}

/** [0, count) in at most `pieces` ranges of nearly equal length, a multiple of `unit` but for the last. */
export function ranges(count: number, pieces: number, unit = 1): [from: number, to: number][] {
  const step = Math.max(unit, Math.ceil(count / pieces / unit) * unit);
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => [i * step, Math.min(count, (i + 1) * step)]);
}

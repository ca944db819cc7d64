// A .ptau file that was prepared for phase 2, read piece by piece: it may be gigabytes long. Everything that its headers say is
// checked against the file's length before memory is taken by it; what stands in the sections is checked by whoever reads them
// (curve.ts) and, for the file as a whole, by snarkjs (verified.ts).
//
// Sections 12 to 15 hold the Lagrange bases at tau, over the domains of 1, 2, 4, … rows one after the other.
import { open, type FileHandle } from 'node:fs/promises';
import { readField } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { Q } from '../../verifier/field.js';
import { checkHeader, reason, truncated } from '../files/binfile.js';

/** Sections of a .ptau file; `lagrange…` are what preparing for phase 2 adds. */
export const PTAU = {
  header: 1,
  tau1: 2,
  tau2: 3,
  alpha1: 4,
  beta1: 5,
  beta2: 6,
  contributions: 7,
  lagrange1: 12,
  lagrange2: 13,
  lagrangeAlpha1: 14,
  lagrangeBeta1: 15,
} as const;

const NAMES = new Map<number, keyof typeof PTAU>(
  Object.entries(PTAU).map(([name, id]) => [id, name as keyof typeof PTAU]),
);

/** Bytes of each section at a power p. */
const SIZES: readonly (readonly [id: number, bytes: (p: number) => number])[] = [
  [PTAU.tau1, (p) => 64 * (2 ** (p + 1) - 1)],
  [PTAU.tau2, (p) => 128 * 2 ** p],
  [PTAU.alpha1, (p) => 64 * 2 ** p],
  [PTAU.beta1, (p) => 64 * 2 ** p],
  [PTAU.beta2, () => 128],
  [PTAU.lagrange1, (p) => 64 * (2 ** (p + 2) - 1)], // domains up to 2^(p+1)
  [PTAU.lagrange2, (p) => 128 * (2 ** (p + 1) - 1)], // up to 2^p
  [PTAU.lagrangeAlpha1, (p) => 64 * (2 ** (p + 1) - 1)],
  [PTAU.lagrangeBeta1, (p) => 64 * (2 ** (p + 1) - 1)],
];
const PREPARED = [PTAU.lagrange1, PTAU.lagrange2, PTAU.lagrangeAlpha1, PTAU.lagrangeBeta1];

const MAX_POWER = 28; // BN254's scalar field has no larger domain
const MAX_SECTIONS = 64; // 11 are known

/** Sizes in the section of contributions: five points, a public key of nine, two hashes, a type, the length of the parameters. */
const CONTRIBUTION = 448 + 768 + 216 + 64 + 4 + 4;
/** Parameters: a name of at most 255 bytes, log2 of a beacon's iterations, a beacon of at most 255 bytes. */
const MAX_PARAMETERS = 2 + 255 + 2 + 2 + 255;
const MAX_LOG2_ITERATIONS = 30; // snarkjs repeats them: 2^30 hashes take it hours

/** An open .ptau file. */
export interface Powers {
  readonly path: string;
  /** Domains of up to 2^power rows. */
  readonly power: number;
  /** Bytes of the whole file. */
  readonly bytes: number;
  /** Fills `into` from `from` bytes after the start of a section. Throws 'file', 'format'. */
  readonly read: (id: number, into: Uint8Array, from?: number) => Promise<void>;
  /** Fills `into` from a place in the file. */
  readonly readAt: (at: number, into: Uint8Array) => Promise<void>;
  /** Where a section's content begins in the file. */
  readonly start: (id: number) => number;
  readonly close: () => Promise<void>;
}

/**
 * Opens a file and checks type, completeness, curve, preparation, sizes and contributions' counts by its headers alone.
 * @param needed log2 of the domain that it must serve
 * @throws 'file' when it cannot be read; 'format' when it is no .ptau, truncated, over another curve, not prepared for phase 2 or
 *   otherwise not as snarkjs writes them; 'mismatch' when it is too small (the message names the power that is needed)
 */
export async function openPowers(path: string, needed: number): Promise<Powers> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
  try {
    return await checked(handle, path, needed);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const unreadable = (path: string, cause: unknown): InferproofError =>
  new InferproofError('file', `expected a readable .ptau file, got: ${reason(cause)}`, { where: path, cause });

interface Place {
  readonly at: number;
  readonly length: number;
}

async function checked(handle: FileHandle, path: string, needed: number): Promise<Powers> {
  const bytes = (await handle.stat().catch((cause: unknown) => Promise.reject(unreadable(path, cause)))).size;
  const readAt = async (at: number, into: Uint8Array): Promise<void> => {
    for (let done = 0; done < into.length;) {
      const left = into.length - done;
      const got = await handle
        .read(into, done, left, at + done)
        .catch((cause: unknown) => Promise.reject(unreadable(path, cause)));
      if (got.bytesRead === 0) throw truncated('ptau', path, at + into.length, at + done);
      done += got.bytesRead;
    }
  };
  const view = async (at: number, length: number): Promise<DataView> => {
    if (at + length > bytes) throw truncated('ptau', path, at + length, bytes);
    const into = new Uint8Array(length);
    await readAt(at, into);
    return new DataView(into.buffer);
  };
  const refuse = (expected: string, got: string, hint?: string): never => {
    throw new InferproofError('format', `expected ${expected}, got ${got}`, { where: path, hint });
  };

  const head = await view(0, Math.min(12, bytes));
  checkHeader(new Uint8Array(head.buffer), 'ptau', path);
  const count = head.getUint32(8, true);
  if (count > MAX_SECTIONS) refuse(`a .ptau file of at most ${MAX_SECTIONS} sections`, `one that announces ${count}`);
  const found = new Map<number, Place>();
  for (let at = 12, left = count; left > 0; left--) {
    const section = await view(at, 12);
    const [id, length] = [section.getUint32(0, true), Number(section.getBigUint64(4, true))];
    if (at + 12 + length > bytes) throw truncated('ptau', path, at + 12 + length, bytes);
    if (found.has(id)) refuse(`one section ${id} in a .ptau file`, 'two');
    found.set(id, { at: at + 12, length });
    at += 12 + length;
  }
  const place = (id: number): Place =>
    found.get(id) ??
    (id === PTAU.header
      ? refuse('a .ptau file with a header', 'one without')
      : refuse(`a .ptau file with section ${id} (${NAMES.get(id)})`, 'one without'));

  const header = place(PTAU.header);
  if (header.length !== 44) refuse('powers of tau over BN254', `a header of ${header.length} bytes`);
  const numbers = await view(header.at, 44);
  if (numbers.getUint32(0, true) !== 32 || readField(numbers, 4) !== Q) refuse('powers of tau over BN254', 'another curve'); // prettier-ignore
  const power = numbers.getUint32(36, true);
  if (!(power >= 1 && power <= MAX_POWER)) refuse(`powers of tau of 2^1 to 2^${MAX_POWER}`, `2^${power}`);
  const of = numbers.getUint32(40, true);
  if (!(of >= power && of <= MAX_POWER)) refuse(`a ceremony of 2^${power} to 2^${MAX_POWER} powers`, `2^${of}`);
  if (!PREPARED.every((id) => found.has(id))) {
    refuse('a .ptau file prepared for phase 2', 'one that is not', 'run `snarkjs powersoftau prepare phase2` on it first'); // prettier-ignore
  }
  if (power < needed) {
    throw new InferproofError('mismatch', `expected powers of tau of at least 2^${needed}, got 2^${power}`, {
      where: path,
      hint: `take a .ptau file of power ${needed} or more`,
    });
  }
  for (const [id, size] of SIZES) {
    const { length } = place(id);
    if (length !== size(power)) refuse(`${size(power)} bytes in section ${id} of a .ptau file of 2^${power}`, `${length}`); // prettier-ignore
  }
  await checkContributions(place(PTAU.contributions), view, refuse);

  const read = async (id: number, into: Uint8Array, from = 0): Promise<void> => {
    const { at, length } = place(id);
    if (from + into.length > length) throw new RangeError(`${from + into.length} bytes of section ${id} of ${length}`);
    await readAt(at + from, into);
  };
  return { path, power, bytes, read, readAt, start: (id) => place(id).at, close: () => handle.close() };
}

/** How many there are and how long they are: snarkjs, which checks what they say, believes both, and a beacon's iterations. */
async function checkContributions(
  { at, length }: Place,
  view: (at: number, length: number) => Promise<DataView>,
  refuse: (expected: string, got: string) => never,
): Promise<void> {
  const count = length < 4 ? 0 : (await view(at, 4)).getUint32(0, true);
  if (count === 0) refuse('powers of tau with contributions', 'none');
  if (4 + count * CONTRIBUTION > length) refuse(`at most ${Math.floor((length - 4) / CONTRIBUTION)} contributions in ${length} bytes`, `${count}`); // prettier-ignore
  let next = at + 4;
  let hashes = 0;
  for (let i = 1; i <= count; i++) {
    const fits = (bytes: number): boolean => next + bytes <= at + length;
    if (!fits(CONTRIBUTION)) refuse(`contribution ${i} in its section`, 'one that goes beyond its end');
    const size = (await view(next + CONTRIBUTION - 4, 4)).getUint32(0, true);
    next += CONTRIBUTION;
    if (size > MAX_PARAMETERS || !fits(size)) refuse(`at most ${MAX_PARAMETERS} bytes of parameters in contribution ${i}`, `${size}`); // prettier-ignore
    const parameters = new Uint8Array((await view(next, size)).buffer);
    for (let p = 0; p < size;) {
      const type = parameters[p];
      if (type === 2 && parameters[p + 1] > MAX_LOG2_ITERATIONS) refuse(`a beacon of at most 2^${MAX_LOG2_ITERATIONS} iterations in contribution ${i}`, `2^${parameters[p + 1]}`); // prettier-ignore
      if (type === 2 && (hashes += 2 ** parameters[p + 1]) > 2 ** MAX_LOG2_ITERATIONS) refuse(`at most 2^${MAX_LOG2_ITERATIONS} iterations of beacons in all contributions`, `${hashes}`); // prettier-ignore
      p += type === 2 ? 2 : 2 + (parameters[p + 1] ?? 0);
    }
    next += size;
  }
  if (next !== at + length) refuse(`a section of contributions of ${next - at} bytes`, `${length}`);
}

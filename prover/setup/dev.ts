// Development setup: every secret is known to this process while it runs and is forgotten on return, so whoever ran it may
// have kept them: the key is insecure by construction. It evaluates every polynomial at tau and writes the zkey format,
// hundreds of times faster than a ceremony over powers of tau.
//
// plain   the layout of stock snarkjs: one more row A = w for the constant and for each public wire.
// lookup  compact: no such row for committed wires (the commitment binds them), which halves the domain in practice, and the
//         commitment basis IC_i/eta with [eta]1, [eta]2 after the stock sections (see key.ts).
import { FIELD_BYTES, fieldBytes, readField, writeField } from '../../compiler/circuit/field.js';
import { Q, R, inverse, mod } from '../../verifier/field.js';
import { coefficient, type RowSystem } from '../../compiler/circuit/rows.js';
import { InferproofError } from '../../verifier/errors.js';
import type { Section } from '../files/binfile.js';
import { AFFINE, COEFFICIENT_BYTES, SECTION, type GroupName, type SetupKey } from '../files/zkey.js';
import { fixedBaseTable, fixedBaseWindow, multiples, type Table } from '../kernel/fixed-base.js';
import { openKernel, type Kernel } from '../kernel/index.js';
import { randomScalar } from '../random.js';
import { domainBasis, oddBasis } from './basis.js';
import { columns } from './columns.js';

/** The trapdoor. gamma is 1, as in snarkjs's keys. */
export interface Secrets {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly delta: bigint;
  readonly eta: bigint;
}

export interface DevSetupOptions {
  readonly argument: 'plain' | 'lookup';
  /** For tests: fixes secrets, each in [1, r); the others are drawn from the system. */
  readonly secrets?: Partial<Secrets>;
  /** Called with the numbers of scalar multiplications done and to be done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The wires that get a domain row of their own. */
function boundWires(system: RowSystem, argument: 'plain' | 'lookup'): number[] {
  if (argument === 'plain' && system.nCommitted > 0) {
    throw new InferproofError('internal', `expected no committed wires in a plain circuit, got ${system.nCommitted}`);
  }
  return [0, ...Array.from({ length: system.nPublic }, (_, i) => system.nCommitted + 1 + i)];
}

/** log2 of the smallest domain for that many rows, at least 1 as in snarkjs. */
export const domainPower = (rows: number): number => Math.max(1, Math.ceil(Math.log2(rows)));

/** Throws 'unsupported' for more rows than the field's domains hold, 'resource' where memory or a worker could not be had. */
export async function devSetup(system: RowSystem, options: DevSetupOptions): Promise<SetupKey> {
  const bound = boundWires(system, options.argument);
  const rows = system.nRows + bound.length;
  const k = domainPower(rows);
  if (k > 27) throw new InferproofError('unsupported', `expected at most 2^27 rows, got ${rows}`);
  const kernel = openKernel(() => Promise.resolve());
  try {
    const points = await allPoints(kernel, system, bound, k, options);
    return {
      file: { type: 'zkey', version: 1, sections: sections(system, bound, 2 ** k, points, options.argument) },
      rows,
      domain: 2 ** k,
      insecure: true,
      contributions: 0,
    };
  } finally {
    await kernel.close();
  }
}

/** All points of the key, by group and name. */
async function allPoints(
  kernel: Kernel<unknown>,
  system: RowSystem,
  bound: readonly number[],
  k: number,
  options: DevSetupOptions,
): Promise<Map<string, Uint8Array>> {
  const counts = pointCounts(system, k, options.argument);
  let done = 0;
  const onDone = (count: number): void => options.onProgress?.((done += count), counts.G1 + counts.G2);
  const told = <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => undefined); // below, when all scalars are made
    return work;
  };
  const tableOf = (group: GroupName): Promise<Table> =>
    told(kernel.run((machine) => fixedBaseTable(machine, group, fixedBaseWindow(group, counts[group]))));
  const tables = { G1: tableOf('G1'), G2: tableOf('G2') };
  const sum = async ({ group, name, scalars }: Scalars): Promise<readonly [string, Uint8Array]> => {
    const table = await tables[group];
    return [`${group} ${name}`, await kernel.run((machine) => multiples(machine, table, scalars, onDone))];
  };
  const sums: Promise<readonly [string, Uint8Array]>[] = [];
  for await (const scalars of keyScalars(kernel, system, bound, k, options)) sums.push(told(sum(scalars)));
  return new Map(await Promise.all(sums));
}

interface Scalars {
  readonly group: GroupName;
  readonly name: string;
  /** 32 bytes each. */
  readonly scalars: Uint8Array;
}

function pointCounts(
  { nWires, nCommitted }: RowSystem,
  k: number,
  argument: 'plain' | 'lookup',
): Readonly<Record<GroupName, number>> {
  const eta = argument === 'lookup' ? 1 : 0;
  return { G1: 3 + 3 * nWires + 2 ** k + eta * (nCommitted + 1), G2: 3 + nWires + eta };
}

/**
 * The discrete logarithms of all points of the key, section by section: those of H first, so that threads work on them while
 * the columns are made.
 */
async function* keyScalars(
  kernel: Kernel<unknown>,
  system: RowSystem,
  bound: readonly number[],
  k: number,
  { argument, secrets = {} }: DevSetupOptions,
): AsyncGenerator<Scalars> {
  const drawn = {
    tau: randomScalar(),
    alpha: randomScalar(),
    beta: randomScalar(),
    delta: randomScalar(),
    eta: randomScalar(),
  };
  const { tau, alpha, beta, delta, eta } = { ...drawn, ...secrets };
  const { nRows, nWires, nCommitted, nPublic } = system;
  const [byDelta, byEta] = [inverse(delta), inverse(eta)];
  const scalars = (group: GroupName, name: string, values: readonly bigint[]): Scalars => {
    return { group, name, scalars: fieldBytes(values) };
  };
  yield { group: 'G1', name: 'h', scalars: await oddBasis(kernel, tau, k, byDelta) };
  yield scalars('G1', 'header', [alpha, beta, delta]);
  yield scalars('G2', 'header', [beta, 1n, delta]);
  if (argument === 'lookup') {
    yield scalars('G1', 'eta', [eta]);
    yield scalars('G2', 'eta', [eta]);
  }

  const basis = await domainBasis(kernel, tau, k);
  const [sideA, sideB, sideC] = system.sides;
  const atB = await columns(system, sideB, basis);
  yield scalars('G2', 'b', atB);
  yield scalars('G1', 'b', atB);
  const atA = await columns(system, sideA, basis);
  const view = new DataView(basis.buffer);
  bound.forEach((w, i) => (atA[w] = (atA[w] + readField(view, (nRows + i) * FIELD_BYTES)) % R));
  yield scalars('G1', 'a', atA);
  const atC = await columns(system, sideC, basis);
  const outside = 1 + nCommitted + nPublic; // wires below have an IC
  const ic: bigint[] = [];
  const priv: bigint[] = [];
  for (let w = 0; w < nWires; w++) {
    const value = (beta * atA[w] + alpha * atB[w] + atC[w]) % R;
    if (w < outside) ic.push(value);
    else priv.push((value * byDelta) % R);
  }
  yield scalars('G1', 'ic', ic);
  yield scalars('G1', 'c', priv);
  if (argument === 'lookup') {
    const commitment = ic.slice(1, 1 + nCommitted).map((x) => (x * byEta) % R);
    yield scalars('G1', 'basis', commitment);
  }
}

function sections(
  system: RowSystem,
  bound: readonly number[],
  domain: number,
  points: ReadonlyMap<string, Uint8Array>,
  argument: 'plain' | 'lookup',
): Section[] {
  const get = (name: string): Uint8Array => points.get(name) ?? new Uint8Array(0);
  const header = (group: GroupName, i: number): Uint8Array =>
    get(`${group} header`).subarray(i * AFFINE[group], (i + 1) * AFFINE[group]);
  const u32 = (...values: number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((value, i) => view.setUint32(4 * i, value, true));
    return new Uint8Array(view.buffer);
  };
  const part = (id: number, ...parts: Uint8Array[]): Section => ({ id, parts });
  const [alpha, beta, delta] = [0, 1, 2].map((i) => header('G1', i));
  const [beta2, gamma2, delta2] = [0, 1, 2].map((i) => header('G2', i));
  const shape = u32(system.nWires, system.nCommitted + system.nPublic, domain);
  const stock = [
    part(SECTION.protocol, u32(1)),
    part(
      SECTION.header,
      u32(32),
      fieldBytes([Q]),
      u32(32),
      fieldBytes([R]),
      shape,
      alpha,
      beta,
      beta2,
      gamma2,
      delta,
      delta2,
    ),
    part(SECTION.ic, get('G1 ic')),
    part(SECTION.coefficients, coefficientSection(system, bound)),
    part(SECTION.a, get('G1 a')),
    part(SECTION.b1, get('G1 b')),
    part(SECTION.b2, get('G2 b')),
    part(SECTION.c, get('G1 c')),
    part(SECTION.h, get('G1 h')),
    part(SECTION.contributions, new Uint8Array(68)), // no circuit hash, no contributions
  ];
  if (argument === 'plain') return stock;
  return [...stock, part(SECTION.commitmentBasis, get('G1 basis')), part(SECTION.eta, get('G1 eta'), get('G2 eta'))];
}

/** Section 4: the terms of A and B, each coefficient times 2^512 as snarkjs's prover wants it. C is never stored. */
function coefficientSection(system: RowSystem, bound: readonly number[]): Uint8Array {
  const [a, b] = system.sides;
  const count = a.wire.length + b.wire.length + bound.length;
  const out = new Uint8Array(4 + COEFFICIENT_BYTES * count);
  const view = new DataView(out.buffer);
  const factor = (1n << 512n) % R;
  const converted = new Map<number, bigint>();
  const convert = (code: number): bigint => {
    let value = converted.get(code);
    if (value === undefined) converted.set(code, (value = (mod(coefficient(system, code)) * factor) % R));
    return value;
  };
  let at = 4;
  const put = (matrix: number, row: number, wire: number, code: number): void => {
    view.setUint32(at, matrix, true);
    view.setUint32(at + 4, row, true);
    view.setUint32(at + 8, wire, true);
    writeField(view, at + 12, convert(code));
    at += COEFFICIENT_BYTES;
  };
  view.setUint32(0, count, true);
  for (let row = 0; row < system.nRows; row++) {
    for (const [matrix, side] of [a, b].entries()) {
      for (let i = side.start[row], end = side.start[row + 1]; i < end; i++)
        put(matrix, row, side.wire[i], side.coef[i]);
    }
  }
  bound.forEach((wire, i) => put(0, system.nRows + i, wire, 1));
  return out;
}

// Development setup: every secret is known to this process while it runs and is forgotten on return, so whoever ran it may
// have kept them: the key is insecure by construction. It evaluates every polynomial at tau,
// which is hundreds of times faster than a ceremony over powers of tau.
import { MAX_DOMAIN, domainOf, smallestDomain, type Domain } from '../../compiler/circuit/domain.js';
import { FIELD_BYTES, fieldBytes, readField } from '../../compiler/circuit/field.js';
import { R, inverse } from '../../verifier/field.js';
import type { RowSystem } from '../../compiler/circuit/rows.js';
import { InferproofError } from '../../verifier/errors.js';
import { AFFINE, type GroupName, type SetupKey } from '../files/zkey.js';
import { fixedBaseTable, fixedBaseWindow, multiples, type Table } from '../kernel/fixed-base.js';
import { withKernel, type Kernel } from '../kernel/index.js';
import { randomScalar } from '../random.js';
import { domainBasis, oddBasis } from './basis.js';
import { columns } from './columns.js';
import { boundWires, keyFile, type Argument, type KeyParts } from './layout.js';

/** The trapdoor. gamma is 1, as in snarkjs's keys. */
export interface Secrets {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly delta: bigint;
  readonly eta: bigint;
}

export interface DevSetupOptions {
  readonly argument: Argument;
  /** For tests: fixes secrets, each in [1, r); the others are drawn from the system. */
  readonly secrets?: Partial<Secrets>;
  /** For tests: where the rows stand, if not in the smallest domain that has room for them. */
  readonly domain?: Domain;
  /** Called with the numbers of scalar multiplications done and to be done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Throws 'unsupported' for more rows than the field's domains hold, 'resource' where memory or a worker could not be had. */
export async function devSetup(system: RowSystem, options: DevSetupOptions): Promise<SetupKey> {
  const bound = boundWires(system, options.argument);
  const rows = system.nRows + bound.length;
  const size = smallestDomain(rows, options.argument);
  if (size > MAX_DOMAIN) throw new InferproofError('unsupported', `expected at most 2^27 rows, got ${rows}`);
  const domain = options.domain ?? domainOf(size);
  const points = await withKernel((kernel) => allPoints(kernel, system, bound, domain, options));
  return {
    file: keyFile(system, bound, domain.size, keyParts(points)),
    rows,
    domain: domain.size,
    insecure: true,
    contributions: 0,
  };
}

/** All points of the key, by group and name. */
async function allPoints(
  kernel: Kernel<unknown>,
  system: RowSystem,
  bound: readonly number[],
  domain: Domain,
  options: DevSetupOptions,
): Promise<Map<string, Uint8Array>> {
  const counts = pointCounts(system, domain.size, options.argument);
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
  for await (const scalars of keyScalars(kernel, system, bound, domain, options)) sums.push(told(sum(scalars)));
  return new Map(await Promise.all(sums));
}

interface Scalars {
  readonly group: GroupName;
  readonly name: string;
  /** 32 bytes each. */
  readonly scalars: Uint8Array;
}

function pointCounts({ nWires }: RowSystem, places: number, argument: Argument): Readonly<Record<GroupName, number>> {
  const eta = argument === 'lookup' ? 1 : 0;
  return { G1: 3 + 3 * nWires + places + eta, G2: 3 + nWires + eta };
}

/**
 * The discrete logarithms of all points of the key, section by section: those of H first, so that threads work on them while
 * the columns are made.
 */
async function* keyScalars(
  kernel: Kernel<unknown>,
  system: RowSystem,
  bound: readonly number[],
  domain: Domain,
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
  const { nRows, nCommitted, nPublic } = system;
  const [byDelta, byEta] = [inverse(delta), inverse(eta)];
  const scalars = (group: GroupName, name: string, values: readonly bigint[]): Scalars => {
    return { group, name, scalars: fieldBytes(values) };
  };
  yield { group: 'G1', name: 'h', scalars: await oddBasis(kernel, tau, domain, byDelta) };
  yield scalars('G1', 'header', [alpha, beta, delta]);
  yield scalars('G2', 'header', [beta, 1n, delta]);
  if (argument === 'lookup') {
    yield scalars('G1', 'eta', [eta]);
    yield scalars('G2', 'eta', [eta]);
  }

  const basis = await domainBasis(kernel, tau, domain);
  const [sideA, sideB, sideC] = system.sides;
  const atB = await columns(system, sideB, basis);
  yield scalars('G2', 'b', atB);
  yield scalars('G1', 'b', atB);
  const atA = await columns(system, sideA, basis);
  const view = new DataView(basis.buffer);
  bound.forEach((w, i) => (atA[w] = (atA[w] + readField(view, (nRows + i) * FIELD_BYTES)) % R));
  yield scalars('G1', 'a', atA);
  const atC = await columns(system, sideC, basis);
  const ofWires = Array.from(atA, (a, w) => (beta * a + alpha * atB[w] + atC[w]) % R);
  const outside = 1 + nCommitted + nPublic;
  yield scalars('G1', 'ic', [ofWires[0], ...ofWires.slice(1 + nCommitted, outside)]);
  yield scalars(
    'G1',
    'c',
    ofWires.slice(outside).map((x) => (x * byDelta) % R),
  );
  if (argument === 'lookup') yield scalars('G1', 'basis', ofWires.slice(1, 1 + nCommitted).map((x) => (x * byEta) % R)); // prettier-ignore
}

/** The points where a key has them. */
function keyParts(points: ReadonlyMap<string, Uint8Array>): KeyParts {
  const get = (name: string): Uint8Array => points.get(name) ?? new Uint8Array(0);
  const header = (group: GroupName, i: number): Uint8Array =>
    get(`${group} header`).subarray(i * AFFINE[group], (i + 1) * AFFINE[group]);
  const [alpha1, beta1, delta1] = [0, 1, 2].map((i) => header('G1', i));
  const [beta2, gamma2, delta2] = [0, 1, 2].map((i) => header('G2', i));
  const [ic, a, b1, b2, c, h] = ['G1 ic', 'G1 a', 'G1 b', 'G2 b', 'G1 c', 'G1 h'].map(get);
  const parts = { alpha1, beta1, delta1, beta2, gamma2, delta2, ic, a, b1, b2, c, h };
  if (!points.has('G1 eta')) return parts;
  return { ...parts, commitment: { basis: get('G1 basis'), eta1: get('G1 eta'), eta2: get('G2 eta') } };
}

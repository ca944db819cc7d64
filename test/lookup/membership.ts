// A gadget of the lookup argument in a small field, with every look-up replaced by what its table's sum proves: membership. The
// rows are those that circom compiles; a row h (a X - form) = a looks form / a up, and a row with beta defines the key kappa. Any other
// row with X is an identity of polynomials in it.
import { gadgetKey, keyOf, type Gadget, type Lookup } from '#compiler/primitives/gadget.js';
import { inputsOf, type StampRow, type StampTerm } from '#compiler/circuit/stamp.js';
import { stampsOf } from '#prover/circom/link.js';
import { R } from '#verifier/field.js';

/** A linear form over ports and signals, by name; '' is the constant 1. Coefficients are integers. */
type Form = ReadonlyMap<string, number>;

interface Query {
  readonly lookup: Lookup;
  /** divisor * (first column) = form */
  readonly form: Form;
  readonly divisor: number;
  /** The signal of the second column; null in a table of one. */
  readonly second: string | null;
}

export interface Membership {
  readonly gadget: Gadget;
  readonly queries: readonly Query[];
  /** Rows without the challenge. */
  readonly rows: readonly Row[];
  /** Rows with X that are no look-ups, each after those of the signals that it reads. */
  readonly identities: readonly Row[];
}

type Row = readonly [Form, Form, Form];

export async function memberships(gadgets: readonly Gadget[]): Promise<Membership[]> {
  const stamps = await stampsOf(gadgets);
  return gadgets.map((gadget) => membershipOf(gadget, stamps.get(gadgetKey(gadget)) ?? []));
}

function membershipOf(gadget: Gadget, stamp: readonly StampRow[]): Membership {
  const names = [...inputsOf(gadget), ...gadget.signals];
  const form = (terms: readonly StampTerm[]): Form =>
    new Map(terms.map(({ signal, coefficient }) => [signal < 0 ? '' : names[signal], signed(coefficient)]));
  const all = stamp.map(([a, b, c]) => [form(a), form(b), form(c)] as const);
  // what a row with X defines first follows from X, and so does what a row that reads it defines
  const [follows, before] = [new Set(['X', 'beta']), new Set([...inputsOf(gadget), ...gadget.signals.slice(0, gadget.committed ?? 0), '']) ]; // prettier-ignore
  const reads = (row: Row): boolean => row.some((side) => [...side.keys()].some((name) => follows.has(name)));
  for (const row of all) {
    const known = reads(row) ? follows : before;
    for (const name of row[2].keys()) if (!before.has(name)) known.add(name);
  }
  const rows = all.filter((row) => !reads(row));
  const queries = (gadget.lookups ?? []).map((lookup): Query => {
    const h = gadget.signals[lookup.inverse];
    const [a, b, c] = all.find(([left]) => left.has(h)) ?? fail(`no row of ${h}`);
    // a h (n X - form) = d: in the gadgets d / a = n, so form / n is the key
    const n = b.get('X') ?? 0;
    if (a.size !== 1 || n * (a.get(h) ?? 0) !== (c.get('') ?? 0)) fail(`${h} is no inverse`);
    const key = new Map([...b].filter(([name]) => name !== 'X').map(([name, v]) => [name, -v]));
    if (lookup.kappa === null) return { lookup, form: key, divisor: n, second: null };
    // a y beta = a kappa - rest: kappa = rest / a + y beta
    const kappa = gadget.signals[lookup.kappa];
    const [left, , right] = all.find(([, by, to]) => by.has('beta') && to.has(kappa)) ?? fail('no row with beta');
    const [[second, scale]] = left;
    if (right.get(kappa) !== scale || key.get(kappa) !== n) fail('kappa is defined otherwise');
    const rest = new Map([...right].filter(([name]) => name !== kappa).map(([name, v]) => [name, -v]));
    return { lookup, form: rest, divisor: scale, second };
  });
  const looked = new Set(
    (gadget.lookups ?? []).flatMap(({ inverse, kappa }) => (kappa === null ? [inverse] : [inverse, kappa])),
  );
  const answers = new Set([...looked].map((signal) => gadget.signals[signal]));
  const identities = all.filter((row) => !rows.includes(row) && !row.some((side) => [...side.keys()].some((one) => answers.has(one)))); // prettier-ignore
  return { gadget, queries, rows, identities };
}

function fail(what: string): never {
  throw new Error(what);
}

const signed = (c: bigint): number => Number(c > R / 2n ? c - R : c);

/** The values of an output in all that `witnesses` finds. */
export function accepted(m: Membership, p: number, ports: readonly number[], skip = -1, output = 0): number[] {
  return [...new Set(witnesses(m, p, ports, skip, output + 1).map((values) => values[output]))].sort((a, b) => a - b);
}

/**
 * What the first `count` committed signals are where some values of all of them are acceptable, in the field of p elements, every value
 * of every committed signal tried. Signals that rows define (products) follow.
 * @param skip a query to leave out, by number
 */
export function witnesses(m: Membership, p: number, ports: readonly number[], skip: number, count: number): number[][] {
  const { gadget, queries, rows, identities } = m;
  const mod = (x: number): number => ((x % p) + p) % p;
  const values = new Map<string, number>([['', 1], ...gadget.ports.map((name, i) => [name, mod(ports[i])] as const)]);
  const committed = gadget.signals.slice(0, gadget.committed);
  /** The row that defines each signal that is not committed. */
  const rowsOf = new Map<string, (typeof rows)[number]>();
  for (const row of rows) {
    const name = [...row[2].keys()].find(
      (one) => one !== '' && !gadget.ports.includes(one) && !committed.includes(one),
    );
    if (name !== undefined && !rowsOf.has(name)) rowsOf.set(name, row);
  }
  const sum = (form: Form, without?: string): number | null => {
    let total = 0;
    for (const [name, c] of form) {
      if (name === without) continue;
      const v = values.get(name) ?? defined(name);
      if (v === null) return null;
      total += c * v;
    }
    return mod(total);
  };
  const defined = (name: string): number | null => {
    const [a, b, c] = rowsOf.get(name) ?? [];
    const [left, right, rest] = [a && sum(a), b && sum(b), c && sum(c, name)];
    if (left == null || right == null || rest == null) return null;
    return mod((left * right - rest) * inverse(mod(c?.get(name) ?? 0)));
  };
  const known = new Map<number, number>();
  const inverse = (a: number): number => {
    for (let x = 1; x < p && !known.has(a); x++) if (mod(a * x) === 1) known.set(a, x);
    return known.get(a) ?? fail(`${a} has no inverse`);
  };
  const inverses = queries.map(({ divisor }) => inverse(mod(divisor)));
  const members = queries.map(({ lookup: { table } }) => {
    const set = new Set<number>();
    for (let i = 0; i < table.size; i++) set.add(mod(keyOf(table, i)) * p + (table.values ? mod(table.values[i]) : 0));
    return set;
  });
  const firsts = members.map((set) => new Set(Array.from(set, (member) => Math.floor(member / p))));
  /** False as soon as a query or row whose wires are all known fails. */
  const consistent = (): boolean =>
    queries.every(({ form, second }, i) => {
      if (i === skip) return true;
      const [first, column] = [sum(form), second === null ? 0 : values.get(second)];
      if (first === null) return true;
      const key = mod(first * inverses[i]);
      return column === undefined ? firsts[i].has(key) : members[i].has(key * p + column);
    });
  const found = new Map<string, number[]>();
  const rowsHold = (): boolean =>
    rows.every(([a, b, c]) => mod((sum(a) ?? fail('order')) * (sum(b) ?? fail('order'))) === sum(c));
  const search = (depth: number): void => {
    if (depth === committed.length) {
      const first = committed.slice(-count).map((name) => values.get(name) ?? -1);
      if (!found.has(first.join()) && consistent() && rowsHold() && identitiesHold(identities, values, p))
        found.set(first.join(), first.reverse());
      return;
    }
    for (let v = 0; v < p; v++) {
      values.set(committed[depth], v);
      if (consistent()) search(depth + 1);
    }
    values.delete(committed[depth]);
  };
  // limbs first: they have the fewest values
  committed.reverse();
  search(0);
  return [...found.values()];
}

/** Whether the rows hold for every X: a signal that is not known is the polynomial that the first row with it makes it. */
function identitiesHold(identities: readonly Row[], values: ReadonlyMap<string, number>, p: number): boolean {
  const known = new Map<string, readonly number[]>([...values].map(([name, v]) => [name, [v]]));
  known.set('X', [0, 1]);
  const add = (a: readonly number[], b: readonly number[], times: number): number[] =>
    Array.from({ length: Math.max(a.length, b.length) }, (_, i) => ((((a[i] ?? 0) + times * (b[i] ?? 0)) % p) + p) % p);
  const sum = (form: Form): number[] =>
    [...form].reduce<number[]>(
      (total, [name, c]) => add(total, known.get(name) ?? fail(`${name} is not known`), c),
      [],
    );
  return identities.every(([a, b, c]) => {
    const [left, right] = [sum(a), sum(b)];
    const product = left.reduce<number[]>(
      (total, v, i) => add(total, [...new Array<number>(i).fill(0), ...right], v),
      [],
    );
    const defined = [...c.keys()].find((name) => !known.has(name));
    if (defined === undefined) return add(product, sum(c), -1).every((v) => v === 0);
    const sign = c.get(defined) ?? 0;
    if (c.size !== 1 || Math.abs(sign) !== 1) fail(`${defined} is defined otherwise`);
    known.set(defined, add([], product, sign));
    return true;
  });
}

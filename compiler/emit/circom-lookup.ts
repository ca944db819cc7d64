// What the lookup argument adds to model.circom: every gadget's challenge, committed signals and look-ups, a template per table,
// and F. Sums over thousands of look-ups are sums of sums, so that no row is too long for circom.
import type { ChallengePort, Gadget, Table } from '../primitives/gadget.js';
import type { Use } from '../primitives/integer.js';
import { arraysOf, committedArrays, prefixOf, type SignalArray } from './circom-names.js';
import { table } from './circom-tables.js';

/** Inputs and outputs that a step has for the lookup argument; all empty in `plain`. */
export interface StepSignals {
  readonly challenge: readonly ChallengePort[];
  /** Inputs that the commitment fixes; the first dimension is that of the gadget's instances. */
  readonly committed: readonly SignalArray[];
  /** Numbers of the tables that it looks up in: output sum<t> adds 1 / (X - key) over these look-ups. */
  readonly tables: readonly number[];
}

export function stepSignals(uses: readonly Use[], tables: readonly Table[]): StepSignals {
  const read = new Set(uses.flatMap(({ gadget }) => gadget.challenge ?? []));
  const hit = new Set(uses.flatMap(({ gadget }) => (gadget.lookups ?? []).map((lookup) => lookup.table)));
  return {
    challenge: [...read],
    committed: uses.flatMap(({ gadget, count }, u) =>
      committedArrays(gadget).map(({ name, dims }) => ({ name: prefixOf(u) + name, dims: [count, ...dims] })),
    ),
    tables: tables.flatMap((one, t) => (hit.has(one) ? [t] : [])),
  };
}

/** Gives every instance the challenge and what it commits. */
export function joinChallenge({ gadget, count }: Use, prefix: string): string[] {
  const names = [
    ...(gadget.challenge ?? []).map((name) => [name, name]),
    ...committedArrays(gadget).map(({ name }) => [name, `${prefix}${name}[i]`]),
  ];
  if (names.length === 0) return [];
  return [
    `for (var i = 0; i < ${count}; i++) {`,
    ...names.map(([port, from]) => `    ${prefix}g[i].${port} <== ${from};`),
    '}',
  ];
}

/** sum<t> for every table that is looked up in. */
export function addInverses(uses: readonly Use[], tables: readonly Table[]): string[] {
  return stepSignals(uses, tables).tables.flatMap((t) => {
    const inverses = uses.map(({ gadget }) => inversesIn(gadget, tables[t]));
    const total = uses.reduce((n, { count }, u) => n + count * inverses[u].length, 0);
    return [
      `signal output sum${t};`,
      `component total${t} = Total(${total});`,
      `var next${t} = 0;`,
      ...uses.flatMap((use, u) =>
        inverses[u].length === 0
          ? []
          : [
              `for (var i = 0; i < ${use.count}; i++) {`,
              ...boxes(inverses[u]).flatMap((box) =>
                loops(box, (signal) => [`total${t}.x[next${t}] <== ${prefixOf(u)}g[i].${signal};`, `next${t}++;`]).map(
                  (line) => `    ${line}`,
                ),
              ),
              '}',
            ],
      ),
      `sum${t} <== total${t}.sum;`,
    ];
  });
}

/** The signals of a gadget that hold the inverses of its look-ups in one table. */
const inversesIn = ({ signals, lookups = [] }: Gadget, wanted: Table): string[] =>
  lookups.flatMap((lookup) => (lookup.table === wanted ? [signals[lookup.inverse]] : []));

/** Elements of one signal array, from..to (exclusive) in every dimension. */
interface Box {
  readonly name: string;
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

/** Names of elements as a few boxes: one per array where they fill it from corner to corner, else one per element. */
function boxes(names: readonly string[]): Box[] {
  const indicesOf = (full: string): number[] => [...full.matchAll(/\[(\d+)\]/g)].map(([, index]) => Number(index));
  return arraysOf(names).flatMap(({ name, dims }) => {
    const own = names.filter((full) => full.replace(/\[.*/, '') === name).map(indicesOf);
    const whole = dims.map((to, d) => [own.reduce((from, indices) => Math.min(from, indices[d]), to), to] as const);
    const volume = whole.reduce((n, [from, to]) => n * (to - from), 1);
    if (volume === own.length) return [{ name, ranges: whole }];
    return own.map((indices) => ({ name, ranges: indices.map((index) => [index, index + 1] as const) }));
  });
}

/** The lines of `use` for every element of a box, in loops where it is longer than one. */
function loops({ name, ranges }: Box, use: (signal: string) => string[]): string[] {
  const counter = (d: number): string => `j${d}`;
  const at = ranges.map(([from, to], d) => `[${to - from === 1 ? from : counter(d)}]`).join('');
  return ranges.reduceRight(
    (lines, [from, to], d) =>
      to - from === 1
        ? lines
        : [
            `for (var ${counter(d)} = ${from}; ${counter(d)} < ${to}; ${counter(d)}++) {`,
            ...lines.map((line) => `    ${line}`),
            '}',
          ],
    use(name + at),
  );
}

/** A table: its rows' keys, and in `sum` what its look-ups must add up to. */
export function tableTemplate({ first, size, keys, values }: Table, t: number): string[] {
  const f = values && table('f', values);
  const set = keys && table('t', keys);
  const key = set?.at('i') ?? `${first === 0 ? '' : `${first} + `}i`;
  const body = [
    'signal input X;',
    ...(f ? ['signal input beta;'] : []),
    `signal input m[${size}]; // committed`,
    'signal output sum;',
    `component g[${size}];`,
    `component total = Total(${size});`,
    ...(set?.lines ?? []),
    ...(f?.lines ?? []),
    `for (var i = 0; i < ${size}; i++) {`,
    '    g[i] = LookupTableRow();',
    '    g[i].X <== X;',
    `    g[i].key <== ${f ? `${key} + ${f.at('i')} * beta` : key};`,
    '    g[i].m <== m[i];',
    '    total.x[i] <== g[i].g;',
    '}',
    'sum <== total.sum;',
  ];
  return [`template Table${t}() {`, ...body.map((line) => `    ${line}`), '}'];
}

/** Templates that circuits of the lookup argument share. */
export const LOOKUP_TEMPLATES = [
  '// The sum of n signals, about the root of n to a row.',
  'function root(n) {',
  '    var k = 1;',
  '    while (k * k < n) k++;',
  '    return k;',
  '}',
  'template Total(n) {',
  '    var k = root(n);',
  '    signal input x[n];',
  '    signal output sum;',
  '    signal part[k];',
  '    var all = 0;',
  '    for (var j = 0; j < k; j++) {',
  '        var row = 0;',
  '        for (var i = j * k; i < (j + 1) * k && i < n; i++) {',
  '            row += x[i];',
  '        }',
  '        part[j] <== row;',
  '        all += part[j];',
  '    }',
  '    sum <== all;',
  '}',
  '',
  '// beta = X^(2^k): the power of the challenge that tells the columns of a table apart.',
  'template Powers(k) {',
  '    signal input X;',
  '    signal output beta;',
  '    component g[k];',
  '    for (var i = 0; i < k; i++) {',
  '        g[i] = LookupSquare();',
  '        if (i == 0) {',
  '            g[i].x <== X;',
  '        } else {',
  '            g[i].x <== g[i - 1].square;',
  '        }',
  '    }',
  '    beta <== g[k - 1].square;',
  '}',
  '',
  '// F = sum of word[j] X^j, by Horner.',
  'template Fingerprint(n) {',
  '    signal input X;',
  '    signal input F;',
  '    signal input word[n];',
  '    component g[n];',
  '    for (var i = 0; i < n; i++) {',
  '        g[i] = LookupWord();',
  '        g[i].X <== X;',
  '        if (i == 0) {',
  '            g[i].f <== 0;',
  '        } else {',
  '            g[i].f <== g[i - 1].next;',
  '        }',
  '        g[i].word <== word[n - 1 - i];',
  '    }',
  '    F === g[n - 1].next;',
  '}',
];

// One step of a circuit as a circom template: its gadgets over its linear forms, in either argument. It prints any
// wiring that a primitive may have and does not tell primitives apart.
import type { Arrangement } from '../circuit/arrange.js';
import type { CircuitTensor, IntegerStep, TensorId } from '../circuit/circuit.js';
import { gadgetKey } from '../primitives/gadget.js';
import { integerOf } from '../primitives/index.js';
import type { Port, Spread, Use } from '../primitives/integer.js';
import { sizeOf } from '../tensor.js';
import { sums } from './circom-forms.js';
import { addInverses, joinChallenge, stepSignals } from './circom-lookup.js';
import { prefixOf } from './circom-names.js';
import { table } from './circom-tables.js';

/** One line of a comment: names come from the model and must not end it. */
export const comment = (text: string): string => `// ${text.replace(/[^\x20-\x7e]/g, '?')}`;

function describe({ name, node, operator, shape, lo, hi, scale, zero }: CircuitTensor): string[] {
  const list = (x: number | readonly number[]): string =>
    typeof x === 'number' ? String(x) : `one per column of ${x.length}`;
  return [
    comment(`${name}: ${operator} (${node}), shape [${shape.join(', ')}]`),
    comment(`int = u + ${lo}, u in [0, ${hi - lo}], scale ${list(scale)}, zero ${list(zero)}`),
  ];
}

/** The tensors that the forms of a step read, each once: its inputs x0, x1, ... */
export const sourcesOf = ({ forms }: IntegerStep): TensorId[] => [
  ...new Set(forms.flatMap(({ map }) => map.parts.map(({ from }) => from))),
];

/**
 * The template Step<s>. Its inputs: x (an input's values) or x0, x1, ... (the tensors of its forms); in the lookup argument also
 * what `stepSignals` says. Its outputs y, y1, ...: the tensors that no input of it holds already.
 */
export function stepTemplate({ circuit, uses: all, tables }: Arrangement, s: number): string[] {
  const step = circuit.steps[s];
  const uses = all[s];
  const outs = step.outs.map((id) => circuit.tensors[id]);
  const signals = stepSignals(uses, tables);
  const { isInput, isExact } = integerOf(step);
  const sources = sourcesOf(step);
  const body = [
    ...(isInput ? [`signal input x[${sizeOf(outs[0].shape)}];`] : []),
    ...sources.map((id, x) => `signal input x${x}[${sizeOf(circuit.tensors[id].shape)}];`),
    ...signals.challenge.map((name) => `signal input ${name};`),
    ...signals.committed.map(
      ({ name, dims }) => `signal input ${name}${dims.map((d) => `[${d}]`).join('')}; // committed`,
    ),
    ...outs.flatMap(({ shape }, k) =>
      yields(step, uses, k) ? [`signal output ${resultOf(k)}[${sizeOf(shape)}];`] : [],
    ),
    ...uses.flatMap(({ gadget, count }, u) => [
      `component ${prefixOf(u)}g[${count}];`,
      `for (var i = 0; i < ${count}; i++) {`,
      `    ${prefixOf(u)}g[i] = ${gadgetKey(gadget)};`,
      '}',
    ]),
    ...(isExact ? [] : step.forms.flatMap((_, f) => formLines(step, f, uses, sources))),
    ...(isExact ? exactLines(step, sources) : uses.flatMap((use, u) => portLines(step, use, u, uses))),
    ...uses.flatMap((use, u) => joinChallenge(use, prefixOf(u))),
    ...uses.flatMap((use, u) => outputLines(step, use, u, uses)),
    ...addInverses(uses, tables),
  ];
  const shift = integerOf(step).shift?.(step);
  return [
    comment(`Step ${s}: ${step.kind}${shift === undefined ? '' : ` by 2^-${shift}`}`),
    ...outs.flatMap(describe),
    `template Step${s}() {`,
    ...body.map((line) => `    ${line}`),
    '}',
  ];
}

/** The output that holds tensor k of a step. */
export const resultOf = (k: number): string => (k === 0 ? 'y' : `y${k}`);

/** The committed input that holds tensor k of a step as it is, without its step's prefix; null where there is none. */
export function heldBy(uses: readonly Use[], k: number): string | null {
  const writers = uses.flatMap(({ gadget, outputs }, u) =>
    outputs.flatMap(({ tensor, at }, signal) =>
      tensor === k
        ? [{ name: prefixOf(u) + gadget.signals[signal], isWhole: !at && gadget.committed !== undefined }]
        : [],
    ),
  );
  return writers.length === 1 && writers[0].isWhole ? writers[0].name : null;
}

/** Whether tensor k of a step is an output of its template; else inputs of main hold it. */
export const yields = (step: IntegerStep, uses: readonly Use[], k: number): boolean =>
  !integerOf(step).isInput && heldBy(uses, k) === null;

/** The port whose instances read the elements of form f one by one, if nothing else reads the form: then it needs no signal. */
function onlyPort(
  { forms }: IntegerStep,
  uses: readonly Use[],
  f: number,
): { readonly u: number; readonly name: string } | null {
  const readers = uses.flatMap(({ gadget, ports, count }, u) =>
    ports.flatMap((port, p) =>
      'form' in port && port.form === f ? [{ u, name: gadget.ports[p], at: port.at, count }] : [],
    ),
  );
  const [only] = readers;
  return readers.length === 1 && only.at === undefined && only.count === forms[f].map.size ? only : null;
}

const accOf = (f: number): string => (f === 0 ? 'acc' : `acc${f}`);

/** The sums of form f: to the port that alone reads them, or on signals of their own. */
function formLines(step: IntegerStep, f: number, uses: readonly Use[], sources: readonly TensorId[]): string[] {
  const only = onlyPort(step, uses, f);
  const { map } = step.forms[f];
  if (only) return sums(map, f, sources, (o, sum) => [`${prefixOf(only.u)}g[${o}].${only.name} <== ${sum};`]);
  return [`signal ${accOf(f)}[${map.size}];`, ...sums(map, f, sources, (o, sum) => [`${accOf(f)}[${o}] <== ${sum};`])];
}

const exactLines = ({ forms }: IntegerStep, sources: readonly TensorId[]): string[] =>
  forms.flatMap(({ map }, k) => sums(map, k, sources, (o, sum) => [`${resultOf(k)}[${o}] <== ${sum};`]));

/** A signal of an instance: an input of the step where it is committed, o[i][c] for o[c]. */
const signalOf = ({ gadget }: Use, u: number, signal: number, i: string): string =>
  gadget.committed !== undefined && signal < gadget.committed
    ? prefixOf(u) + gadget.signals[signal].replace(/(?=\[)|$/, `[${i}]`)
    : `${prefixOf(u)}g[${i}].${gadget.signals[signal]}`;

function portLines(step: IntegerStep, use: Use, u: number, uses: readonly Use[]): string[] {
  const isAlone = step.forms.map((_, f) => onlyPort(step, uses, f) !== null); // an argmax has a port for each of thousands
  const lines = use.ports.map((port, p) => {
    if ('form' in port && isAlone[port.form]) return { before: [], loop: [] };
    return portLine(use, u, port, p);
  });
  if (lines.every(({ loop }) => loop.length === 0)) return [];
  return [
    ...lines.flatMap(({ before }) => before),
    `for (var i = 0; i < ${use.count}; i++) {`,
    ...lines.flatMap(({ loop }) => loop.map((line) => `    ${line}`)),
    '}',
  ];
}

function portLine(
  use: Use,
  u: number,
  port: Port,
  p: number,
): { readonly before: readonly string[]; readonly loop: readonly string[] } {
  const name = `${prefixOf(u)}g[i].${use.gadget.ports[p]}`;
  const own = `${prefixOf(u)}${p}`;
  if ('tensor' in port) {
    const from = table(`at${own}`, port.at ?? identity(use.count));
    const mirror = port.mirror === undefined ? '' : `${port.mirror} - `;
    const above = port.above ? ` - ${port.above}` : '';
    return { before: from.lines, loop: [`${name} <== ${mirror}x[${from.at('i')}]${above};`] };
  }
  const at = port.at ?? identity(use.count);
  const acc = accOf(port.form);
  const from = table(`at${own}`, filled(at));
  const read = `${name} <== ${acc}[${from.at('i')}];`;
  if (at.every((o) => o >= 0)) return { before: from.lines, loop: [read] };
  // an element of the form, or a signal of an earlier instance
  const isLink = table(
    `links${own}`,
    Int32Array.from(at, (o) => Number(o < 0)),
  );
  const link = table(
    `link${own}`,
    Int32Array.from(at, (o, i) => (o < 0 ? -1 - o : i - 1)),
  );
  return {
    before: [...from.lines, ...isLink.lines, ...link.lines],
    loop: [
      `if (${isLink.at('i')} == 1) {`,
      `    ${name} <== ${signalOf(use, u, port.signal ?? 0, link.at('i'))};`,
      '} else {',
      `    ${read}`,
      '}',
    ],
  };
}

/** The elements of the step's tensors that its gadgets give, where the template yields them. */
function outputLines(step: IntegerStep, use: Use, u: number, uses: readonly Use[]): string[] {
  return use.outputs.flatMap(({ tensor, at }: Spread, signal) => {
    if (!yields(step, uses, tensor)) return [];
    const y = resultOf(tensor);
    const own = `${prefixOf(u)}${signal}`;
    const value = signalOf(use, u, signal, 'i');
    if (at === undefined) return [`for (var i = 0; i < ${use.count}; i++) {`, `    ${y}[i] <== ${value};`, '}'];
    const isOut = table(
      `gives${own}`,
      Int32Array.from(at, (o) => Number(o >= 0)),
    );
    const to = table(`to${own}`, filled(at.toReversed()).reverse());
    return [
      ...isOut.lines,
      ...to.lines,
      `for (var i = 0; i < ${use.count}; i++) {`,
      `    if (${isOut.at('i')} == 1) {`,
      `        ${y}[${to.at('i')}] <== ${value};`,
      '    }',
      '}',
    ];
  });
}

const identity = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/** Negative entries repeat the one before, so that a list that follows a rule goes on following it. */
function filled(list: Int32Array): Int32Array {
  let last = 0;
  return list.map((o) => (last = o >= 0 ? o : last));
}

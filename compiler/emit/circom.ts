// model.circom: the whole circuit as one readable circom file over the hand-written gadgets of circuits/, the same constraint
// system as the linker's: to be read, compiled and compared.
//
// Names: step s of the circuit is `main.l<s>`, its gadget instance i, in the order of the layout, `main.l<s>.g[i]`; what a gadget
// calls its signals follows. All other signals are copies or linear forms that one linear constraint each defines.
//
// circom copies a sum at every addition and recurses over every expression, so sums are nested (about the root of their
// length a level), constants stand in short rows, and gadgets are components of their own.
import type { Circuit, CircuitStep, CircuitTensor, IntegerForm, TensorId } from '../circuit/circuit.js';
import { gadgetKey } from '../circuit/gadget.js';
import { stepGadgets, type Layout } from '../circuit/layout.js';
import { publicTensors } from '../circuit/publics.js';
import type { LinearPart } from '../primitives/linear.js';
import { sizeOf } from '../tensor.js';
import { chunksPerWord, wordCount } from '../../verifier/words.js';
import { table } from './circom-tables.js';

/** The text of model.circom; compiles with the folder circuits/ among the include folders. */
export function emitCircom(circuit: Circuit): string {
  const gadgets = circuit.steps.flatMap((step) => stepGadgets(circuit, step));
  const files = [...new Set(gadgets.map(({ gadget }) => gadget.file))].sort();
  const layers = circuit.steps.map((step, s) => layer(circuit, step, s));
  const text = [
    'pragma circom 2.1.0;',
    '',
    `// ${circuit.inputs.length} input(s), ${circuit.steps.length} steps, ${gadgets.reduce((n, { count }) => n + count, 0)} gadgets. Model: SHA-256 ${circuit.modelSha256}`,
    '// Values are stored as u = int - lo, real = scale * (int - zero): see the comment of each step.',
    ...(circuit.lookup ? [PLAIN_READING] : []),
    ...files.map((file) => `include "${file}.circom";`),
    ...layers.flatMap((lines) => ['', ...lines]),
    ...(circuit.publics.length === 0 ? [] : ['', ...WORDS]),
    '',
    ...mainTemplate(circuit),
  ];
  return `${text.join('\n')}\n`;
}

/** What a lookup circuit's file is: the rows that are proved are stamped from circuits/lookup/. */
const PLAIN_READING =
  '// The integers of a circuit that is proved with look-ups, here in the rows of the plain argument: the same outputs, not the same rows.';

/** The wire that the layout gives a signal of model.circom; undefined for copies and linear forms, which have none. */
export function circomWires(circuit: Circuit, { tensors, instances }: Layout): (name: string) => number | undefined {
  const inputs = new Map(inputNames(circuit).map(({ name, tensor }) => [name, tensors[tensor]]));
  const stepInstances = new Map(
    circuit.steps.flatMap((step, s) => (step.kind === 'output' ? [] : [s])).map((s, i) => [s, instances[i]]),
  );
  return (name) => {
    if (name === 'main.context') return 1;
    const [, array, index] = /^main\.(\w+)\[(\d+)\]$/.exec(name) ?? [];
    const first = array === 'word' ? 2 : inputs.get(array);
    if (first !== undefined) return first + Number(index);
    const [, s, i, signal] = /^main\.l(\d+)\.g\[(\d+)\]\.(.+)$/.exec(name) ?? [];
    const own = stepInstances.get(Number(s));
    const at = own?.gadget.signals.indexOf(signal) ?? -1;
    return own && at >= 0 ? own.wire(Number(i), at) : undefined;
  };
}

/** The signal that holds a model's input, each with a name of its own. */
function inputNames({ inputs }: Pick<Circuit, 'inputs'>): { readonly name: string; readonly tensor: TensorId }[] {
  const taken = new Set<string>();
  return inputs.map(({ name, tensor }) => {
    const plain = `input_${name.replace(/\W/g, '_')}`;
    let own = plain;
    for (let i = 1; taken.has(own); i++) own = `${plain}_${i}`;
    taken.add(own);
    return { name: own, tensor };
  });
}

/** One line of a comment: names come from the model and must not end it. */
const comment = (text: string): string => `// ${text.replace(/[^\x20-\x7e]/g, '?')}`;

function describe({ name, node, operator, shape, lo, hi, scale, zero }: CircuitTensor): string[] {
  const list = (x: number | readonly number[]): string =>
    typeof x === 'number' ? String(x) : `one a column of ${x.length}`;
  return [
    comment(`${name}: ${operator} (${node}), shape [${shape.join(', ')}]`),
    comment(`int = u + ${lo}, u in [0, ${hi - lo}], scale ${list(scale)}, zero ${list(zero)}`),
  ];
}

function layer(circuit: Circuit, step: CircuitStep, s: number): string[] {
  const tensor = circuit.tensors[step.out];
  const size = sizeOf(tensor.shape);
  const [use] = stepGadgets(circuit, step);
  const body: string[] = [];
  if (step.kind === 'input') {
    body.push(
      `signal input x[${size}];`,
      `component g[${size}];`,
      `for (var i = 0; i < ${size}; i++) {`,
      `    g[i] = ${gadgetKey(use.gadget)};`,
      '    g[i].x <== x[i];',
      '}',
    );
  } else {
    const { form } = step;
    body.push(...form.map.parts.map((part, p) => `signal input x${p}[${sizeOf(circuit.tensors[part.from].shape)}];`));
    body.push(`signal output y[${size}];`);
    if (step.kind === 'output') body.push(...sums(form, (o, sum) => [`y[${o}] <== ${sum};`]));
    else body.push(`component g[${use.count}];`);
    if (step.kind === 'rescale') {
      body.push(
        ...sums(form, (o, sum) => [
          `g[${o}] = ${gadgetKey(use.gadget)};`,
          `g[${o}].acc <== ${sum};`,
          `y[${o}] <== g[${o}].y;`,
        ]),
      );
    }
    if (step.kind === 'max' || step.kind === 'argmax') {
      body.push(`signal acc[${form.map.size}];`, ...sums(form, (o, sum) => [`acc[${o}] <== ${sum};`]));
      body.push(...(step.kind === 'max' ? maxima : positions)(step.starts, gadgetKey(use.gadget)));
    }
  }
  const what = step.kind === 'rescale' ? `rescale by 2^-${step.shift}` : step.kind;
  return [
    comment(`Step ${s}: ${what}`),
    ...describe(tensor),
    `template Step${s}() {`,
    ...body.map((line) => `    ${line}`),
    '}',
  ];
}

/** A loop over the elements of a form; `use` says what becomes of element `o`, whose sum is the expression `sum`. */
function sums({ map }: IntegerForm, use: (o: string, sum: string) => string[]): string[] {
  const bias = table('bias', map.bias);
  const parts = map.parts.map(partLoop);
  return [
    ...bias.lines,
    ...parts.flatMap(({ lines }) => lines),
    `for (var o = 0; o < ${map.size}; o++) {`,
    `    var sum = ${bias.at('o')};`,
    ...parts.flatMap(({ loop }) => loop.map((line) => `    ${line}`)),
    ...use('o', 'sum').map((line) => `    ${line}`),
    '}',
  ];
}

/** Lists one after the other: where each begins, how long it is, and the whole. */
function joined(lists: readonly ArrayLike<number>[]): { starts: number[]; lengths: number[]; all: number[] } {
  const starts: number[] = [];
  const all: number[] = [];
  for (const list of lists) {
    starts.push(all.length);
    for (let k = 0; k < list.length; k++) all.push(list[k]);
  }
  return { starts, lengths: lists.map((list) => list.length), all };
}

/** Adds one source's share to `sum`: w over the offsets from base. */
function partLoop(
  part: LinearPart,
  p: number,
): { readonly lines: readonly string[]; readonly loop: readonly string[] } {
  const { base, pattern, kernel } = part;
  const kernels = joined(part.kernels);
  const patterns = joined(part.patterns);
  const from = table(`from${p}`, base);
  const weightsAt = table(`weightsAt${p}`, kernel.map((k) => kernels.starts[k])); // prettier-ignore
  const offsetsAt = table(`offsetsAt${p}`, pattern.map((q) => patterns.starts[q])); // prettier-ignore
  const terms = table(`terms${p}`, kernel.map((k) => kernels.lengths[k])); // prettier-ignore
  const weights = table(`weights${p}`, kernels.all);
  const offsets = table(`offsets${p}`, patterns.all);
  const tables = [from, weightsAt, offsetsAt, terms, weights, offsets];
  const lines = tables.flatMap((one) => one.lines);
  const longest = kernels.lengths.reduce((a, b) => Math.max(a, b), 0);
  const own = [
    `var at${p} = ${from.at('o')};`,
    `var w${p} = ${weightsAt.at('o')};`,
    `var f${p} = ${offsetsAt.at('o')};`,
    `var n${p} = ${terms.at('o')};`,
  ];
  const term = (k: string): string => `${weights.at(`w${p} + ${k}`)} * x${p}[at${p} + ${offsets.at(`f${p} + ${k}`)}]`;
  if (longest <= 8)
    return { lines, loop: [...own, `for (var k = 0; k < n${p}; k++) {`, `    sum += ${term('k')};`, '}'] };
  const stride = Math.ceil(Math.sqrt(longest));
  const loop = [
    ...own,
    `for (var k = 0; k < n${p}; k += ${stride}) {`,
    '    var partial = 0;',
    `    for (var j = k; j < k + ${stride} && j < n${p}; j++) {`,
    `        partial += ${term('j')};`,
    '    }',
    '    sum += partial;',
    '}',
  ];
  return { lines, loop };
}

/** max(max(x0, x1), x2) ... of every group; a group of one is max(x0, x0). */
function maxima(starts: Int32Array, gadget: string): string[] {
  const from = table('start', starts);
  return [
    ...from.lines,
    'var p = 0;',
    `for (var i = 0; i < ${starts.length - 1}; i++) {`,
    `    var k = ${from.at('i')};`,
    `    var end = ${from.at('i + 1')};`,
    `    g[p] = ${gadget};`,
    '    g[p].a <== acc[k];',
    '    g[p].b <== acc[k + 1 < end ? k + 1 : k];',
    '    for (k += 2; k < end; k++) {',
    '        p++;',
    `        g[p] = ${gadget};`,
    '        g[p].a <== g[p - 1].m;',
    '        g[p].b <== acc[k];',
    '    }',
    '    y[i] <== g[p].m;',
    '    p++;',
    '}',
  ];
}

/** Position of the maximum of every group; a short one repeats its last member. */
function positions(starts: Int32Array, gadget: string): string[] {
  const from = table('start', starts);
  let longest = 0;
  for (let g = 0; g + 1 < starts.length; g++) longest = Math.max(longest, starts[g + 1] - starts[g]);
  return [
    ...from.lines,
    `for (var i = 0; i < ${starts.length - 1}; i++) {`,
    `    var first = ${from.at('i')};`,
    `    var last = ${from.at('i + 1')} - 1;`,
    `    g[i] = ${gadget};`,
    `    for (var k = 0; k < ${longest}; k++) {`,
    '        g[i].a[k] <== acc[first + k < last ? first + k : last];',
    '    }',
    '    y[i] <== g[i].index;',
    '}',
  ];
}

const WORDS = [
  '// Public words: value i of n stands in word i \\ perWord, at bit bits * (i % perWord). Values are below 2^bits by their own',
  '// gadgets, and perWord * bits <= 248, so that no word wraps round the field.',
  'template Words(n, bits, perWord, words) {',
  '    signal input u[n];',
  '    signal input word[words];',
  '    for (var j = 0; j < words; j++) {',
  '        var sum = 0;',
  '        for (var i = 0; i < perWord && j * perWord + i < n; i++) {',
  '            sum += u[j * perWord + i] * (1 << (bits * i));',
  '        }',
  '        word[j] === sum;',
  '    }',
  '}',
];

function mainTemplate(circuit: Circuit): string[] {
  const { steps, publics } = circuit;
  const inputs = inputNames(circuit);
  // the signal that holds the stored values of each tensor
  const holder = new Map<TensorId, string>(steps.map((step, s) => [step.out, `l${s}.y`]));
  for (const { name, tensor } of inputs) holder.set(tensor, name);
  const words = publics.reduce((n, tensor) => n + wordCount(tensor), 0);
  let next = 0;
  const packing = publicTensors(circuit).flatMap((id, j) => {
    const n = wordCount(publics[j]);
    const size = sizeOf(publics[j].shape);
    const lines = [
      `component words${j} = Words(${size}, ${publics[j].bits}, ${chunksPerWord(publics[j])}, ${n});`,
      `words${j}.u <== ${holder.get(id) ?? ''};`,
      `for (var i = 0; i < ${n}; i++) {`,
      `    words${j}.word[i] <== word[${next} + i];`,
      '}',
    ];
    next += n;
    return lines;
  });
  const body = [
    '// chosen by whoever asks for the proof; no constraint reads it, the proof is bound to it as to every public signal',
    'signal input context;',
    ...(words === 0 ? [] : [`signal input word[${words}];`]),
    ...inputs.map(({ name, tensor }) => `signal input ${name}[${sizeOf(circuit.tensors[tensor].shape)}];`),
    ...steps.flatMap((step, s) => [
      `component l${s} = Step${s}();`,
      ...(step.kind === 'input'
        ? [`l${s}.x <== ${holder.get(step.out) ?? ''};`]
        : step.form.map.parts.map((part, p) => `l${s}.x${p} <== ${holder.get(part.from) ?? ''};`)),
    ]),
    ...packing,
  ];
  return [
    'template Model() {',
    ...body.map((line) => `    ${line}`),
    '}',
    '',
    `component main {public [${words === 0 ? 'context' : 'context, word'}]} = Model();`,
  ];
}

// One step of a circuit as a circom template: its gadgets over its linear forms, in either argument.
import type { Circuit, CircuitStep, CircuitTensor } from '../circuit/circuit.js';
import { gadgetKey, type Table } from '../circuit/gadget.js';
import type { GadgetUse } from '../lookup/structure.js';
import { sizeOf } from '../tensor.js';
import { sums } from './circom-forms.js';
import { addInverses, joinChallenge, stepSignals } from './circom-lookup.js';
import { prefixOf } from './circom-names.js';
import { table } from './circom-tables.js';

/** One line of a comment: names come from the model and must not end it. */
export const comment = (text: string): string => `// ${text.replace(/[^\x20-\x7e]/g, '?')}`;

function describe({ name, node, operator, shape, lo, hi, scale, zero }: CircuitTensor): string[] {
  const list = (x: number | readonly number[]): string =>
    typeof x === 'number' ? String(x) : `one a column of ${x.length}`;
  return [
    comment(`${name}: ${operator} (${node}), shape [${shape.join(', ')}]`),
    comment(`int = u + ${lo}, u in [0, ${hi - lo}], scale ${list(scale)}, zero ${list(zero)}`),
  ];
}

/**
 * The template Step<s>. Its inputs: x (an input's values) or x0, x1, ... (the tensors of its form); in the lookup argument also what
 * `stepSignals` says. Its output y: the step's values, where no input of it holds them already.
 * @param tables of the lookup argument, in the order of the layout; none in `plain`
 */
export function stepTemplate(
  circuit: Circuit,
  s: number,
  uses: readonly GadgetUse[],
  tables: readonly Table[],
): string[] {
  const step = circuit.steps[s];
  const tensor = circuit.tensors[step.out];
  const signals = stepSignals(uses, tables);
  const body = [
    ...inputsOf(circuit, step),
    ...signals.challenge.map((name) => `signal input ${name};`),
    ...signals.committed.map(
      ({ name, dims }) => `signal input ${name}${dims.map((d) => `[${d}]`).join('')}; // committed`,
    ),
    ...(yieldsValues(step, uses) ? [`signal output y[${sizeOf(tensor.shape)}];`] : []),
    ...uses.map((use) => `component ${prefixOf(use)}g[${use.count}];`),
    ...bodyOf(step, tensor, uses),
    ...uses.flatMap((use) => joinChallenge(use)),
    ...addInverses(uses, tables),
  ];
  const what = step.kind === 'rescale' ? `rescale by 2^-${step.shift}` : step.kind;
  return [
    comment(`Step ${s}: ${what}`),
    ...describe(tensor),
    `template Step${s}() {`,
    ...body.map((line) => `    ${line}`),
    '}',
  ];
}

/** Whether the values of a step are an output of its template; else they are an input of main. */
export const yieldsValues = (step: CircuitStep, uses: readonly GadgetUse[]): boolean =>
  step.kind === 'output' || step.kind === 'max' || (step.kind !== 'input' && uses[0].gadget.committed === undefined);

const inputsOf = ({ tensors }: Circuit, step: CircuitStep): string[] =>
  step.kind === 'input'
    ? [`signal input x[${sizeOf(tensors[step.out].shape)}];`]
    : step.form.map.parts.map((part, p) => `signal input x${p}[${sizeOf(tensors[part.from].shape)}];`);

function bodyOf(step: CircuitStep, { lo, hi }: CircuitTensor, uses: readonly GadgetUse[]): string[] {
  if (step.kind === 'input') {
    return uses.flatMap((use) => {
      const g = `${prefixOf(use)}g[i]`;
      return [
        `for (var i = 0; i < ${use.count}; i++) {`,
        `    ${g} = ${gadgetKey(use.gadget)};`,
        `    ${g}.x <== ${use.mirror === undefined ? '' : `${hi - lo} - `}x[i];`,
        '}',
      ];
    });
  }
  const { form } = step;
  if (step.kind === 'output') return sums(form, (o, sum) => [`y[${o}] <== ${sum};`]);
  const [{ gadget }] = uses;
  const key = gadgetKey(gadget);
  const isCommitted = gadget.committed !== undefined;
  const y = yieldsValues(step, uses);
  if (step.kind === 'rescale') {
    return sums(form, (o, sum) => [
      `g[${o}] = ${key};`,
      `g[${o}].acc <== ${sum};`,
      ...(y ? [`y[${o}] <== g[${o}].y;`] : []),
    ]);
  }
  return [
    `signal acc[${form.map.size}];`,
    ...sums(form, (o, sum) => [`acc[${o}] <== ${sum};`]),
    ...(step.kind === 'max' ? maxima(step.starts, key, isCommitted) : positions(step.starts, key, y)),
  ];
}

/** max(max(x0, x1), x2) ... of every group; a group of one is max(x0, x0). A committed maximum is an input of the step. */
function maxima(starts: Int32Array, gadget: string, isCommitted: boolean): string[] {
  const from = table('start', starts);
  const maximum = (p: string): string => (isCommitted ? `m[${p}]` : `g[${p}].m`);
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
    `        g[p].a <== ${maximum('p - 1')};`,
    '        g[p].b <== acc[k];',
    '    }',
    `    y[i] <== ${maximum('p')};`,
    '    p++;',
    '}',
  ];
}

/** Position of the maximum of every group; a short one repeats its last member. */
function positions(starts: Int32Array, gadget: string, yields: boolean): string[] {
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
    ...(yields ? ['    y[i] <== g[i].index;'] : []),
    '}',
  ];
}

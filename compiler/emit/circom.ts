// model.circom: the whole circuit as one readable circom file over the hand-written gadgets of circuits/, the same constraint
// system as the linker's: to be read, compiled and compared. circom-names.ts says what its signals are called; what has no wire
// in the layout is a copy or a linear form that one linear constraint defines.
//
// In the lookup argument the inputs of main are X and F, which the verifier computes, and the committed block. circom's own
// witness generator cannot make that block (remainders, table outputs, multiplicities) from the model's inputs; the prover does.
//
// circom copies a sum at every addition and recurses over every expression, so sums are nested (about the root of their
// length a level), constants stand in short rows, and gadgets are components of their own.
import type { Circuit, TensorId } from '../circuit/circuit.js';
import { gadgetsByStep } from '../circuit/layout.js';
import { publicTensors } from '../circuit/publics.js';
import { tableRow } from '../lookup/challenge.js';
import { lookupStructure, squarings, type GadgetUse, type LookupStructure } from '../lookup/structure.js';
import { sizeOf } from '../tensor.js';
import { chunksPerWord, wordCount } from '../../verifier/words.js';
import { LOOKUP_TEMPLATES, stepSignals, tableTemplate } from './circom-lookup.js';
import { inputNames } from './circom-names.js';
import { comment, stepTemplate, yieldsValues } from './circom-steps.js';

export { circomWires } from './circom-names.js';

/** The text of model.circom; compiles with the folder circuits/ among the include folders. */
export function emitCircom(circuit: Circuit): string {
  const structure = circuit.lookup ? lookupStructure(circuit, circuit.lookup) : null;
  const uses = structure?.uses ?? gadgetsByStep(circuit);
  const tables = structure?.tables ?? [];
  const gadgets = uses.flat();
  const files = new Set([...gadgets.map(({ gadget }) => gadget.file), ...(structure ? [tableRow.file] : [])]);
  const text = [
    'pragma circom 2.1.0;',
    '',
    `// ${circuit.inputs.length} input(s), ${circuit.steps.length} steps, ${gadgets.reduce((n, { count }) => n + count, 0)} gadgets. Model: SHA-256 ${circuit.modelSha256}`,
    '// Values are stored as u = int - lo, real = scale * (int - zero): see the comment of each step.',
    ...[...files].sort().map((file) => `include "${file}.circom";`),
    ...circuit.steps.flatMap((_, s) => ['', ...stepTemplate(circuit, s, uses[s], tables)]),
    ...(structure ? ['', ...LOOKUP_TEMPLATES] : []),
    ...tables.flatMap((table, t) => ['', comment(`Table ${t}: ${table.name}`), ...tableTemplate(table, t)]),
    ...(circuit.publics.length === 0 ? [] : ['', ...wordsTemplate(structure !== null)]),
    '',
    ...mainTemplate(circuit, uses, structure),
  ];
  return `${text.join('\n')}\n`;
}

/** Words are public signals in the plain argument, and terms of the public F in the other. */
const wordsTemplate = (fingerprinted: boolean): string[] => [
  '// Public words: value i of n stands in word i \\ perWord, at bit bits * (i % perWord). Values are below 2^bits by their own',
  '// gadgets, and perWord * bits <= 248, so that no word wraps round the field.',
  'template Words(n, bits, perWord, words) {',
  '    signal input u[n];',
  `    signal ${fingerprinted ? 'output' : 'input'} word[words];`,
  '    for (var j = 0; j < words; j++) {',
  '        var sum = 0;',
  '        for (var i = 0; i < perWord && j * perWord + i < n; i++) {',
  '            sum += u[j * perWord + i] * (1 << (bits * i));',
  '        }',
  `        word[j] ${fingerprinted ? '<==' : '==='} sum;`,
  '    }',
  '}',
];

function mainTemplate(
  circuit: Circuit,
  uses: readonly (readonly GadgetUse[])[],
  structure: LookupStructure | null,
): string[] {
  const { steps, tensors, publics } = circuit;
  const words = publics.reduce((n, tensor) => n + wordCount(tensor), 0);
  const holder = holders(circuit, uses);
  const own = uses.map((list) => stepSignals(list, structure?.tables ?? []));
  const inputs = inputNames(circuit).map(
    ({ name, tensor }) => `signal input ${name}[${sizeOf(tensors[tensor].shape)}];`,
  );
  const committed = own.flatMap((step, s) =>
    step.committed.map(({ name, dims }) => `signal input l${s}_${name}${dims.map((d) => `[${d}]`).join('')};`),
  );
  const layers = steps.flatMap((step, s) => [
    `component l${s} = Step${s}();`,
    ...own[s].challenge.map((port) => `l${s}.${port} <== ${port === 'X' ? 'X' : 'powers.beta'};`),
    ...(step.kind === 'input'
      ? [`l${s}.x <== ${holder.get(step.out) ?? ''};`]
      : step.form.map.parts.map((part, p) => `l${s}.x${p} <== ${holder.get(part.from) ?? ''};`)),
    ...own[s].committed.map(({ name }) => `l${s}.${name} <== l${s}_${name};`),
  ]);
  const body = structure
    ? [
        '// the challenge, and the fingerprint of the public words: the verifier computes both',
        'signal input X;',
        'signal input F;',
        '// committed: the proof fixes all of it before X is known',
        ...inputs,
        ...committed,
        ...structure.tables.map(
          ({ size }, t) => `signal input m${t}[${size}]; // how often each row of table ${t} is hit`,
        ),
        ...powers(structure),
        ...layers,
        ...structure.tables.flatMap((table, t) => [
          `component t${t} = Table${t}();`,
          `t${t}.X <== X;`,
          ...(table.values ? [`t${t}.beta <== powers.beta;`] : []),
          `t${t}.m <== m${t};`,
          `t${t}.sum === ${own.flatMap((step, s) => (step.tables.includes(t) ? [`l${s}.sum${t}`] : [])).join(' + ')};`,
        ]),
        ...(words === 0
          ? []
          : [`component fingerprint = Fingerprint(${words});`, 'fingerprint.X <== X;', 'fingerprint.F <== F;']),
        ...packing(circuit, holder, (j, next) => `fingerprint.word[${next} + i] <== words${j}.word[i];`),
      ]
    : [
        '// chosen by whoever asks for the proof; no constraint reads it, the proof is bound to it as to every public signal',
        'signal input context;',
        ...(words === 0 ? [] : [`signal input word[${words}];`]),
        ...inputs,
        ...layers,
        ...packing(circuit, holder, (j, next) => `words${j}.word[i] <== word[${next} + i];`),
      ];
  const publicSignals = structure ? ['X', 'F'] : words === 0 ? ['context'] : ['context', 'word'];
  return [
    'template Model() {',
    ...body.map((line) => `    ${line}`),
    '}',
    '',
    `component main {public [${publicSignals.join(', ')}]} = Model();`,
  ];
}

/** The signal of main that holds the stored values of each tensor. */
function holders(circuit: Circuit, uses: readonly (readonly GadgetUse[])[]): ReadonlyMap<TensorId, string> {
  const holder = new Map(
    circuit.steps.map((step, s) => [
      step.out,
      yieldsValues(step, uses[s]) ? `l${s}.y` : `l${s}_${uses[s][0].gadget.signals[0]}`,
    ]),
  );
  for (const { name, tensor } of inputNames(circuit)) holder.set(tensor, name);
  return holder;
}

/** X^2, X^4, ..., beta, where a table has two columns. */
function powers(structure: LookupStructure): string[] {
  const k = squarings(structure);
  return k === 0 ? [] : [`component powers = Powers(${k});`, 'powers.X <== X;'];
}

/** Packs every public tensor; `join` says where word i of tensor j goes, `next` words standing before it. */
function packing(
  circuit: Circuit,
  holder: ReadonlyMap<TensorId, string>,
  join: (j: number, next: number) => string,
): string[] {
  let next = 0;
  return publicTensors(circuit).flatMap((id, j) => {
    const tensor = circuit.publics[j];
    const n = wordCount(tensor);
    const lines = [
      `component words${j} = Words(${sizeOf(tensor.shape)}, ${tensor.bits}, ${chunksPerWord(tensor)}, ${n});`,
      `words${j}.u <== ${holder.get(id) ?? ''};`,
      `for (var i = 0; i < ${n}; i++) {`,
      `    ${join(j, next)}`,
      '}',
    ];
    next += n;
    return lines;
  });
}

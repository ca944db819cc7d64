// model.circom: the whole circuit as one readable circom file over the hand-written gadgets of circuits/, the same constraint
// system as the linker's: to be read, compiled and compared. circom-names.ts says what its signals are called; what has no wire
// in the layout is a copy or a linear form that one linear constraint defines.
//
// In the lookup argument the inputs of main are X and F, which the verifier computes, and the committed block. circom's own
// witness generator cannot make that block (remainders, table outputs, multiplicities) from the model's inputs; the prover does.
//
// circom copies a sum at every addition and recurses over every expression, so sums are nested (each level about the
// square root of their length), constants are in short rows, and gadgets are components of their own.
import { chunksPerWord, wordCount } from '../../verifier/words.js';
import type { Arrangement } from '../circuit/arrange.js';
import type { TensorId } from '../circuit/circuit.js';
import { publicTensors } from '../circuit/publics.js';
import { tableRow } from '../primitives/challenge.js';
import { integerOf } from '../primitives/index.js';
import { sizeOf } from '../tensor.js';
import { LOOKUP_TEMPLATES, stepSignals, tableTemplate } from './circom-lookup.js';
import { inputNames } from './circom-names.js';
import { comment, heldBy, resultOf, sourcesOf, stepTemplate } from './circom-steps.js';

export { circomWires } from './circom-names.js';

/** The text of model.circom; compiles with the folder circuits/ among the include folders. */
export function emitCircom(arrangement: Arrangement): string {
  const { circuit, uses, tables } = arrangement;
  const isLookup = circuit.rangeBits !== null;
  const gadgets = uses.flat();
  const files = new Set([...gadgets.map(({ gadget }) => gadget.file), ...(isLookup ? [tableRow.file] : [])]);
  const text = [
    'pragma circom 2.1.0;',
    '',
    `// ${circuit.inputs.length} input(s), ${circuit.steps.length} steps, ${gadgets.reduce((n, { count }) => n + count, 0)} gadgets. Model: SHA-256 ${circuit.modelSha256}`,
    '// Values are stored as u = int - lo, real = scale * (int - zero): see the comment of each step.',
    ...[...files].sort().map((file) => `include "${file}.circom";`),
    ...circuit.steps.flatMap((_, s) => ['', ...stepTemplate(arrangement, s)]),
    ...(isLookup ? ['', ...LOOKUP_TEMPLATES] : []),
    ...tables.flatMap((table, t) => [
      '',
      comment(`Table ${t}: ${table.name.slice(0, 120)}`),
      ...tableTemplate(table, t),
    ]),
    ...(circuit.publics.length === 0 ? [] : ['', ...wordsTemplate(isLookup)]),
    '',
    ...mainTemplate(arrangement),
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

function mainTemplate(arrangement: Arrangement): string[] {
  const { circuit, uses, tables, squarings } = arrangement;
  const { steps, tensors, publics } = circuit;
  const words = publics.reduce((n, tensor) => n + wordCount(tensor), 0);
  const holder = holders(arrangement);
  const own = uses.map((list) => stepSignals(list, tables));
  const inputs = inputNames(circuit).map(
    ({ name, tensor }) => `signal input ${name}[${sizeOf(tensors[tensor].shape)}];`,
  );
  const committed = own.flatMap((step, s) =>
    step.committed.map(({ name, dims }) => `signal input l${s}_${name}${dims.map((d) => `[${d}]`).join('')};`),
  );
  const layers = steps.flatMap((step, s) => [
    `component l${s} = Step${s}();`,
    ...own[s].challenge.map((port) => `l${s}.${port} <== ${port === 'X' ? 'X' : 'powers.beta'};`),
    ...(integerOf(step).isInput ? [`l${s}.x <== ${holder.get(step.outs[0]) ?? ''};`] : []),
    ...sourcesOf(step).map((id, x) => `l${s}.x${x} <== ${holder.get(id) ?? ''};`),
    ...own[s].committed.map(({ name }) => `l${s}.${name} <== l${s}_${name};`),
  ]);
  const body =
    circuit.rangeBits !== null
      ? [
          '// the challenge, and the fingerprint of the public words: the verifier computes both',
          'signal input X;',
          'signal input F;',
          '// committed: the proof fixes all of it before X is known',
          ...inputs,
          ...committed,
          ...tables.map(({ size }, t) => `signal input m${t}[${size}]; // how often each row of table ${t} is hit`),
          ...(squarings === 0 ? [] : [`component powers = Powers(${squarings});`, 'powers.X <== X;']),
          ...layers,
          ...tables.flatMap((table, t) => [
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
  const publicSignals = circuit.rangeBits !== null ? ['X', 'F'] : words === 0 ? ['context'] : ['context', 'word'];
  return [
    'template Model() {',
    ...body.map((line) => `    ${line}`),
    '}',
    '',
    `component main {public [${publicSignals.join(', ')}]} = Model();`,
  ];
}

/** The signal of main that holds the stored values of each tensor. */
function holders({ circuit, uses }: Arrangement): ReadonlyMap<TensorId, string> {
  const holder = new Map(
    circuit.steps.flatMap((step, s) =>
      step.outs.map((out, k): [TensorId, string] => {
        const held = heldBy(uses[s], k);
        return [out, held === null ? `l${s}.${resultOf(k)}` : `l${s}_${held}`];
      }),
    ),
  );
  for (const { name, tensor } of inputNames(circuit)) holder.set(tensor, name);
  return holder;
}

/** Packs every public tensor; `join` says where word i of tensor j goes, with `next` words before it. */
function packing(
  circuit: Arrangement['circuit'],
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

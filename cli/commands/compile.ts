// compile: a model to its circuit, in a folder that is written whole or not at all.
import { compile, type Circuit, type Compilation, type Gain, type Report, withoutMaps } from '../../compiler/index.js';
import { beginFolder, commitCompilation, readModel } from '../../files/index.js';
import { defineCommand } from '../command.js';
import { DONE, naming } from '../errors.js';
import { readCompileFlags, withData } from '../model.js';
import { floatReference } from '../onnxruntime.js';
import { COMPILE, given } from '../options.js';
import { word } from '../printable.js';
import { bytes, count, duration, facts, percent, plural, real, shape, table } from '../text.js';

export const compileCommand = defineCommand({
  name: 'compile',
  positionals: { model: 'the model, MODEL.onnx' },
  options: {
    output: { alias: 'o', type: 'string', requiresArg: true, demandOption: true, describe: 'folder to write, DIR' },
    ...COMPILE,
    overwrite: {
      type: 'boolean',
      default: false,
      describe: 'remove keys of another circuit from DIR even if they are no development keys',
    },
  },
  run: async (args, output) => {
    const flags = readCompileFlags(args, args.model);
    const model = await readModel(args.model);
    const { options, inputs, reading } = await withData(model, args, flags, output).catch(naming(args.model));
    const draft = await beginFolder(args.output);
    try {
      const reference =
        options.calibration === undefined
          ? undefined
          : await floatReference(args.model, inputs, output, withoutMaps(model));
      const made = await compile(model, { ...options, ...given({ reference }), onProgress: output.progress });
      const stale = await commitCompilation(draft, args.output, made, { overwrite: args.overwrite, reading });
      if (stale.length > 0) output.note(`removed ${stale.join(', ')} from ${args.output}: made for another circuit`);
      for (const [name, bits] of Object.entries(made.margins))
        output.note(
          `input ${word(name)}: each column's range has room beyond its data, ${bits.toFixed(2)} bits of precision; --input-range '${name}[i]=LO,HI' sets one`,
        );
      for (const warning of made.report.warnings) output.warn(warning);
      if (made.report.gain) output.note(searched(made.report, made.report.gain));
      output.result(reportJson(made.report, made.circuit.options.batch), () => text(made, args.output));
    } finally {
      await draft.discard();
    }
    return DONE;
  },
});

function reportJson(report: Report, batch: number | undefined) {
  const { rows, domain, committed, agreement, maxError, rangeError, accuracy, ops, seconds, outputs, bits } = report;
  const measured = { agreement, maxError, rangeError, ...given({ accuracy }) };
  return { rows, domain, committed, ...measured, ops, seconds, outputs, bits, ...given({ batch }) };
}

/** "9 bits, 4 values at 5 to 8 taken: 30,248 rows, domain 32,768; 9 bits for all take 40,113, domain 49,152 (17 circuits tried)" */
function searched({ bits, exceptions }: Report, { before, after, circuits, isCut, heldOut }: Gain): string {
  const others = [...new Set(exceptions.map((one) => one.bits))].sort((a, b) => a - b);
  const span = others.length > 1 ? `${others[0]} to ${others.at(-1)}` : String(others[0]);
  const taken = `${bits} bits${others.length > 0 ? `, ${plural(exceptions.length, 'value')} at ${span}` : ''}`;
  const cost = (of: Gain['after']): string => `${count(of.rows)} rows, domain ${count(of.domain)}`;
  const held = heldOut > 0 ? `, ${plural(heldOut, 'sample')} held out` : '';
  const tried = `(${plural(circuits, 'circuit')} tried${isCut ? ', the limit' : ''}${held})`;
  if (before === null) return `the same bits for all do not meet the goal: ${taken} taken, ${cost(after)} ${tried}`;
  if (before.rows === after.rows) return `no bits with fewer rows meet the goal: ${taken}, ${cost(after)} ${tried}`;
  return `${taken} taken: ${cost(after)}; ${before.bits} bits for all take ${cost(before)} ${tried}`;
}

/** Columns whose ranges are shown. */
const MOST_COLUMNS = 8;

/** The range that an input is proved for, or one for each of its columns. */
function rangesOf({ inputs, tensors, options }: Circuit): (readonly [string, string])[] {
  return inputs.flatMap(({ name, tensor, dtype }): (readonly [string, string])[] => {
    const { lo, hi, columns: own = { axis: null, ends: [[lo, hi]] } } = tensors[tensor];
    const { axis, ends } = dtype.includes('float') ? options.ranges[name] : own;
    const range = ([least, most]: readonly number[]) => `[${real(least)}, ${real(most)}]`;
    const shown = word(name);
    if (axis === null) return [['input', `${shown} in ${range(ends[0])}`]];
    const columns = ends
      .slice(0, MOST_COLUMNS)
      .map((pair, c): [string, string] => ['input', `${shown}[${c}] along axis ${axis} in ${range(pair)}`]);
    const more = ends.length - columns.length;
    return more > 0 ? [...columns, ['input', `and ${plural(more, 'more column')} of ${shown}`] as const] : columns;
  });
}

/** ", 20,644 for each of 16 samples" */
const ofOne = (rows: number, { options: { batch } }: Circuit): string =>
  batch === undefined ? '' : `, ${count(Math.ceil(rows / batch))} for each of ${batch} samples,`;

function text({ report, circuit }: Pick<Compilation, 'report' | 'circuit'>, dir: string): string[] {
  const {
    rows,
    domain,
    committed,
    estimate,
    agreement,
    maxError,
    rangeError,
    accuracy,
    seconds,
    floatSource,
    layers,
    tables,
  } = report;
  const right = 'right' as const;
  const layerTable = table(
    [
      { title: 'layer' },
      { title: 'operator' },
      { title: 'shape' },
      { title: 'scale', align: right },
      { title: 'bits', align: right },
      { title: 'shift', align: right },
      { title: 'gadget' },
      { title: 'rows', align: right },
      { title: 'max error', align: right },
    ],
    layers.map((layer) => [
      word(layer.name),
      word(layer.operator),
      shape(layer.shape),
      typeof layer.scale === 'number' ? real(layer.scale) : 'by column',
      String(layer.bits),
      layer.shift === null ? '-' : String(layer.shift),
      layer.gadgets[0] ?? '-',
      count(layer.rows),
      real(layer.maxError),
    ]),
  );
  const measured =
    agreement === null && rangeError === null
      ? [['accuracy', 'not measured: give data with --calibrate'] as const]
      : [
          ...(agreement === null
            ? [['compared', `with the float model (${floatSource}); no output decides anything`] as const]
            : [['agreement', `${percent(agreement)} of decisions as by the float model (${floatSource})`] as const]),
          ['max error', real(maxError)] as const,
          ['range error', percent(rangeError)] as const,
        ];
  const summary = facts([
    ...rangesOf(circuit),
    [
      'rows',
      `${count(rows)}${ofOne(rows, circuit)} in a domain of ${count(domain)}${committed > 0 ? `, ${plural(committed, 'committed wire')}` : ''}`,
    ],
    ...(tables.length > 0
      ? [['tables', tables.map((one) => `${one.name}: ${count(one.rows)}`).join('; ')] as const]
      : []),
    ...measured,
    ...(accuracy
      ? [['accuracy', `${percent(accuracy.quantised)} quantised, ${percent(accuracy.float)} float`] as const]
      : []),
    ['prove', `about ${duration(estimate.proveSeconds ?? 0)}, ${bytes(estimate.memoryBytes ?? 0)}`],
    ['time', duration(seconds)],
    ['written to', dir],
  ]);
  return [...layerTable, '', ...summary];
}

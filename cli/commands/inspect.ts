// inspect: what is in a model, what proving it would cost, and which of its nodes cannot be proved.
import { basename } from 'node:path';
import { readModel, refuseUnwritable, writeFileAtomic } from '../../files/index.js';
import { InferproofError } from '../../verifier/errors.js';
import { cutBefore, firstNames, inspect, type Inspection } from '../../compiler/index.js';
import { defineCommand } from '../command.js';
import { DONE, naming, REFUSED } from '../errors.js';
import { readCompileFlags, withData } from '../model.js';
import { COMPILE, HTML } from '../options.js';
import { word } from '../printable.js';
import { bytes, count, duration, facts, percent, plural, shape, table } from '../text.js';

export const inspectCommand = defineCommand({
  name: 'inspect',
  positionals: { model: 'the model, MODEL.onnx' },
  options: { ...COMPILE, html: HTML },
  run: async (args, output) => {
    const flags = readCompileFlags(args, args.model);
    if (args.html !== undefined) await refuseUnwritable(args.html);
    const model = await readModel(args.model);
    const inspection = await readable(withData(model, args, flags, output))
      .then((data) => inspect(model, { ...(data?.options ?? flags), onProgress: output.progress }))
      .catch(naming(args.model));
    const { nodes, params, macs, estimate, unsupported, assumedRanges } = inspection;
    if (args.labels !== undefined) output.note('--labels: compile measures accuracy');
    if (assumedRanges.length > 0)
      output.note(`estimated at ${args.bits ?? 8} bits for ${assumedRanges.join(', ')} in [0, 1] and made-up data: with --calibrate DATA the rows are those of compile`); // prettier-ignore
    if (args.html !== undefined) {
      const { inspectionPage } = await import('../../report/index.js');
      await writeFileAtomic(args.html, inspectionPage(basename(args.model), inspection));
    }
    output.result({ nodes, params, macs, estimate, unsupported }, () => text(inspection));
    return unsupported.length === 0 ? DONE : REFUSED;
  },
});

/** Without inputs that data could be read for, a refused model is inspected without data. */
const readable = <T>(data: Promise<T>): Promise<T | undefined> =>
  data.catch((error: unknown) => {
    if (error instanceof InferproofError && error.code === 'unsupported') return undefined;
    throw error;
  });

function text({
  nodes,
  params,
  macs,
  estimate,
  shares,
  unsupported,
  refusals,
  cut,
  unseen,
  inputs,
  operators,
}: Inspection): string[] {
  const ops = Object.entries(operators).sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
  const unknown = <T extends number>(x: T | null, show: (x: T) => string) => (x === null ? 'unknown' : show(x));
  const summary = facts([
    ...inputs.map(({ name, dtype, shape: dims }) => ['input', `${word(name)}: ${dtype} ${shape(dims)}`] as const),
    ['nodes', count(nodes)],
    ['parameters', count(params)],
    ['MACs', unsupported.length > 0 ? 'unknown' : count(macs)],
    ['rows', unknown(estimate.rows, (n) => `about ${count(n)}`)],
    ['memory', unknown(estimate.memoryBytes, (n) => `about ${bytes(n)}`)],
    ['prove', unknown(estimate.proveSeconds, (s) => `about ${duration(s)}`)],
  ]);
  const operatorTable = table(
    [{ title: 'operator' }, { title: 'nodes', align: 'right' }],
    ops.map(([op, n]) => [word(op), count(n)]),
  );
  const all = estimate.rows ?? 0;
  const rowTable = table(
    [{ title: 'rows of' }, { title: 'rows', align: 'right' }, { title: 'share', align: 'right' }],
    shares.map(({ of, rows }) => [word(of), count(rows), percent(rows / all)]),
  );
  const verdict =
    unsupported.length === 0 ? ['every node can be proved'] : obstacles({ unsupported, refusals, cut, unseen });
  return [...summary, '', ...operatorTable, '', ...(shares.length > 0 ? [...rowTable, ''] : []), ...verdict];
}

/** What stands in the way: a line for each operator and reason, then what to do about each. */
function obstacles({
  unsupported,
  refusals,
  cut,
  unseen,
}: Pick<Inspection, 'unsupported' | 'refusals' | 'cut' | 'unseen'>): string[] {
  // prettier-ignore
  const reasons = table(
    [{ title: 'operator' }, { title: 'nodes', align: 'right' }, { title: 'where' }, { title: 'reason' }],
    refusals.map(({ op, nodes, reason }) => [word(op), count(nodes.length), firstNames(nodes.map(word)), reason]),
  );
  const hints = new Map(
    refusals.flatMap(({ op, hint }) => (hint === undefined ? [] : [[`${op}${hint}`, [word(op), hint]]])),
  );
  const ways = [...hints.values()].map(([op, hint]) => [op, hint] as const);
  if (cut.length > 0) ways.push(['or', cutBefore(cut, unsupported.length > 1 ? 'the first of them' : 'it')]);
  const way = ways.length > 0 ? ['', 'what to do', ...facts(ways)] : [];
  const rest =
    unseen > 0
      ? [
          '',
          `${plural(unseen, 'more node')} checked for the operator only: the file declares no shapes there, onnx.shape_inference.infer_shapes(model) may add them`,
        ]
      : [];
  return [`${plural(unsupported.length, 'node')} cannot be proved`, '', ...reasons, ...way, ...rest];
}

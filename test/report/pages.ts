// Pages to look at: of a small model whose names are hostile, of a graph of hundreds of nodes, of a model that is refused, of a comparison.
import { smallestDomain } from '#compiler/circuit/domain.js';
import { compare, compile, inspect, type Report, type Samples } from '#compiler/index.js';
import { comparisonPage, inspectionPage, reportPage } from '#report/index.js';
import { generator } from '../compiler/circuits.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';

/** Markup, ends of strings and comments, what hides and what turns round: wherever a name may stand. */
export const EVIL = `</title></style></svg><script>document.title='x'</script><img src=x onerror=alert(1)>"'&amp;-->]]>\${1}\u0000\u001b[2K\u202e\u200b`;

const random = generator(7);
const weights = (...shape: number[]) => floats(shape, Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random() - 0.5)); // prettier-ignore

const bytes = modelBytes({
  inputs: { [EVIL]: [1, 1, 6, 6] },
  nodes: [
    { op: 'Conv', name: `conv ${EVIL}`, in: [EVIL, 'w'], out: ['c'] },
    { op: 'MaxPool', name: `pool ${EVIL}`, in: ['c'], out: ['p'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    { op: 'Relu', name: `relu ${EVIL}`, in: ['p'], out: ['r'] },
    { op: 'Flatten', in: ['r'], out: ['f'] },
    { op: 'Gemm', name: `gemm ${EVIL}`, in: ['f', 'v'], out: [`scores ${EVIL}`] },
  ],
  initializers: { w: weights(3, 1, 3, 3), v: weights(12, 4) },
  outputs: [`scores ${EVIL}`],
}); // prettier-ignore
const calibration: Samples = {
  count: 150,
  inputs: { [EVIL]: Float64Array.from({ length: 150 * 36 }, () => 2 * random() - 1) },
};

/** At 3 bits decisions flip. */
export const compiled = await compile(bytes, { calibration, bits: 3, allowLoss: true });
export const found = compare(compiled.circuit, compiled.graph, { ...calibration, count: 1, inputs: { [EVIL]: calibration.inputs[EVIL].slice(0, 36) } }); // prettier-ignore

/** The layers of a report one after the other, `times` times: a stream that every block adds to. */
function longer(report: Report, times: number): Report {
  const { layers } = report;
  const copies = Array.from({ length: times }, (_, k) =>
    layers.map((layer, i) => ({
      ...layer,
      name: `${k}/${layer.name}`,
      reads: i === 0 ? (k === 0 ? [] : [k * layers.length - 1, ...(k === 1 ? [] : [(k - 1) * layers.length - 1])]) : layer.reads.map((from) => from + k * layers.length), // prettier-ignore
    })),
  );
  const rows = report.rows * times;
  return { ...report, rows, domain: smallestDomain(rows + report.reserved, 'lookup'), layers: copies.flat() };
}

const [layer] = found.layers.slice(-1);
const firstDivergence = { node: layer.name, op: layer.operator, index: 3, float: 0.25, int: 0.2, witness: 17 };

export const pages: Readonly<Record<string, string>> = {
  report: reportPage(EVIL, compiled.report),
  'report without data': reportPage('plain', (await compile(bytes, { inputRanges: { '': [-1, 1] }, argument: 'plain' })).report), // prettier-ignore
  'long report': reportPage('long', longer(compiled.report, 50)),
  inspection: inspectionPage('m.onnx', inspect(bytes)),
  refusal: inspectionPage(EVIL, inspect(modelBytes({ inputs: { x: [1, 4] }, nodes: [{ op: 'NonZero', name: EVIL, in: ['x'] }] }))), // prettier-ignore
  comparison: comparisonPage('dir', { ...found, firstDivergence }),
};

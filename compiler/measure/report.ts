// The report: what a circuit costs and how near its integers are to the floats.
import { domainOfRows, type Arrangement } from '../circuit/arrange.js';
import { scoreOutput, type Decision } from '../graph/decision.js';
import { storedWeights } from '../linear/map.js';
import type { Labels } from '../../verifier/words.js';
import type { Graph } from '../graph/graph.js';
import type { Decided } from './decided.js';
import { estimate, perRow, type Estimate, type PerRow } from './estimate.js';
import { accuracy, type OutputFidelity } from './fidelity.js';
import { layersOf, type LayerReport } from './layer-report.js';
import { meaningsOf } from './meanings.js';
import type { Measured } from './measured.js';
import { partsOf } from './parts.js';
import type { Gain, Settled } from './settle.js';

export interface OutputReport {
  readonly name: string;
  readonly decision: Decision;
  /** The names that the key gives it. */
  readonly labels?: Labels;
  /** As in OutputFidelity; null without data. */
  readonly rangeError: number | null;
  readonly worst: OutputFidelity['worst'];
}

export interface Report {
  readonly rows: number;
  /** Size of the evaluation domain: rows, publics and the constant, rounded up to 2^k, or to 3·2^k in the lookup argument. */
  readonly domain: number;
  /** Of the domain, beside the rows: publics and the constant. */
  readonly reserved: number;
  /** Committed wires; 0 in the plain argument. */
  readonly committed: number;
  /** Of a proof: memory, and seconds on this machine. */
  readonly estimate: Estimate;
  /** What a row of the domain adds to it. */
  readonly perRow: PerRow;
  readonly agreement: number | null;
  readonly maxError: number | null;
  readonly rangeError: number | null;
  readonly accuracy?: { readonly float: number; readonly quantised: number } | undefined;
  readonly outputs: readonly OutputReport[];
  /** Null without data, and where no output decides anything. */
  readonly decided: Decided | null;
  /** Bits of inputs and activations, but for the `exceptions`. */
  readonly bits: number;
  readonly exceptions: readonly { readonly node: string; readonly operator: string; readonly bits: number }[];
  /** The bits of each part: of an input or of a node, or of all nodes that share a scale, such as a gate's time steps. */
  readonly parts: readonly PartReport[];
  /** What a search for bits measured; none where there was no need for one. */
  readonly search: readonly SearchReport[];
  /** What it gained; null where there was none. */
  readonly gain: Gain | null;
  /** What its user has to know, a sentence each. */
  readonly warnings: readonly string[];
  /** What the integers of a quantised model mean. */
  readonly notes: readonly string[];
  /** Operators of the ONNX file. */
  readonly ops: Readonly<Record<string, number>>;
  readonly params: number;
  readonly macs: number;
  readonly seconds: number;
  /** What the floats are: onnxruntime, or the lowered graph in float64; null without data. */
  readonly floatSource: string | null;
  readonly layers: readonly LayerReport[];
  /** Look-up tables and their rows; none in the plain argument. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
}

/** What a part of the rows is for: an operator of the model, 'tables' or 'words'. */
export interface RowShare {
  readonly of: string;
  readonly rows: number;
}

export interface PartReport {
  /** Its first node. */
  readonly node: string;
  readonly operator: string;
  /** Values that share its scale. */
  readonly values: number;
  readonly elements: number;
  readonly bits: number;
}

export interface SearchReport {
  readonly bits: number;
  /** How many values had other bits. */
  readonly exceptions: number;
  readonly rows: number;
  readonly agreement: number | null;
  readonly rangeError: number | null;
}

/** What a report is made of, beside the circuit. */
export interface Reported {
  readonly graph: Graph;
  /** Null without data. */
  readonly settled: Pick<Settled, 'measured' | 'tried' | 'gain'> | null;
  readonly source: string | null;
  /** Class of each sample. */
  readonly labels: readonly number[] | undefined;
  /** When the work began, in performance.now(). */
  readonly start: number;
}

export function makeReport(arrangement: Arrangement, reported: Reported): Report {
  const { graph, settled, source, labels, start } = reported;
  const { options, outputs } = arrangement.circuit;
  const measured = settled?.measured;
  const { agreement = null, maxError = null, rangeError = null, perOutput } = measured?.fidelity ?? {};
  return {
    rows: arrangement.rows,
    domain: domainOfRows(arrangement),
    reserved: arrangement.nPublic + 1,
    estimate: estimate(arrangement.rows, domainOfRows(arrangement), weightsOf(arrangement.circuit)),
    perRow: perRow(),
    committed: arrangement.nCommitted,
    agreement,
    maxError,
    rangeError,
    accuracy: measured && labels ? accuracyOf(measured, labels) : undefined,
    outputs: outputs.map(({ name, decision, labels }, i) => {
      const { rangeError = null, worst = null } = perOutput?.[i] ?? {};
      return { name, decision, ...(labels && { labels }), rangeError, worst };
    }),
    decided: measured?.decided ?? null,
    bits: options.bits,
    exceptions: options.bitsOf.map(({ value, bits }) => ({ ...placeOf(graph, value), bits })),
    parts: partsOf(graph).map(({ values, elements }) => ({
      ...placeOf(graph, values[0]),
      values: values.length,
      elements,
      bits: options.bitsOf.find(({ value }) => value === values[0])?.bits ?? options.bits,
    })),
    search: (settled?.tried ?? []).map(({ bits, bitsOf, rows, agreement, rangeError }) => {
      return { bits, exceptions: bitsOf.length, rows, agreement, rangeError };
    }),
    gain: settled?.gain ?? null,
    warnings: [],
    notes: meaningsOf(graph.ops),
    ops: graph.ops,
    params: graph.params,
    macs: graph.macs,
    seconds: (performance.now() - start) / 1000,
    floatSource: source,
    layers: layersOf(arrangement, graph, measured?.layers ?? null),
    tables: arrangement.tables.map(({ name, size }) => ({ name, rows: size })),
  };
}

const weightsOf = ({ steps }: Arrangement['circuit']): number =>
  steps.reduce((sum, { forms }) => forms.reduce((n, { map }) => n + storedWeights(map), sum), 0);

const placeOf = ({ values }: Graph, value: number): { readonly node: string; readonly operator: string } => {
  const { node, operator } = values[value];
  return { node, operator };
};

/** Rows by operator, the most first; those of look-up tables as one. What is left is words of public tensors and sums over tables. */
export function sharesOf({ rows: all, tables, layers }: Pick<Report, 'rows' | 'tables' | 'layers'>): RowShare[] {
  const rows = new Map([['tables', tables.reduce((sum, table) => sum + table.rows, 0)]]);
  for (const layer of layers) rows.set(layer.operator, (rows.get(layer.operator) ?? 0) + layer.rows);
  const rest = [...rows.values()].reduce((left, n) => left - n, all);
  const shares = Array.from(rows.set('words', rest), ([of, n]) => ({ of, rows: n }));
  return shares.filter((share) => share.rows > 0).sort((a, b) => b.rows - a.rows);
}

/** Undefined where no output makes one decision for a sample. */
function accuracyOf({ pairs }: Measured, labels: readonly number[]): Report['accuracy'] {
  const score: Measured['pairs'][number] | undefined = pairs[scoreOutput(pairs)];
  const [float, quantised] = score ? [score.float, score.quantised].map((x) => accuracy(score, x, labels)) : [];
  return float == null || quantised == null ? undefined : { float, quantised };
}

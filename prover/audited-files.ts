// The files that compile writes beside circuit.json, made again and compared byte for byte.
import type { Arrangement } from '../compiler/circuit/arrange.js';
import { emitCircom } from '../compiler/emit/circom.js';
import { emitQuantisedOnnx } from '../compiler/emit/onnx.js';
import type { Graph } from '../compiler/graph/graph.js';
import { encodeGraph } from '../compiler/graph/json.js';
import { encodeReport, withMeasured } from '../compiler/measure/report-json.js';
import { makeReport } from '../compiler/measure/report.js';

type Content = Uint8Array | string;

/** What stands in the folder. Each file is compared where it is given; null stands for one that is missing. */
export interface AuditedFiles {
  /** model.circom */
  readonly circom?: Content | null;
  /** graph.json */
  readonly graph?: Content | null;
  /** model.quant.onnx */
  readonly quantisedModel?: Content | null;
  /** report.json */
  readonly report?: Content | null;
}

/** Where each file parts from what compile writes for a circuit and the graph that it is made of. */
export function differencesOf(wires: Arrangement, graph: Graph, files: AuditedFiles): string[] {
  const { circom, graph: graphFile, quantisedModel, report } = files;
  return [
    ...compared('model.circom', circom, () => emitCircom(wires), line),
    ...compared('graph.json', graphFile, () => encodeGraph(graph), field),
    ...compared('model.quant.onnx', quantisedModel, () => emitQuantisedOnnx(wires.circuit), byte),
    ...compared('report.json', report, (given) => reportAgain(wires, graph, textOf(given)), field),
  ];
}

function reportAgain(wires: Arrangement, graph: Graph, given: string): string {
  const nothing = { settled: null, source: null, labels: undefined, start: performance.now() };
  return encodeReport(withMeasured(makeReport(wires, { graph, ...nothing }), given));
}

/** @param place says of two files that differ where they do, behind the name */
function compared(
  name: string,
  given: Content | null | undefined,
  make: (given: Uint8Array) => Content,
  place: (given: Uint8Array, wanted: Uint8Array, name: string) => string,
): string[] {
  if (given === undefined) return [];
  if (given === null) return [`${name}: missing`];
  const bytes = bytesOf(given);
  const wanted = bytesOf(make(bytes));
  return Buffer.compare(bytes, wanted) === 0 ? [] : [place(bytes, wanted, name)];
}

const bytesOf = (content: Content): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;
/** Far beyond the files that differ here by a word, far below the longest string. */
const MAX_TEXT = 2 ** 28;
/** Bytes that are no text become signs that no file of ours has. */
const textOf = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, MAX_TEXT));

function line(given: Uint8Array, wanted: Uint8Array, name: string): string {
  const [lines, right] = [given, wanted].map((bytes) => textOf(bytes).split('\n'));
  const at = lines.findIndex((text, i) => text !== right[i]);
  return `${name}:${(at < 0 ? lines.length : at) + 1}`;
}

const byte = (given: Uint8Array, wanted: Uint8Array, name: string): string => {
  const at = given.findIndex((value, i) => value !== wanted[i]);
  return `${name}: byte ${at < 0 ? given.length : at}`;
};

/** The path of the first field that differs; the file alone where it is no JSON, or the same values in other words. */
function field(given: Uint8Array, wanted: Uint8Array, name: string): string {
  let theirs: unknown;
  try {
    theirs = JSON.parse(textOf(given));
  } catch {
    return `${name}: not the text that compile writes`;
  }
  return pathOfChange(theirs, JSON.parse(textOf(wanted)), name) ?? `${name}: not the text that compile writes`;
}

/** Path of the first place where two JSON values differ, `path` being theirs; null for the same values. */
export function pathOfChange(a: unknown, b: unknown, path: string): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return path;
  for (const [name, value] of Object.entries(b)) {
    const other = Object.hasOwn(a, name) ? (a as Record<string, unknown>)[name] : undefined;
    const place = pathOfChange(other, value, Array.isArray(b) ? `${path}[${name}]` : `${path}.${name}`);
    if (place) return place;
  }
  return Object.keys(a).length > Object.keys(b).length ? path : null;
}

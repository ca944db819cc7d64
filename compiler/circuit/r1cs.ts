// The .r1cs file format (iden3/r1csfile, version 1, without custom gates): a linked system as a file for stock tools, and
// circom's output as a linked system.
//
// Sections: 1 header, 2 constraints (for A, B, C: the number of terms, then wire and 32-byte coefficient of each), 3 labels.
// Wires: 0 = the constant | outputs | public inputs | private inputs | the rest.
import { InferproofError } from '../../verifier/errors.js';
import { FIELD_BYTES, readField, writeField } from './field.js';
import { R, mod } from '../../verifier/field.js';
import { RowBuilder, coefficient, type RowSystem } from './rows.js';

const HEADER_SECTION_BYTES = 64;
const TERM_BYTES = 4 + FIELD_BYTES;
const CHUNK_BYTES = 1 << 20;

/**
 * The file, in pieces of about a megabyte. Committed wires and publics are its public inputs; there are no outputs.
 * Terms are written as the rows have them.
 */
export function* r1csFile(system: RowSystem): Generator<Uint8Array> {
  const { nRows, nWires, nCommitted, nPublic, sides } = system;
  const terms = sides.reduce((sum, side) => sum + side.wire.length, 0);
  const constraintBytes = 12 * nRows + TERM_BYTES * terms;

  const head = new Uint8Array(12 + 12 + HEADER_SECTION_BYTES + 12);
  const view = new DataView(head.buffer);
  head.set(new TextEncoder().encode('r1cs'));
  view.setUint32(4, 1, true); // version
  view.setUint32(8, 3, true); // sections
  sectionHeader(view, 12, 1, HEADER_SECTION_BYTES);
  view.setUint32(24, FIELD_BYTES, true);
  writeField(view, 28, R);
  [nWires, 0, nCommitted + nPublic, 0].forEach((n, i) => view.setUint32(60 + 4 * i, n, true));
  view.setBigUint64(76, BigInt(nWires), true); // labels
  view.setUint32(84, nRows, true);
  sectionHeader(view, 88, 2, constraintBytes);
  yield head;

  yield* pieces(constraintPieces(system));

  const labels = new Uint8Array(12 + 8 * nWires);
  const labelView = new DataView(labels.buffer);
  sectionHeader(labelView, 0, 3, 8 * nWires);
  for (let w = 0; w < nWires; w++) labelView.setBigUint64(12 + 8 * w, BigInt(w), true);
  yield labels;
}

function sectionHeader(view: DataView, at: number, id: number, bytes: number): void {
  view.setUint32(at, id, true);
  view.setBigUint64(at + 4, BigInt(bytes), true);
}

/** One linear form after the other: [number of terms, then (wire, coefficient) each]. */
function* constraintPieces(system: RowSystem): Generator<Uint8Array> {
  const encoded = new Map<number, Uint8Array>(); // coefficients repeat: weights of a convolution, powers of two
  const encode = (code: number): Uint8Array => {
    let bytes = encoded.get(code);
    if (bytes === undefined) {
      bytes = new Uint8Array(FIELD_BYTES);
      writeField(new DataView(bytes.buffer), 0, mod(coefficient(system, code)));
      encoded.set(code, bytes);
    }
    return bytes;
  };
  for (let row = 0; row < system.nRows; row++) {
    for (const { start, wire, coef } of system.sides) {
      const [from, end] = [start[row], start[row + 1]];
      const form = new Uint8Array(4 + TERM_BYTES * (end - from));
      const view = new DataView(form.buffer);
      view.setUint32(0, end - from, true);
      for (let i = from, at = 4; i < end; i++, at += TERM_BYTES) {
        view.setUint32(at, wire[i], true);
        form.set(encode(coef[i]), at + 4);
      }
      yield form;
    }
  }
}

/** Joins small pieces. */
function* pieces(source: Iterable<Uint8Array>): Generator<Uint8Array> {
  let buffer = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  for (const piece of source) {
    if (filled + piece.length > buffer.length) {
      if (filled > 0) yield buffer.subarray(0, filled);
      buffer = new Uint8Array(Math.max(CHUNK_BYTES, piece.length));
      filled = 0;
    }
    buffer.set(piece, filled);
    filled += piece.length;
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

export interface R1cs {
  /** nPublic = nOutputs + nPublicInputs, nCommitted = 0. */
  readonly system: RowSystem;
  readonly nOutputs: number;
  readonly nPublicInputs: number;
  readonly nPrivateInputs: number;
}

/**
 * Reads an .r1cs file over BN254's scalar field.
 * @throws 'format' for another type, version or field, custom gates, a truncated file, or a wire or coefficient out of range
 */
export function parseR1cs(bytes: Uint8Array, where = 'r1cs'): R1cs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (expected: string, got: string | number): never => {
    throw new InferproofError('format', `expected ${expected} in an r1cs file, got ${got}`, { where });
  };
  if (bytes.length < 12) fail('at least 12 bytes', bytes.length);
  const type = String.fromCharCode(...bytes.subarray(0, 4));
  if (type !== 'r1cs') fail('the letters "r1cs"', JSON.stringify(type));
  const version = view.getUint32(4, true);
  if (version !== 1) fail('version 1', version);

  const sections = new Map<number, readonly [from: number, end: number]>();
  for (let at = 12, left = view.getUint32(8, true); left > 0; left--) {
    if (at + 12 > bytes.length) fail(`at least ${at + 12} bytes`, bytes.length);
    const [id, end] = [view.getUint32(at, true), at + 12 + Number(view.getBigUint64(at + 4, true))];
    if (end > bytes.length) fail(`at least ${end} bytes`, bytes.length);
    if (id === 4 || id === 5) fail('no custom gates', `section ${id}`);
    sections.set(id, [at + 12, end]);
    at = end;
  }
  const place = (id: number): readonly [number, number] => sections.get(id) ?? fail(`section ${id}`, 'none');
  const [header, headerEnd] = place(1);
  if (headerEnd - header !== HEADER_SECTION_BYTES) fail('a header of 64 bytes', headerEnd - header);
  if (view.getUint32(header, true) !== FIELD_BYTES || readField(view, header + 4) !== R)
    fail("BN254's scalar field", 'another');
  const [nWires, nOutputs, nPublicInputs, nPrivateInputs] = [36, 40, 44, 48].map((o) =>
    view.getUint32(header + o, true),
  );
  const nRows = view.getUint32(header + 60, true);
  const nPublic = nOutputs + nPublicInputs;
  if (nWires < 1 + nPublic + nPrivateInputs) fail(`at least ${1 + nPublic + nPrivateInputs} wires`, nWires);

  const builder = new RowBuilder({ nCommitted: 0, nPublic, nPrivate: nWires - 1 - nPublic });
  const [start, end] = place(2);
  let at = start;
  for (let row = 0; row < nRows; row++) {
    builder.begin();
    for (const matrix of [0, 1, 2] as const) {
      const terms = at + 4 <= end ? view.getUint32(at, true) : fail(`${nRows} constraints`, row);
      at += 4;
      if (at + TERM_BYTES * terms > end) fail(`${nRows} constraints`, row);
      for (let i = 0; i < terms; i++, at += TERM_BYTES) {
        const wire = view.getUint32(at, true);
        const value = readField(view, at + 4);
        if (wire >= nWires) fail(`wires below ${nWires}`, wire);
        if (value >= R) fail('coefficients below r', `${value} in constraint ${row}`);
        builder.term(matrix, wire, value);
      }
    }
  }
  if (at !== end) fail(`${nRows} constraints`, 'bytes after them');
  return { system: builder.seal(), nOutputs, nPublicInputs, nPrivateInputs };
}

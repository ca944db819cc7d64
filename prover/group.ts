// Equal scalars once: in a look-up circuit most wires hold one of a few thousand values, so the key's points that stand with
// the same value are added first (one mixed addition each) and the proof is made on the smaller key. A, B, C come out as the
// same function of the witness; a proof is twice as fast.
import { FIELD_BYTES } from '../compiler/circuit/field.js';
import { InferproofError } from '../verifier/errors.js';
import type { BinFile, Section } from './binfile.js';
import { section } from './binfile.js';
import { groupSum } from './points.js';
import { COEFFICIENT_BYTES, SECTION, keyShape } from './setup/key.js';

export interface Grouped {
  /** A key for this witness only. */
  readonly key: BinFile;
  /** 32 bytes a wire of that key. */
  readonly witness: Uint8Array;
}

const WORDS = FIELD_BYTES / 4;

/**
 * Merges wires of equal value: the constant stands alone, public wires with public ones (snarkjs's sense), private with private.
 * @param witness 32 bytes little-endian a wire, wire 0 first
 * @throws 'mismatch' for a witness of another circuit
 */
export async function groupEqual(file: BinFile, witness: Uint8Array): Promise<Grouped> {
  const { nWires, nPublic } = keyShape(file);
  if (witness.length !== nWires * FIELD_BYTES) {
    throw new InferproofError('mismatch', `expected a witness of ${nWires} wires, got ${witness.length / FIELD_BYTES}`);
  }
  const words = new Uint32Array(new Uint8Array(witness).buffer);
  const to = new Uint32Array(nWires);
  const first: number[] = [0]; // the wire that each merged wire takes its value from
  merge(words, 1, nPublic + 1, to, first);
  const newPublic = first.length - 1;
  merge(words, nPublic + 1, nWires, to, first);
  const n = first.length;

  const small = new Uint8Array(n * FIELD_BYTES);
  first.forEach((w, i) => small.set(witness.subarray(w * FIELD_BYTES, (w + 1) * FIELD_BYTES), i * FIELD_BYTES));
  const privateTo = to.subarray(nPublic + 1).map((w) => w - newPublic - 1);
  const [a, b1, b2, c] = await Promise.all([
    groupSum('G1', section(file, SECTION.a), to, n),
    groupSum('G1', section(file, SECTION.b1), to, n),
    groupSum('G2', section(file, SECTION.b2), to, n),
    groupSum('G1', section(file, SECTION.c), privateTo, n - newPublic - 1),
  ]);
  const header = new Uint8Array(section(file, SECTION.header));
  const view = new DataView(header.buffer);
  view.setUint32(72, n, true);
  view.setUint32(76, newPublic, true);
  const part = (id: number, content: Uint8Array): Section => ({ id, parts: [content] });
  const sections = [
    part(SECTION.protocol, section(file, SECTION.protocol)),
    part(SECTION.header, header),
    part(SECTION.ic, new Uint8Array(64 * (newPublic + 1))), // no prover reads it
    part(SECTION.coefficients, renamed(section(file, SECTION.coefficients), to)),
    part(SECTION.a, a),
    part(SECTION.b1, b1),
    part(SECTION.b2, b2),
    part(SECTION.c, c),
    part(SECTION.h, section(file, SECTION.h)),
    part(SECTION.contributions, new Uint8Array(68)),
  ];
  return { key: { type: 'zkey', version: 1, sections }, witness: small };
}

/** Gives wires [from, end) their place in `first`, the same one for the same value (open addressing on all 8 words). */
function merge(words: Uint32Array, from: number, end: number, to: Uint32Array, first: number[]): void {
  let slots = 16;
  while (slots < 2 * (end - from)) slots *= 2;
  const table = new Int32Array(slots).fill(-1);
  for (let w = from; w < end; w++) {
    let hash = 0;
    for (let i = 0; i < WORDS; i++) hash = Math.imul(hash ^ words[w * WORDS + i], 0x9e3779b1) ^ (hash >>> 15);
    let slot = (hash ^ (hash >>> 16)) & (slots - 1);
    while (table[slot] >= 0 && !equal(words, first[table[slot]], w)) slot = (slot + 1) & (slots - 1);
    if (table[slot] < 0) {
      table[slot] = first.length;
      first.push(w);
    }
    to[w] = table[slot];
  }
}

function equal(words: Uint32Array, v: number, w: number): boolean {
  for (let i = 0; i < WORDS; i++) if (words[v * WORDS + i] !== words[w * WORDS + i]) return false;
  return true;
}

/** The coefficients of section 4 with wires renamed: the wire stands third in an entry. */
function renamed(coefficients: Uint8Array, to: Uint32Array): Uint8Array {
  const out = new Uint8Array(coefficients);
  const view = new DataView(out.buffer);
  for (let at = 12; at < out.length; at += COEFFICIENT_BYTES) view.setUint32(at, to[view.getUint32(at, true)], true);
  return out;
}

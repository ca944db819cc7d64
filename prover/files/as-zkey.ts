// A lookup key as a zkey, for the stock prover: the same rows and points, with those at infinity in their places. Points of IC that no
// proof needs, those of committed wires, are at infinity: a verification key that is taken from it is of no use.
import { isPowerOfTwo } from '../../compiler/circuit/domain.js';
import { FIELD_BYTES, fieldBytes } from '../../compiler/circuit/field.js';
import { G2_BASE } from '../../verifier/points.js';
import { InferproofError } from '../../verifier/errors.js';
import { Q, R } from '../../verifier/field.js';
import { section, type BinFile } from './binfile.js';
import { LOOKUP_AT, PART, PUBLICS, lookupCounts, lookupOwners, placeBytes } from './lookup-key.js';
import { AFFINE, COEFFICIENT_BYTES, SECTION, encoded } from './zkey.js';

/** Throws 'format' for a damaged key, 'unsupported' for one on 3·2^k rows, which no zkey has. */
export function asZkey(file: BinFile): BinFile {
  const { nWires, nCommitted, domain } = lookupCounts(file);
  if (!isPowerOfTwo(domain))
    throw new InferproofError('unsupported', `expected a key on 2^k rows for snarkjs, got one on ${domain}`, {
      where: 'proving.key',
      hint: 'prove without --prover snarkjs',
    });
  const owners = lookupOwners(file);
  const nPublic = nCommitted + PUBLICS;
  const header = section(file, PART.header);
  const point = (at: number, size: number): Uint8Array => header.subarray(at, at + size);
  const spread = (id: number, size: number, wires: Uint32Array, first: number): Uint8Array => {
    const points = section(file, id);
    const out = new Uint8Array((nWires - first) * size);
    wires.forEach((w, i) => out.set(points.subarray(i * size, (i + 1) * size), (w - first) * size));
    return out;
  };
  const ic = new Uint8Array((1 + nPublic) * AFFINE.G1);
  ic.set(point(LOOKUP_AT.ic, AFFINE.G1));
  ic.set(point(LOOKUP_AT.ic + AFFINE.G1, PUBLICS * AFFINE.G1), (1 + nCommitted) * AFFINE.G1);
  const stockHeader = [
    u32(FIELD_BYTES),
    fieldBytes([Q]),
    u32(FIELD_BYTES),
    fieldBytes([R]),
    u32(nWires, nPublic, domain),
    point(LOOKUP_AT.alpha1, AFFINE.G1),
    point(LOOKUP_AT.beta1, AFFINE.G1),
    point(LOOKUP_AT.beta2, AFFINE.G2),
    encoded(G2_BASE.flat()),
    point(LOOKUP_AT.delta1, AFFINE.G1),
    point(LOOKUP_AT.delta2, AFFINE.G2),
  ];
  const part = (id: number, content: Uint8Array) => ({ id, parts: [content] });
  const sections = [
    part(SECTION.protocol, u32(1)),
    { id: SECTION.header, parts: stockHeader },
    part(SECTION.ic, ic),
    part(SECTION.coefficients, coefficients(file)),
    part(SECTION.a, spread(PART.a, AFFINE.G1, owners.a, 0)),
    part(SECTION.b1, spread(PART.b1, AFFINE.G1, owners.b, 0)),
    part(SECTION.b2, spread(PART.b2, AFFINE.G2, owners.b, 0)),
    part(SECTION.c, spread(PART.c, AFFINE.G1, owners.c, 1 + nPublic)),
    part(SECTION.h, section(file, PART.h)),
    part(SECTION.contributions, new Uint8Array(68)),
  ];
  return { type: 'zkey', version: 1, sections };
}

function u32(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setUint32(4 * i, value, true));
  return new Uint8Array(view.buffer);
}

/** A place beyond the values gives a coefficient 0: whoever proves with it finds out. */
function coefficients(file: BinFile): Uint8Array {
  const { rows, terms, values } = lookupCounts(file);
  const view = (id: number): DataView => {
    const { buffer, byteOffset, byteLength } = section(file, id);
    return new DataView(buffer, byteOffset, byteLength);
  };
  const [starts, wires, places] = [PART.starts, PART.termWires, PART.termValues].map(view);
  const list = section(file, PART.values);
  const out = new Uint8Array(4 + COEFFICIENT_BYTES * terms);
  const to = new DataView(out.buffer);
  to.setUint32(0, terms, true);
  for (let form = 0; form < 2 * rows; form++) {
    const end = Math.min(terms, starts.getUint32(4 * form + 4, true));
    for (let t = starts.getUint32(4 * form, true); t < end; t++) {
      const at = 4 + COEFFICIENT_BYTES * t;
      const place = placeBytes(values) === 2 ? places.getUint16(2 * t, true) : places.getUint32(4 * t, true);
      to.setUint32(at, form & 1, true);
      to.setUint32(at + 4, form >> 1, true);
      to.setUint32(at + 8, wires.getUint32(4 * t, true), true);
      out.set(list.subarray(place * FIELD_BYTES, (place + 1) * FIELD_BYTES), at + 12);
    }
  }
  return out;
}

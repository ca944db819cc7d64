// What snarkjs records of each step in a plain key (section 10), so that stock `snarkjs zkey verify` follows a ceremony of ours:
//
//   deltaAfter          delta G1 after the step
//   g1_s, g1_sx         S and d S: the generator and the step's ratio; a beacon's S is drawn
//   g2_spx              d T, where T in G2 is drawn from the hash
//   transcript          BLAKE2b-512 of the circuit's hash, the five fields of every record before, S and d S
//   type, parameters    0 and the name, or 1 with the iterations and value of a beacon
//
// All of it follows from the transcript but d T, which a contributor publishes as `stock` of the step. Our own proof of knowledge
// stands beside it and says more: snarkjs binds neither names nor powers of tau. d T tells nothing that d G1 and d G2 do not: who may
// choose the point that a hash gives (a random oracle) makes T = t G2, and d T = t (d G2).
import { createHash } from 'node:crypto';
import { bn254 } from '@noble/curves/bn254.js';
import { concat, toBytesBE } from '../../verifier/field.js';
import { lines, point1, type G1, type G2 } from '../../verifier/points.js';
import { Refusal } from '../../verifier/reason.js';
import { encoded } from '../files/zkey.js';
import { drawFrom, drawnG2 } from './drawn.js';
import type { Point2 } from './hashes.js';
import { FIRST, g1Of, g2Of, proportional, type BeaconFactors, type Fault } from './steps.js';
import { isBeacon, type Step } from './transcript.js';

/** Big-endian, of G2 c1 before c0. */
const plainG1 = (point: G1): Uint8Array => concat(point.map(toBytesBE));
const plainG2 = (point: G2): Uint8Array => concat(point.flatMap(([c0, c1]) => [c1, c0]).map(toBytesBE));

export type Records = ReturnType<typeof noRecords>;

/** The records of a ceremony without steps. @param circuitHash 64 bytes in hex: snarkjs's hash of circuit and powers of tau */
export function noRecords(circuitHash: string) {
  const start = Buffer.from(circuitHash, 'hex');
  const hash = createHash('blake2b512').update(start);
  const records: Uint8Array[] = [];

  function challenge(s: G1, sx: G1): { readonly digest: Uint8Array; readonly point: Point2 } {
    const digest = hash.copy().update(plainG1(s)).update(plainG1(sx)).digest();
    return { digest, point: drawnG2(drawFrom(digest)) };
  }

  return {
    /** T for the ratio of a contributor. */
    pointFor: (ratio: G1): Point2 => challenge(FIRST.g1, ratio).point,

    /** Adds the record of a step, whose own checks hold; yields what is wrong with it. @param factors of a beacon */
    *add(step: Step, factors?: BeaconFactors): Generator<Fault> {
      const { g1: after } = step.delta;
      const [s, sx] = isBeacon(step) ? beaconPair(factors!) : ([FIRST.g1, step.delta.ratio] as const);
      const { digest, point } = challenge(s, sx);
      const spx = isBeacon(step) ? g2Of(point.multiply(factors!.delta)) : step.stock;
      if (spx === undefined || !(isBeacon(step) || answers(sx, point, spx)))
        yield { check: 'stock', says: 'its record for snarkjs does not hold' };
      if (spx === undefined) return;
      hash.update(plainG1(after)).update(plainG1(s)).update(plainG1(sx)).update(plainG2(spx)).update(digest);
      const parameters = parametersOf(step);
      const numbers = new DataView(new ArrayBuffer(8));
      numbers.setUint32(0, Number(isBeacon(step)), true);
      numbers.setUint32(4, parameters.length, true);
      const points = encoded([...after, ...s, ...sx, ...spx.flat()]);
      records.push(concat([points, digest, new Uint8Array(numbers.buffer), parameters]));
    },

    /** Section 10 of the key after the steps so far. */
    section(): Uint8Array {
      const count = new DataView(new ArrayBuffer(4));
      count.setUint32(0, records.length, true);
      return concat([start, new Uint8Array(count.buffer), ...records]);
    },
  };
}

const beaconPair = ({ delta, s }: BeaconFactors): readonly [G1, G1] => [s, g1Of(point1(s).multiply(delta))];

/** Whether a point is d T for the d of d G1. */
function answers(ratio: G1, point: Point2, spx: G2): boolean {
  try {
    return proportional([point1(ratio), bn254.G1.Point.BASE, bn254.utils.calcPairingPrecomputes(point), lines(spx)]);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** Each by its number: 1 the name, 2 the iterations as a power of two, 3 the value. A length has one byte. */
function parametersOf(step: Step): Uint8Array {
  if (!isBeacon(step)) {
    const name = new TextEncoder().encode(step.name.substring(0, 64)); // as snarkjs cuts it
    return concat([Uint8Array.of(1, name.length), name]);
  }
  const value = Buffer.from(step.beacon.value, 'hex');
  return concat([Uint8Array.of(2, step.beacon.log2, 3, value.length), value]);
}

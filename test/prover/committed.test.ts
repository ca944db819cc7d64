// How many wires a commitment holds stands in both keys and follows from the circuit. A pair of another setup, whose commitment leaves a
// wire out, agrees with itself: whoever proves could choose that wire after the challenge, a multiplicity say, and close any sum.
import { beforeAll, describe, expect, it } from 'vitest';
import { arrange } from '#compiler/circuit/arrange.js';
import { linkCircuit } from '#prover/circom/link.js';
import type { BinFile } from '#prover/files/binfile.js';
import { committedOf, keyPoints, keyShape, sameSetup } from '#prover/files/key.js';
import { subjectOf } from '#prover/prove.js';
import { devSetup } from '#prover/setup/dev.js';
import { circuitDigest } from '#compiler/circuit/json.js';
import type { VerificationKey } from '#verifier/index.js';
import { perceptron } from '../compiler/circuits.js';
import { withLookups } from '../lookup/solve.js';

const circuits = { plain: perceptron(), lookup: withLookups(perceptron(), { rangeBits: 4, wide: [] }) };

interface Pair {
  readonly key: BinFile;
  readonly vkey: VerificationKey;
}

/** The keys of a setup that takes the commitment for `more` wires longer than it is. */
async function pair(argument: 'plain' | 'lookup', more = 0): Promise<Pair> {
  const circuit = circuits[argument];
  const linked = await linkCircuit(arrange(circuit));
  const system = { ...linked, nCommitted: linked.nCommitted + more };
  const { file, insecure, contributions } = await devSetup(system, { argument });
  const { eta, ...points } = keyPoints(file);
  const common = { insecure, contributions, circuit: circuitDigest(circuit), publics: circuit.publics, ...points };
  if (argument === 'plain') return { key: file, vkey: { argument, ...common } as VerificationKey };
  return { key: file, vkey: { argument, committed: system.nCommitted, eta, ...common } as VerificationKey };
}

describe('committed wires', () => {
  let [own, plain]: Pair[] = [];
  beforeAll(async () => {
    [own, plain] = [await pair('lookup'), await pair('plain')];
  });

  it('are those of the circuit in the keys of its setup, and none in plain', () => {
    expect(committedOf(own.vkey)).toBe(arrange(circuits.lookup).nCommitted);
    expect(committedOf(own.vkey)).toBe(keyShape(own.key).nCommitted);
    expect(committedOf(plain.vkey)).toBe(0);
    expect(subjectOf(circuits.lookup, own.key, own.vkey).wires.nCommitted).toBe(committedOf(own.vkey));
    expect(subjectOf(circuits.plain, plain.key, plain.vkey).commitmentKey).toBeNull();
  });

  it.each([-1, 1])('are told from %i more that one of the keys says', (more) => {
    const vkey = { ...own.vkey, committed: committedOf(own.vkey) + more } as VerificationKey;
    expect(sameSetup(own.key, own.vkey)).toBe(true);
    expect(sameSetup(own.key, vkey)).toBe(false);
  });

  it.each([-1, 1])('are told from %i more that both keys say, and one setup made', async (more) => {
    const { key, vkey } = await pair('lookup', more);
    expect(sameSetup(key, vkey)).toBe(true);
    expect(() => subjectOf(circuits.lookup, key, vkey)).toThrow(/keys of one setup/);
  });
});

// The check that a prover makes of its own proof: it refuses whatever a verifier refuses.
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as kernel from '#prover/kernel/index.js';
import { prove } from '#prover/index.js';
import { equationOf } from '#prover/self-check.js';
import { encodeProof, decodeProof, parseVerificationKey, serializeProof, serializeVerificationKey, verify } from '#verifier/index.js'; // prettier-ignore
import type { Context, Proof, ProofJson, VerificationKey } from '#verifier/index.js';
import { Q } from '#verifier/field.js';
import { keyPoints, readVerificationKey } from '#verifier/key.js';
import { G2_BASE } from '#verifier/points.js';
import { emptyKernel } from './kernels.js';
import { layerSamples, smallLayer } from './opened.js';

vi.mock(import('#prover/kernel/index.js'), async (original) => {
  const real = await original();
  return { ...real, holds: vi.fn(real.holds) };
});
const holds = vi.mocked(kernel.holds);
const real = holds.getMockImplementation() ?? kernel.holds;
afterEach(() => holds.mockImplementation(real));

const CONTEXT = '11'.repeat(32);

async function made(argument: 'plain' | 'lookup') {
  const { circuit, ...keys } = await smallLayer(argument);
  const { proof } = await prove(circuit, keys.provingKey, keys.vkey, layerSamples, { context: CONTEXT });
  return { circuit, ...keys, proof };
}
const all = { plain: await made('plain'), lookup: await made('lookup') };

const empty = emptyKernel();
async function accepts(vkey: VerificationKey, proof: ProofJson, context: Context): Promise<boolean> {
  const equation = equationOf(vkey, proof, context);
  return equation !== null && (await real(empty, equation));
}

const publicsOf = (json: ProofJson): bigint[] =>
  ((json['publicSignals'] ?? json['words']) as readonly string[]).map(BigInt);
/** The proof's numbers, which `change` may change. */
function proofOf(json: ProofJson): Proof {
  const stock = json['proof'] as Record<string, readonly (string | readonly string[])[]>;
  const [a, b, c] = [
    'pi_a' in stock ? stock['pi_a'] : stock['A'],
    stock['pi_b'] ?? stock['B'],
    stock['pi_c'] ?? stock['C'],
  ];
  const [x, y] = b as readonly (readonly string[])[];
  const flat = [...a.slice(0, 2), x[1], x[0], y[1], y[0], ...c.slice(0, 2), ...(stock['D'] ?? [])].map((n) =>
    BigInt(n as string),
  );
  const bytes = Buffer.from(flat.map((n) => n.toString(16).padStart(64, '0')).join(''), 'hex');
  return decodeProof(new Uint8Array(bytes), publicsOf(json));
}

describe.each(['plain', 'lookup'] as const)('%s', (argument) => {
  const { vkey, proof: json, circuit, provingKey } = all[argument];
  const proof = proofOf(json);
  const refused = async (changed: Proof, context: Context = CONTEXT): Promise<void> => {
    const bad = serializeProof(changed);
    expect(verify(vkey, bad, { allowInsecureKey: true, context }).valid).toBe(false);
    expect(await accepts(vkey, bad, context)).toBe(false);
  };

  it('the proof as it is', async () => {
    expect(serializeProof(proof)).toEqual(json);
    expect(encodeProof(proof).length).toBe(argument === 'plain' ? 256 : 320);
    expect(await accepts(vkey, json, CONTEXT)).toBe(true);
  });

  it('none with another point, the opposite one, one off the curve, or infinity', async () => {
    const points = argument === 'lookup' ? (['A', 'C', 'D'] as const) : (['A', 'C'] as const);
    for (const name of points) {
      const [x, y] = (proof as unknown as Record<string, readonly [bigint, bigint]>)[name];
      for (const bad of [
        [1n, 2n],
        [x, Q - y],
        [x, (y + 1n) % Q],
        [0n, 0n],
        [x, 0n],
      ] as const)
        // prettier-ignore
        await refused({ ...proof, [name]: bad });
    }
    const [[x0, x1], [y0, y1]] = proof.B;
    for (const B of [
      G2_BASE,
      [
        [x0, x1],
        [Q - y0, Q - y1],
      ],
      [
        [x0, x1],
        [y0, Q - y1],
      ],
      [
        [0n, 0n],
        [0n, 0n],
      ],
    ] as const)
      // prettier-ignore
      await refused({ ...proof, B });
  });

  it('none with another word, fewer or more, or under another context', async () => {
    const list = proof.argument === 'plain' ? proof.signals : proof.words;
    const withWords = (words: readonly bigint[]): Proof =>
      proof.argument === 'plain' ? { ...proof, signals: words } : { ...proof, words };
    for (const [i, word] of list.entries()) await refused(withWords(list.with(i, word ^ 1n)));
    await refused(withWords(list.slice(1)));
    await refused(withWords([...list, 0n]));
    await refused(proof, '00'.repeat(32));
    await refused(proof, '12'.repeat(32));
  });

  it('none under a key with another point, or one that is none', async () => {
    const change = async (changed: Partial<VerificationKey>): Promise<void> => {
      const other = readVerificationKey(serializeVerificationKey({ ...vkey, ...changed } as VerificationKey));
      expect(await accepts(other, json, CONTEXT)).toBe(false);
    };
    const [x, y] = vkey.alpha;
    for (const alpha of [[1n, 2n], [x, Q - y], [x, y - 1n], [0n, 0n]] as const) await change({ alpha }); // prettier-ignore
    for (const i of vkey.ic.keys()) {
      await change({ ic: vkey.ic.with(i, [1n, 2n]) });
      await change({ ic: vkey.ic.with(i, [1n, 3n]) });
    }
    for (const name of argument === 'lookup' ? ['beta', 'delta', 'eta'] : ['beta', 'delta'])
      for (const point of [
        G2_BASE,
        vkey.argument === 'lookup' ? vkey.eta : vkey.delta,
        [G2_BASE[0], G2_BASE[0]],
      ] as const)
        if (point !== (vkey as unknown as Record<string, unknown>)[name]) await change({ [name]: point });
  });

  it('none of words outside the layout of the key, or under a key that anybody can forge with', () => {
    const narrow = vkey.publics.map((tensor) => ({ ...tensor, hi: tensor.lo }));
    const [[x0, x1], [y0, y1]] = G2_BASE;
    const minus = [[x0, x1], [Q - y0, Q - y1]] as const; // prettier-ignore
    const changes = [{ delta: minus }, { delta: G2_BASE }, ...(argument === 'lookup' ? [{ eta: minus }, { eta: vkey.delta }] : [])]; // prettier-ignore
    for (const changed of [{ publics: narrow }, ...changes]) {
      const other = readVerificationKey(serializeVerificationKey({ ...vkey, ...changed }));
      expect(equationOf(other, json, CONTEXT)).toBeNull();
    }
  });

  it('no verifier is asked where the kernel says yes: not even for the points of the key', async () => {
    const fresh = serializeVerificationKey(vkey);
    const read = readVerificationKey(fresh);
    expect(keyPoints(read)).toBeNull();
    await prove(circuit, provingKey, read, layerSamples);
    expect(keyPoints(read)).toBeNull();
    expect(keyPoints(parseVerificationKey(read))).not.toBeNull();
  });

  it('the verifier decides where it says no', async () => {
    holds.mockResolvedValue(false);
    const result = await prove(circuit, provingKey, vkey, layerSamples);
    expect(result).not.toHaveProperty('kernelFault');
    expect(result.backend).toBe('threads');
    expect(verify(vkey, result.proof, { allowInsecureKey: true }).valid).toBe(true);
  });
});

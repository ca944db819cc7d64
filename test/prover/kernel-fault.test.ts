// A kernel that computes wrongly: its proof never goes out, and where snarkjs can make one, that one does.
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as kernel from '#prover/kernel/index.js';
import { openProver, prove } from '#prover/index.js';
import * as snarkjs from '#prover/snarkjs/index.js';
import { InferproofError, verify } from '#verifier/index.js';
import { layerSamples, smallLayer, subject } from './opened.js';

vi.mock(import('#prover/kernel/index.js'), async (original) => {
  const real = await original();
  return { ...real, groth16: vi.fn(real.groth16), commitmentSum: vi.fn(real.commitmentSum) };
});
vi.mock(import('#prover/snarkjs/index.js'), async (original) => {
  const real = await original();
  return { ...real, groth16Prove: vi.fn(real.groth16Prove) };
});
const mocks = {
  groth16: vi.mocked(kernel.groth16),
  commitmentSum: vi.mocked(kernel.commitmentSum),
  groth16Prove: vi.mocked(snarkjs.groth16Prove),
};
const real = {
  groth16: mocks.groth16.getMockImplementation() ?? kernel.groth16,
  commitmentSum: mocks.commitmentSum.getMockImplementation() ?? kernel.commitmentSum,
  groth16Prove: mocks.groth16Prove.getMockImplementation() ?? snarkjs.groth16Prove,
};

function mend(): void {
  mocks.groth16.mockImplementation(real.groth16);
  mocks.commitmentSum.mockImplementation(real.commitmentSum);
  mocks.groth16Prove.mockImplementation(real.groth16Prove);
}
afterEach(mend);

const keys = { plain: await smallLayer('plain'), lookup: await smallLayer('lookup') };

/** A kernel that adds A and C wrongly, and where it is asked for, snarkjs as well. */
function breakKernel(snarkjs: boolean): void {
  mocks.groth16.mockImplementation(async (...args) => {
    const proof = await real.groth16(...args);
    return { ...proof, C: proof.A };
  });
  if (!snarkjs) return;
  mocks.groth16Prove.mockImplementation(async (...args) => {
    const proof = await real.groth16Prove(...args);
    return { ...proof, C: proof.A };
  });
}

describe.each(['plain', 'lookup'] as const)('%s', (argument) => {
  it('a wrong proof of the kernel is replaced by one of snarkjs, and said', async () => {
    const { circuit, provingKey, vkey } = keys[argument];
    const prover = await openProver(circuit, provingKey, vkey);
    breakKernel(false);
    const made = await prover.prove(layerSamples);
    expect(made).toMatchObject({ backend: 'snarkjs', kernelFault: 'pairing' });
    expect(verify(vkey, made.proof, { allowInsecureKey: true }).valid).toBe(true);
    mend();
    const good = await prover.prove(layerSamples);
    expect(good.backend).toBe('threads');
    expect(good).not.toHaveProperty('kernelFault');
    await prover.close();
  });

  it('no wrong proof goes out', async () => {
    const { circuit, provingKey, vkey } = keys[argument];
    breakKernel(true);
    for (const prover of ['kernel', 'snarkjs'] as const) {
      await expect(prove(circuit, provingKey, vkey, layerSamples, { prover })).rejects.toMatchObject({
        code: 'format', // the witness is good, so it must be the key
        where: 'proving.key',
      });
    }
  });

  it('snarkjs proves alone where it is asked for, on a plain key as it is', async () => {
    const { circuit, provingKey, vkey } = keys[argument];
    const made = await prove(circuit, provingKey, vkey, layerSamples, { prover: 'snarkjs' });
    expect(made).toMatchObject({ backend: 'snarkjs' });
    expect(made).not.toHaveProperty('kernelFault');
    if (argument === 'plain') expect(mocks.groth16Prove.mock.lastCall?.[0]).toBe(provingKey);
    expect(verify(vkey, made.proof, { allowInsecureKey: true }).valid).toBe(true);
  });
});

it('without snarkjs, on 3·2^k rows: no wrong proof goes out, and whoever asks for it is told', async () => {
  const { circuit, provingKey, vkey } = await subject(keys.lookup.circuit, 384);
  expect(
    verify(vkey, (await prove(circuit, provingKey, vkey, layerSamples)).proof, { allowInsecureKey: true }).valid,
  ).toBe(true);
  const asked = prove(circuit, provingKey, vkey, layerSamples, { prover: 'snarkjs' });
  await expect(asked).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('on 384') });
  breakKernel(false);
  const wrong = prove(circuit, provingKey, vkey, layerSamples);
  await expect(wrong).rejects.toMatchObject({ code: 'format', where: 'proving.key' });
});

it('a commitment that the kernel adds up wrongly is made again by snarkjs too', async () => {
  const { circuit, provingKey, vkey } = keys.lookup;
  mocks.commitmentSum.mockResolvedValue([1n, 2n]);
  const made = await prove(circuit, provingKey, vkey, layerSamples);
  expect(made).toMatchObject({ backend: 'snarkjs', kernelFault: 'pairing' });
  expect(verify(vkey, made.proof, { allowInsecureKey: true }).valid).toBe(true);
});

describe('many proofs', () => {
  const three = { count: 3, inputs: { x: Float64Array.of(0.5, -0.25, -1, 1, 0, 0.75) } };

  it('the threads have the next proof before the last one is verified, and its witness before they were done', async () => {
    const { circuit, provingKey, vkey } = keys.lookup;
    const events: string[] = [];
    mocks.commitmentSum.mockImplementation((...args) => {
      events.push('commit');
      return real.commitmentSum(...args);
    });
    mocks.groth16.mockImplementation(async (...args) => {
      events.push('sums begin');
      const proof = await real.groth16(...args);
      events.push('sums end');
      return proof;
    });
    const prover = await openProver(circuit, provingKey, vkey);
    const onProgress = (step: string): void => {
      if (step === 'witness') events.push(step);
    };
    for await (const { index } of prover.proveAll(three, { onProgress })) events.push(`${index} verified`);
    await prover.close();
    const one = ['sums begin', 'witness', 'sums end', 'commit'];
    expect(events).toEqual([
      ...['witness', 'commit', ...one, '0 verified', ...one, '1 verified'],
      ...['sums begin', 'sums end', '2 verified'],
    ]);
  });

  it('memory that one of them did not get costs that one', async () => {
    const { circuit, provingKey, vkey } = keys.lookup;
    const prover = await openProver(circuit, provingKey, vkey);
    const lost = new InferproofError('resource', 'expected memory, got none');
    mocks.groth16.mockImplementationOnce(real.groth16).mockRejectedValueOnce(lost);
    const results = [];
    for await (const result of prover.proveAll(three)) results.push('made' in result ? result.index : result.error);
    expect(results).toEqual([0, lost, 2]);
    await prover.close();
  });
});

// A kernel that computes wrongly: its proof never goes out, and where snarkjs can make one, that one does.
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { compile } from '#compiler/index.js';
import * as kernel from '#prover/kernel/index.js';
import { close, prove, setup } from '#prover/index.js';
import { verify } from '#verifier/index.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';

vi.mock(import('#prover/kernel/index.js'), async (original) => {
  const real = await original();
  return { ...real, groth16: vi.fn(real.groth16) };
});
const groth16 = vi.mocked(kernel.groth16);
const real = groth16.getMockImplementation() ?? kernel.groth16;

afterEach(() => groth16.mockImplementation(real));
afterAll(close);

const model = modelBytes({
  inputs: { x: [1, 2] },
  nodes: [
    { op: 'Gemm', in: ['x', 'w'], out: ['h'] },
    { op: 'Relu', in: ['h'] },
  ],
  initializers: { w: floats([2, 2], [1, -2, 0.5, 3]) },
});
const samples = { count: 1, inputs: { x: Float64Array.of(0.5, -0.25) } };

async function keysOf(argument: 'plain' | 'lookup') {
  const { circuit } = await compile(model, { argument, bits: 4, inputRanges: { '': [-1, 1] } });
  return { circuit, ...(await setup(circuit, { dev: true })) };
}

/** A kernel that adds A and C wrongly; `snarkjs` says whether the stock prover is wrong as well. */
function breakKernel(snarkjs: boolean): void {
  groth16.mockImplementation(async (key, witness, options) => {
    const proof = await real(key, witness, options);
    return options?.backend === 'snarkjs' && !snarkjs ? proof : { ...proof, C: proof.A };
  });
}

describe.each(['plain', 'lookup'] as const)('%s', (argument) => {
  it('a wrong proof of the kernel is replaced by one of snarkjs, and said', async () => {
    const { circuit, provingKey, vkey } = await keysOf(argument);
    breakKernel(false);
    const made = await prove(circuit, provingKey, vkey, samples);
    expect(made).toMatchObject({ backend: 'snarkjs', kernelFault: 'pairing' });
    expect(verify(vkey, made.proof, { allowInsecureKey: true }).valid).toBe(true);
    groth16.mockImplementation(real);
    const good = await prove(circuit, provingKey, vkey, samples);
    expect(good.backend).toBe('threads');
    expect(good).not.toHaveProperty('kernelFault');
  });

  it('no wrong proof goes out', async () => {
    const { circuit, provingKey, vkey } = await keysOf(argument);
    breakKernel(true);
    for (const prover of ['kernel', 'snarkjs'] as const) {
      await expect(prove(circuit, provingKey, vkey, samples, { prover })).rejects.toMatchObject({
        code: 'format', // the witness is good, so it must be the key
        where: 'proving.key',
      });
    }
  });
});

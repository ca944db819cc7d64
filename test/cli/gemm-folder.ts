// A folder as compile and setup leave it, in a temporary one: a Gemm of two inputs, whose values lie in [-1, 1].
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '#compiler/index.js';
import { writeCompilation, writeKeys } from '#files/index.js';
import { setup } from '#prover/index.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';

/**
 * The temporary folder, which has m.onnx, dir/ with development keys, and what is asked for.
 * @param inputs by the name of its file, the samples in it
 */
export async function gemmFolder(
  name: string,
  inputs: Readonly<Record<string, readonly (readonly [number, number])[]>>,
): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), `inferproof-${name}-`));
  const model = modelBytes({
    inputs: { x: [1, 2] },
    nodes: [{ op: 'Gemm', in: ['x', 'w'] }],
    initializers: { w: floats([2, 1], [1, 0.7]) },
  });
  writeFileSync(join(root, 'm.onnx'), model);
  const made = await compile(model, { inputRanges: { '': [-1, 1] } });
  await writeCompilation(join(root, 'dir'), made);
  const { provingKey, vkey } = await setup(made.circuit, { dev: true });
  await writeKeys(join(root, 'dir'), provingKey, vkey);
  for (const [file, x] of Object.entries(inputs)) writeFileSync(join(root, file), JSON.stringify({ x }));
  return root;
}

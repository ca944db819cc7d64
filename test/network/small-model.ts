// The smallest model of the lookup argument, in a folder with its development keys: two numbers in, one out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '#compiler/index.js';
import { writeCompilation, writeKeys } from '#files/index.js';
import { setup } from '#prover/index.js';
import { floats, modelBytes } from '../compiler/onnx-models.js';

/** @param weight another one makes another model of the same shape */
export async function smallModel(folder: string, weight = 0.7, range = 1, more: object = {}): Promise<void> {
  const bytes = modelBytes({
    inputs: { x: [1, 2] },
    nodes: [{ op: 'Gemm', in: ['x', 'w'] }],
    initializers: { w: floats([2, 1], [1, weight]) },
  });
  const made = await compile(bytes, { inputRanges: { '': [-range, range] }, ...more });
  await writeCompilation(folder, made);
  const { provingKey, vkey } = await setup(made.circuit, { dev: true });
  await writeKeys(folder, provingKey, vkey);
  writeFileSync(join(folder, 'model.onnx'), bytes);
}

// The trained models of README's table, each with its data: README.md here says where they come from. That of ad01 may not
// be carried: its test runs where a folder `shared/models` beside the checkout has it, and is shown as skipped elsewhere.
import { existsSync } from 'node:fs';
import { modelInputs, type InputInfo, type Samples } from '#compiler/index.js';
import { readModel, readSamples } from '#files/index.js';

const filesOf = (name: string): readonly [model: string, data: string] => {
  const folder = name === 'ad01_autoencoder' ? `../shared/models/${name}` : `test/models/${name}`;
  return [`${folder}/model.onnx`, `${folder}/${name === 'ad01_autoencoder' ? 'inputs.npy' : 'data.npz'}`];
};

export const isHere = (name: string): boolean => existsSync(filesOf(name)[0]);

export interface Trained {
  readonly bytes: Uint8Array;
  readonly input: InputInfo;
  readonly samples: Samples;
}

export async function readTrained(name: string): Promise<Trained> {
  const [model, data] = filesOf(name);
  const bytes = await readModel(model);
  const inputs = modelInputs(bytes);
  return { bytes, input: inputs[0], samples: await readSamples(data, inputs) };
}

/** The samples from `from` on, `count` of them. */
export function pick({ input, samples }: Trained, count: number, from = 0): Samples {
  const values = samples.inputs[input.name].subarray(from * input.elements, (from + count) * input.elements);
  return { count, inputs: { [input.name]: values } };
}

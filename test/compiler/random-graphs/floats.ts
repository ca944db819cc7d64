// What onnxruntime computes of a model, its optimisations off: the word that a random graph is held against.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Samples } from '#compiler/index.js';
import { sizeOf } from '#compiler/tensor.js';

/** An output over all samples, one after the other. */
export interface Floats {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Outputs by name, for each set of samples. */
export async function floatOutputs(
  bytes: Uint8Array,
  shapes: Readonly<Record<string, readonly number[]>>,
  sets: readonly Samples[],
): Promise<ReadonlyMap<string, Floats>[]> {
  const session = await InferenceSession.create(bytes, {
    graphOptimizationLevel: 'disabled',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const all: ReadonlyMap<string, Floats>[] = [];
  for (const samples of sets) {
    const outputs = new Map<string, Floats>();
    for (let i = 0; i < samples.count; i++) {
      const feeds = Object.entries(sampleOf(samples, shapes, i)).map(
        ([name, x]) => [name, new Tensor('float32', Float32Array.from(x), shapes[name])] as const,
      );
      for (const [name, { dims, data }] of Object.entries(await session.run(Object.fromEntries(feeds)))) {
        const values = Float64Array.from(data as ArrayLike<number | bigint>, Number);
        const joined = outputs.get(name)?.data ?? new Float64Array(values.length * samples.count);
        joined.set(values, i * values.length);
        outputs.set(name, { shape: [...dims], data: joined });
      }
    }
    all.push(outputs);
  }
  await session.release();
  return all;
}

/** The inputs of one sample. */
export const sampleOf = (
  { inputs }: Samples,
  shapes: Readonly<Record<string, readonly number[]>>,
  i: number,
): Record<string, Float64Array> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = sizeOf(shape);
      return [name, Float64Array.from(inputs[name].subarray(i * size, (i + 1) * size))];
    }),
  );

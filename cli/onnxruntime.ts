// onnxruntime on the original file, the float side of the accuracy contract; an optional peer, loaded here alone.
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { FloatReference, InputInfo, Samples } from '../compiler/index.js';
import type { Output } from './output.js';

type Runtime = typeof import('onnxruntime-node');

/** How onnxruntime wants the elements of each dtype; the 16-bit floats are left to the lowered graph. */
const ELEMENTS: Readonly<Record<string, (values: Float64Array) => Tensor.DataType>> = {
  float32: (v) => Float32Array.from(v),
  float64: (v) => v,
  int8: (v) => Int8Array.from(v),
  uint8: (v) => Uint8Array.from(v),
  int16: (v) => Int16Array.from(v),
  uint16: (v) => Uint16Array.from(v),
  int32: (v) => Int32Array.from(v),
  uint32: (v) => Uint32Array.from(v),
  int64: (v) => BigInt64Array.from(v, BigInt),
  uint64: (v) => BigUint64Array.from(v, BigInt),
  bool: (v) => Uint8Array.from(v),
};

/**
 * The model under onnxruntime with its optimisations off, one thread. Undefined, with a detail line that says why, where
 * the package is not installed or does not accept the model: the lowered graph in float64 then takes its place.
 * @param cut the file without the outputs that onnxruntime-node cannot give, where it has any
 * It does so with a warning where the model is accepted and fails when it runs.
 */
export async function floatReference(
  modelPath: string,
  inputs: readonly InputInfo[],
  output: Output,
  cut: Uint8Array | null = null,
): Promise<FloatReference | undefined> {
  const without = (why: string) => output.detail(`float reference: the lowered graph in float64 (${why})`);
  const strange = inputs.find(({ dtype }) => !(dtype in ELEMENTS));
  if (strange !== undefined) {
    without(`onnxruntime takes no ${strange.dtype} from here`);
    return undefined;
  }
  let runtime: Runtime;
  try {
    runtime = await import('onnxruntime-node');
  } catch {
    without('onnxruntime-node is not installed');
    return undefined;
  }
  try {
    const options = {
      graphOptimizationLevel: 'disabled' as const,
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4 as const,
    };
    const { InferenceSession } = runtime;
    const session = await (cut === null
      ? InferenceSession.create(modelPath, options)
      : InferenceSession.create(cut, options));
    const name = `onnxruntime ${runtime.env.versions.node ?? ''}`.trim();
    output.detail(`float reference: ${name} on the original file`);
    const failed = (cause: unknown): Record<string, Float64Array> => {
      output.warn(`float reference: ${name} failed, the lowered graph in float64 takes its place: ${lineOf(cause)}`);
      return {};
    };
    return { name, run: (samples) => runAll(runtime, session, inputs, samples).catch(failed) };
  } catch (cause) {
    without(`onnxruntime refuses the model: ${lineOf(cause)}`);
    return undefined;
  }
}

const lineOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split('\n')[0];

async function runAll(
  { Tensor: RuntimeTensor }: Runtime,
  session: InferenceSession,
  inputs: readonly InputInfo[],
  samples: Samples,
): Promise<Record<string, Float64Array | string[]>> {
  const results = new Map<string, Float64Array>();
  const strings = new Map<string, string[]>();
  for (let i = 0; i < samples.count; i++) {
    const feeds = inputs.map(({ name, dtype, shape, elements }): readonly [string, Tensor] => {
      const values = new Float64Array(samples.inputs[name].subarray(i * elements, (i + 1) * elements));
      return [name, new RuntimeTensor(dtype as Tensor.Type, ELEMENTS[dtype](values), shape)];
    });
    for (const [name, tensor] of Object.entries(await session.run(Object.fromEntries(feeds)))) {
      if (tensor.type === 'string') {
        strings.set(name, [...(strings.get(name) ?? []), ...(tensor.data as string[])]);
        continue;
      }
      const values = Float64Array.from(tensor.data as ArrayLike<number | bigint>, Number);
      const all = results.get(name) ?? new Float64Array(values.length * samples.count);
      all.set(values, i * values.length);
      results.set(name, all);
    }
  }
  return Object.fromEntries<Float64Array | string[]>([...results, ...strings]);
}

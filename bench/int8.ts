// Quantised models against onnxruntime, integer by integer: how many of the outputs of a circuit are equal, and where the others part.
//
//   npm run bench:int8 -- FOLDER …             folders with model.onnx, inputs.npy or inputs_u8.npy, and meta.json
//   npm run bench:int8 -- --prove FOLDER …     what a proof takes, instead: of a prover that has made one
//
// onnxruntime runs twice, as it is by default and with its optimisations off. Where outputs differ, every integer tensor that the file
// names is asked of it, one at a time, since a tensor that is an output keeps kernels from being joined; each layer is then computed on
// onnxruntime's own integers, so what differs there is of that layer alone.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ModelProtoSchema, TensorProto_DataType as Type } from 'onnx-buf';
import { compile, modelInputs, type Circuit } from 'inferproof/compiler';
import { parseNpy, readSamples, isFile } from 'inferproof/files';
import { openProver, setup } from 'inferproof/prover';
import { verify } from 'inferproof/verifier';
import { quantisedOutputs } from '#compiler/measure/run.js';
import { fuse } from '#compiler/graph/fuse.js';
import { decode } from '#compiler/onnx/decode.js';
import { lower } from '#compiler/onnx/lower.js';
import { realOf } from '#compiler/recipes/index.js';
import type { RequantiseOwn } from '#compiler/recipes/requantise.js';

/** Of each model, its first not counted. */
const PROOFS = 3;

type Level = 'all' | 'disabled';
type Samples = Awaited<ReturnType<typeof readSamples>>;

const ARRAYS = { int8: Int8Array, uint8: Uint8Array, float32: Float32Array };
const TYPES: Readonly<Record<string, Type | undefined>> = {
  int8: Type.INT8,
  uint8: Type.UINT8,
  int16: Type.INT16,
  uint16: Type.UINT16,
};

/** The samples of a folder: floats as they are, or bytes in the scale of meta.json. */
async function samplesOf(folder: string, model: Uint8Array): Promise<Samples> {
  const inputs = modelInputs(model);
  const own = join(folder, 'inputs.npy');
  if (await isFile(own)) return readSamples(own, inputs);
  const { shape, data } = parseNpy(new Uint8Array(readFileSync(join(folder, 'inputs_u8.npy'))), 'inputs_u8.npy');
  const { normalisation: of } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as { normalisation: { scale: number; bias: number } }; // prettier-ignore
  const floats = Float64Array.from(data as ArrayLike<number>, (v) => Math.fround(Math.fround(v * Math.fround(of.scale)) + Math.fround(of.bias))); // prettier-ignore
  return { count: shape[0], inputs: { [inputs[0].name]: floats } };
}

/** The file with one more tensor for an output. */
function withOutput(model: Uint8Array, name: string, elemType: Type): Uint8Array {
  const file = fromBinary(ModelProtoSchema, model);
  const [first] = file.graph!.output;
  const own = { value: { case: 'tensorType' as const, value: { $typeName: 'onnx.TypeProto.Tensor' as const, elemType } } }; // prettier-ignore
  file.graph!.output.push({ ...first, name, type: { ...first.type!, ...own } });
  return toBinary(ModelProtoSchema, file);
}

/** What onnxruntime computes of a file: by output its numbers, a sample after the other. `kernels`: where it writes the file it made. */
async function runtime(
  model: Uint8Array,
  samples: Samples,
  level: Level,
  kernels?: string,
): Promise<Map<string, number[]>> {
  const options = { graphOptimizationLevel: level, intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 } as const; // prettier-ignore
  const written = kernels === undefined ? {} : { optimizedModelFilePath: kernels };
  const session = await InferenceSession.create(model, { ...options, ...written });
  const inputs = modelInputs(model);
  const all = new Map<string, number[]>();
  for (let i = 0; i < samples.count; i++) {
    const feeds = inputs.map(({ name, dtype, shape, elements }) => {
      const values = samples.inputs[name].subarray(i * elements, (i + 1) * elements);
      return [name, new Tensor(dtype as keyof typeof ARRAYS, ARRAYS[dtype as keyof typeof ARRAYS].from(values), shape)];
    });
    for (const [name, { data }] of Object.entries(
      await session.run(Object.fromEntries(feeds) as Record<string, Tensor>),
    ))
      all.set(name, [...(all.get(name) ?? []), ...Array.from(data as ArrayLike<number>, Number)]);
  }
  await session.release();
  return all;
}

const differences = (a: ArrayLike<number>, b: ArrayLike<number>): { readonly count: number; readonly most: number } => {
  let [count, most] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    if (a[i] === b[i]) continue;
    count++;
    most = Math.max(most, Math.abs(a[i] - b[i]));
  }
  return { count, most };
};

const argmaxes = (all: ArrayLike<number>, count: number): number[] => {
  const size = all.length / count;
  const row = (i: number): number[] => Array.from({ length: size }, (_, k) => all[i * size + k]);
  return Array.from({ length: count }, (_, i) => row(i).indexOf(Math.max(...row(i))));
};

/** Operators of a file, and how many of each. */
function operatorsOf(model: Uint8Array): string {
  const counts = new Map<string, number>();
  for (const { opType } of fromBinary(ModelProtoSchema, model).graph!.node) counts.set(opType, (counts.get(opType) ?? 0) + 1); // prettier-ignore
  return Array.from(counts, ([op, n]) => `${op} ${n}`).sort().join(', '); // prettier-ignore
}

interface Layer {
  readonly values: readonly number[];
  /** Integers that differ where both begin with the samples, and by how much. */
  count: number;
  most: number;
  /** Those that differ where the layer is computed on onnxruntime's own integers, and how many of them are sums at an exact tie. */
  own: number;
  ties: number;
}

/** How the integers of a file differ, layer by layer. */
async function trace(
  model: Uint8Array,
  samples: Samples,
  level: Level,
  circuit: readonly ArrayLike<number>[],
  say: (line: string) => void,
): Promise<void> {
  const graph = fuse(lower(decode(model)));
  const named = new Set(fromBinary(ModelProtoSchema, model).graph!.node.flatMap(({ output }) => output));
  const last = new Map(graph.values.map(({ name }, id) => [name, id]));
  const plain = await runtime(model, samples, level);
  const layers = new Map<number, Layer>();
  for (const id of graph.steps.flatMap(({ outs }) => outs)) {
    const { name, dtype } = graph.values[id];
    if (TYPES[dtype] === undefined || last.get(name) !== id || !named.has(name)) continue;
    const got = plain.has(name) ? plain : await runtime(withOutput(model, name, TYPES[dtype]), samples, level);
    const moved = Array.from(plain, ([output, values]) => differences(got.get(output)!, values).count).reduce((a, b) => a + b); // prettier-ignore
    if (moved === 0) layers.set(id, { values: got.get(name)!, count: 0, most: 0, own: 0, ties: 0 });
    else say(`  not asked, since it would change ${moved} outputs of onnxruntime: ${titleOf(graph.values[id])}`);
  }
  let tables = 0;
  for (let i = 0; i < samples.count; i++) {
    const [free, forced]: Float64Array[][] = [[], []];
    for (const { name, value } of graph.inputs) {
      const size = samples.inputs[name].length / samples.count;
      free[value] = forced[value] = Float64Array.from(samples.inputs[name].subarray(i * size, (i + 1) * size));
    }
    for (const step of graph.steps) {
      const of = (values: Float64Array[]) => realOf(step).evaluate(step.own, step.sources.map((id) => values[id])); // prettier-ignore
      const [ofSamples, ofTheirs] = [of(free), of(forced)];
      for (const [k, ours] of ofTheirs.entries()) {
        const id = step.outs[k];
        [free[id], forced[id]] = [ofSamples[k], ours];
        const layer = layers.get(id);
        if (layer === undefined) continue;
        const theirs = Float64Array.from(layer.values.slice(i * ours.length, (i + 1) * ours.length));
        const { count, most } = differences(free[id], theirs);
        layer.count += count;
        layer.most = Math.max(layer.most, most);
        for (const [o, y] of ours.entries()) {
          if (y === theirs[o]) continue;
          layer.own++;
          layer.ties += Number(isTie(step.own as Partial<RequantiseOwn>, forced[step.sources[0]][o], o));
        }
        forced[id] = theirs;
      }
    }
    for (const [k, { value }] of graph.outputs.entries()) {
      const { length } = free[value];
      tables += free[value].filter((y, o) => Math.fround(y) !== circuit[k][i * length + o]).length;
    }
  }
  say(`  ${tables} outputs of the circuit differ from those of its layers in float64`);
  for (const [id, { values, count, most, own, ties }] of layers)
    say(`  ${count} of ${values.length} differ, at most by ${most}; on onnxruntime's own integers ${own}, ${ties} of them a sum at an exact tie: ${titleOf(graph.values[id])}`); // prettier-ignore
}

const titleOf = ({ operator, name }: { readonly operator: string; readonly name: string }): string =>
  `${operator} ${name.split(';').at(-1) ?? name}`;

/** Whether the real number of steps that a sum is ends in a half, exactly. */
const isTie = ({ multipliers, divisor = 1, stride = 1 }: Partial<RequantiseOwn>, acc: number, o: number): boolean => {
  if (multipliers === undefined) return false;
  const real = (acc * multipliers[Math.floor(o / stride) % multipliers.length]) / divisor;
  return Math.abs(real - Math.trunc(real)) === 0.5;
};

/** The proofs of a prover that has made one: by the clock and by the processor, key and witness apart. */
async function proofs(circuit: Circuit, samples: Samples, say: (line: string) => void): Promise<void> {
  const { provingKey, vkey, domain, seconds } = await setup(circuit, { dev: true });
  say(`domain ${domain}, a key of ${(provingKey.length / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s`);
  const prover = await openProver(circuit, provingKey, vkey);
  for (let i = 0; i <= PROOFS; i++) {
    const before = process.cpuUsage();
    const made = await prover.prove(samples, { index: i % samples.count });
    const { user, system } = process.cpuUsage(before);
    const { valid } = verify(vkey, made.proof, { allowInsecureKey: true });
    if (!valid) throw new Error('expected a proof that is valid');
    if (i > 0) say(`a proof in ${made.seconds.toFixed(2)} s, ${made.witnessSeconds.toFixed(2)} s of them its witness; ${((user + system) / 1e6).toFixed(1)} s of CPU time`); // prettier-ignore
  }
  await prover.close();
}

const isProved = process.argv.includes('--prove');
const folder = mkdtempSync(join(tmpdir(), 'inferproof-int8-'));
for (const path of process.argv.slice(2).filter((word) => word !== '--prove')) {
  const model = new Uint8Array(readFileSync(join(path, 'model.onnx')));
  const samples = await samplesOf(path, model);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { circuit, report } = await compile(model, { calibration: samples, allowLoss: true });
  const ours = quantisedOutputs(circuit, samples, () => undefined).map((reals) => reals.map(Math.fround));
  say(`${path}: ${report.rows} rows, ${samples.count} samples`);
  if (isProved) {
    await proofs(circuit, samples, say);
    continue;
  }
  for (const level of ['all', 'disabled'] as const) {
    const kernels = join(folder, 'kernels.onnx');
    const theirs = await runtime(model, samples, level, kernels);
    let isApart = false;
    for (const [k, { name }] of circuit.outputs.entries()) {
      const [got, want] = [ours[k], theirs.get(name)!];
      const { count, most } = differences(got, want);
      const [a, b] = [argmaxes(got, samples.count), argmaxes(want, samples.count)];
      say(`${level}: ${want.length - count} of ${want.length} of ${name} equal, ${count} differ, at most by ${most}; argmax ${a.filter((v, i) => v === b[i]).length} of ${samples.count}`); // prettier-ignore
      isApart ||= count > 0;
    }
    if (!isApart) continue;
    say(`  kernels: ${operatorsOf(new Uint8Array(readFileSync(kernels)))}`);
    await trace(model, samples, level, ours, say);
  }
}
rmSync(folder, { recursive: true });

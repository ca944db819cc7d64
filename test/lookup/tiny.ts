// A circuit of four bits with every gadget of the lookup argument in it, small enough to lie about each wire.
import type { Circuit } from '#compiler/circuit/circuit.js';
import { circuitOf, dense, generator } from '../compiler/circuits.js';
import { withLookups } from './solve.js';

/**
 * x [6] -> dense, relu r [3] (table) -> dense d [4] -> relu c [4] (wide); p = max of pairs of d (limbs), q = max of all c,
 * a = argmax of c, b = argmax of d (limbs); z, an identity of x (floor), and k, a relu that nothing else reads, feed the output y.
 */
export function tiny(publics: 'input,output' | 'output' = 'input,output'): Circuit {
  const random = generator(11);
  const built: Parameters<typeof circuitOf>[0] = { values: [], steps: [] };
  const value = (name: string, shape: number[], operator: string): number =>
    built.values.push({ name, shape, dtype: 'float32', node: `${operator}#${built.values.length}`, operator }) - 1;
  const x = value('x', [1, 6], 'input');
  built.steps.push({ kind: 'input', out: x });
  const h = value('h', [1, 3], 'Gemm');
  built.steps.push({ kind: 'linear', out: h, map: dense([[x, 6]], 3, random) });
  const r = value('r', [1, 3], 'Relu');
  built.steps.push({ kind: 'table', out: r, x: h, f: { name: 'relu' } });
  const d = value('d', [1, 4], 'Gemm');
  built.steps.push({ kind: 'linear', out: d, map: dense([[r, 3], [x, 6]], 4, random) }); // prettier-ignore
  const c = value('c', [1, 4], 'Relu');
  built.steps.push({ kind: 'table', out: c, x: d, f: { name: 'relu' } });
  const p = value('p', [1, 2], 'MaxPool');
  const members = Int32Array.of(0, 1, 2, 3);
  built.steps.push({ kind: 'max', out: p, x: d, starts: Int32Array.of(0, 2, 4), members });
  const q = value('q', [1, 1], 'GlobalMaxPool');
  built.steps.push({ kind: 'max', out: q, x: c, starts: Int32Array.of(0, 4), members });
  const a = value('a', [1], 'ArgMax');
  built.steps.push({ kind: 'argmax', out: a, x: c, starts: Int32Array.of(0, 4), members });
  const b = value('b', [1], 'ArgMax');
  built.steps.push({ kind: 'argmax', out: b, x: d, starts: Int32Array.of(0, 4), members });
  const v = value('v', [1, 2], 'Gemm');
  built.steps.push({ kind: 'linear', out: v, map: dense([[x, 6]], 2, random) });
  const z = value('z', [1, 2], 'Identity');
  built.steps.push({ kind: 'table', out: z, x: v, f: { name: 'identity' } });
  const u = value('u', [1, 3], 'Gemm');
  built.steps.push({ kind: 'linear', out: u, map: dense([[x, 6]], 3, random) });
  const k = value('k', [1, 3], 'Relu');
  built.steps.push({ kind: 'table', out: k, x: u, f: { name: 'relu' } });
  const y = value('y', [1, 2], 'Gemm');
  built.steps.push({ kind: 'linear', out: y, map: dense([[z, 2], [c, 4], [k, 3]], 2, random) }); // prettier-ignore
  const outputs = [p, q, a, b, y].map((id) => ({ name: built.values[id].name, value: id, softmax: null }));
  const activations = [
    { value: r, lo: 0, hi: 1 },
    { value: c, lo: 0, hi: 0.6 },
    { value: k, lo: 0, hi: 1 },
  ];
  const circuit = circuitOf(built, outputs, { ranges: { x: [[-1, 1]] }, bits: 4, public: publics, activations });
  const wide = circuit.steps.findIndex(({ kind, out }) => kind === 'rescale' && circuit.tensors[out].name === 'c');
  return withLookups(circuit, { rangeBits: 4, wide: [wide] });
}

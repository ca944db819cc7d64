// A circuit of four bits with every gadget of the lookup argument in it, small enough to lie about each wire.
import type { Circuit } from '#compiler/circuit/circuit.js';
import { point } from '#compiler/recipes/functions.js';
import { generator } from '../compiler/circuits.js';
import { circuitOf, dense, outputsOf, sketch } from '../compiler/sketch.js';
import { withLookups } from './solve.js';

/**
 * x [6] -> dense, relu r [3] (table) -> dense d [4] -> relu c [4] (wide); p = max of pairs of d (limbs), q = max of all c,
 * a = argmax of c, b = argmax of d (limbs); z, an identity of x (floor), and k, a relu that nothing else reads, feed the output y.
 */
export function tiny(publics: 'input,output' | 'output' = 'input,output'): Circuit {
  const random = generator(11);
  const net = sketch();
  const x = net.input('x', [1, 6]);
  const r = net.table('r', net.linear('h', [1, 3], dense([[x, 6]], 3, random)), point('relu'));
  const d = net.linear('d', [1, 4], dense([[r, 3], [x, 6]], 4, random)); // prettier-ignore
  const c = net.table('c', d, point('relu'));
  const p = net.groups('p', [1, 2], d, 'max', [0, 2, 4], [0, 1, 2, 3]);
  const q = net.groups('q', [1, 1], c, 'max', [0, 4], [0, 1, 2, 3]);
  const a = net.groups('a', [1], c, 'argmax', [0, 4], [0, 1, 2, 3]);
  const b = net.groups('b', [1], d, 'argmax', [0, 4], [0, 1, 2, 3]);
  const z = net.table('z', net.linear('v', [1, 2], dense([[x, 6]], 2, random)), point('identity'));
  const k = net.table('k', net.linear('u', [1, 3], dense([[x, 6]], 3, random)), point('relu'));
  const y = net.linear('y', [1, 2], dense([[z, 2], [c, 4], [k, 3]], 2, random)); // prettier-ignore
  const activations = [
    { value: r, lo: 0, hi: 1 },
    { value: c, lo: 0, hi: 0.6 },
    { value: k, lo: 0, hi: 1 },
  ];
  const circuit = circuitOf(net, outputsOf(net, p, q, a, b, y), {
    ranges: { x: [[-1, 1]] },
    bits: 4,
    public: publics,
    activations,
  });
  const wide = circuit.steps.findIndex(
    ({ kind, outs: [out] }) => kind === 'rescale' && circuit.tensors[out].name === 'c',
  );
  return withLookups(circuit, { rangeBits: 4, wide: [wide] });
}

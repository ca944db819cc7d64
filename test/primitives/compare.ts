// compare: whether a form is at least 0.
import { compareGadget } from '#compiler/primitives/compare.js';
import { inverse } from '#verifier/field.js';
import type { Subject } from '../engine/attempts.js';
import { between, edge, type Meaning } from './primitive.js';

export const compare: Meaning = {
  kind: 'compare',
  naive: (_, [d]) => [d.map((x) => (x < 0n ? 0n : 1n))],
  ladder: {
    compare: (
      [
        [-8, 7],
        [-9, 3],
        [0, 1],
        [-(2 ** 31), 12],
      ] as const
    ).map(([lo, hi]) => compareSubject(lo, hi)),
  },
  random: [edge(30).map((most) => compareSubject(-most, most))],
};

function compareSubject(lo: number, hi: number): Subject {
  const gadget = compareGadget(lo, hi);
  const [w] = gadget.args;
  const N = 2 ** w;
  const honest = (d: number): number => (d < 0 ? 0 : 1);
  const bits = (d: number, c: number): bigint => BigInt(d + (1 - c) * N);
  return {
    gadget,
    meant: ([d]) => (d >= -N && d < N ? [honest(d)] : null),
    ends: [-N, N - 1, -1, 0, 1, lo, hi].filter((d) => d >= -N && d < N).map((d) => [d]),
    outside: [[-N - 1], [N], [2 * N], [-2 * N], [2 ** 50], [-(2 ** 50)]],
    inside: between(-N, N - 1).map((d) => [d]),
    pretended: ([d]) => [0, 1, 2, -1].map((c) => bits(d, c)),
    programs: {
      'says the opposite': ([d]) => ({ c: BigInt(1 - honest(d)), bit: bits(d, 1 - honest(d)) }),
      'takes a whole range more for a value below 0': ([d]) => (d < 0 ? { c: 1n, bit: bits(d, 0) } : null),
      'takes a whole range less for one that is not': ([d]) => (d < 0 ? null : { c: 0n, bit: bits(d, 1) }),
      'says one half': ([d]) => (d >= -N / 2 && d < N / 2 ? { c: inverse(2n), bit: bits(d, 0.5) } : null),
      'says 2': ([d]) => ({ c: 2n, bit: bits(d, 2) }),
      'says -1': ([d]) => ({ c: -1n, bit: bits(d, -1) }),
    },
  };
}

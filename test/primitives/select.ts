// select: a where c is 1, b where it is 0; a above b in one form.
import fc from 'fast-check';
import { selectGadget } from '#compiler/primitives/select.js';
import type { Subject } from '../engine/attempts.js';
import { between, type Meaning } from './primitive.js';

export const select: Meaning = {
  kind: 'select',
  naive: (_, [c, ab]) => [c.map((v, o) => (v === 1n ? ab[o] : ab[c.length + o]))],
  ladder: { select: [selectSubject()] },
  random: [fc.constant(selectSubject())],
};

/** Nothing is outside that the rows could refuse: intervals prove that c is 0 or 1. */
function selectSubject(): Subject {
  const most = 2 ** 40;
  const meant = (c: number, a: number, b: number): number => (c === 1 ? a : b);
  const corners = [0, 1].flatMap((c) => [0, 5, most].flatMap((a) => [0, 5, most].map((b) => [c, a, b] as const)));
  return {
    gadget: selectGadget,
    meant: ([c, a, b]) => [meant(c, a, b)],
    ends: [...corners, [1, -7, 3], [0, -7, 3]],
    outside: [],
    inside: fc.tuple(between(0, 1), between(-most, most), between(-most, most)),
    programs: {
      'takes the other branch': ([c, a, b]) => (a === b ? null : { y: BigInt(meant(1 - c, a, b)) }),
      'takes the sum of both': ([c, a, b]) => (a + b === meant(c, a, b) ? null : { y: BigInt(a + b) }),
      'takes the mean of both': ([, a, b]) => (a === b || (a + b) % 2 !== 0 ? null : { y: BigInt((a + b) / 2) }),
      'takes the largest': ([c, a, b]) => (Math.max(a, b) === meant(c, a, b) ? null : { y: BigInt(Math.max(a, b)) }),
    },
  };
}

// equal: whether a form is 0.
import { equalGadget } from '#compiler/primitives/equal.js';
import { inverse } from '#verifier/field.js';
import fc from 'fast-check';
import type { Subject } from '../engine/attempts.js';
import { between, edge, type Meaning } from './primitive.js';

export const equal: Meaning = {
  kind: 'equal',
  naive: (_, [d]) => [d.map((x) => (x === 0n ? 1n : 0n))],
  ladder: { equal: [equalSubject()] },
  random: [fc.constant(equalSubject())],
};

/** Nothing is outside: every element of the field is 0 or is not. */
function equalSubject(): Subject {
  const most = 2 ** 50 - 1;
  return {
    gadget: equalGadget,
    meant: ([d]) => [d === 0 ? 1 : 0],
    ends: [[0], [1], [-1], [2], [most], [-most]],
    outside: [],
    inside: fc.oneof(between(-3, 3), edge(50), between(-most, most)).map((d) => [d]),
    programs: {
      'says that 0 is not 0, whatever its inverse is': ([d]) => (d === 0 ? { e: 0n, inv: 5n } : null),
      'says that another number is 0': ([d]) => (d === 0 ? null : { e: 1n, inv: 0n }),
      'says one half': ([d]) => ({ e: inverse(2n), inv: d === 0 ? 7n : inverse(2n * BigInt(d)) }),
      'takes the inverse of twice the number': ([d]) => (d === 0 ? null : { inv: inverse(2n * BigInt(d)) }),
    },
  };
}

// remainder: the floor of a quotient by a constant, or what is left.
import { remainderGadget, type Part, type RemainderOwn } from '#compiler/primitives/remainder.js';
import { inverse } from '#verifier/field.js';
import fc from 'fast-check';
import type { Subject } from '../engine/attempts.js';
import { between, type Meaning } from './primitive.js';

export const remainder: Meaning<RemainderOwn> = {
  kind: 'remainder',
  naive: ({ divisor, part }, [acc]) => [
    acc.map((a) => (part === 'quotient' ? a / BigInt(divisor) : a % BigInt(divisor))),
  ],
  ladder: {
    remainder: (
      [
        [7, 'quotient', 100],
        [7, 'rest', 100],
        [8, 'quotient', 100],
        [8, 'rest', 100],
        [2, 'rest', 1],
        [3, 'quotient', 2 ** 20],
        [2 ** 16, 'rest', 2 ** 24],
      ] as const
    ).map(([D, part, most]) => remainderSubject(D, part, most)),
  },
  random: [
    fc
      .tuple(between(2, 500), fc.constantFrom<Part>('quotient', 'rest'), between(1, 5000))
      .map(([D, part, most]) => remainderSubject(D, part, most)),
  ],
};

function remainderSubject(D: number, part: Part, most: number): Subject {
  const gadget = remainderGadget(D, part, most);
  const [, n, m] = gadget.args;
  const above = D * 2 ** n;
  const parts = (a: number): readonly [q: number, r: number] => [Math.floor(a / D), a % D];
  const lie = (a: number, dq: number): Record<string, bigint> | null => {
    const [q, r] = [parts(a)[0] + dq, parts(a)[1] - dq * D];
    if (q < 0 || q >= 2 ** n || r < 0 || r >= 2 ** m) return null;
    return { z: BigInt(part === 'quotient' ? q : r), q: BigInt(q), r: BigInt(r) };
  };
  return {
    gadget,
    meant: ([a]) => (a >= 0 && a < above ? [parts(a)[part === 'quotient' ? 0 : 1]] : null),
    ends: [0, 1, D - 1, D, D + 1, most, above - 1].filter((a) => a < above).map((a) => [a]),
    outside: [[-1], [-D], [above], [above + D], [2 ** 50]],
    inside: between(0, Math.min(above - 1, 2 ** 50)).map((a) => [a]),
    pretended: ([a]) => parts(Math.max(a, 0)).flatMap((v) => [v - 1, v + 1, v + D].map((x) => BigInt(Math.max(x, 0)))),
    programs: {
      'leaves a whole divisor more': ([a]) => lie(a, -1),
      'takes one more, and is left with less than nothing': ([a]) => {
        const [q, r] = parts(a);
        return { z: BigInt(part === 'quotient' ? q + 1 : r - D), q: BigInt(q + 1) };
      },
      'divides in the field and leaves nothing': ([a]) =>
        a % D === 0 ? null : { z: part === 'quotient' ? BigInt(a) * inverse(BigInt(D)) : 0n },
    },
  };
}

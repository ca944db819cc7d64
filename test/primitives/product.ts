// product: a b of two forms, element by element, stored from its least value on.
import fc from 'fast-check';
import { productGadget } from '#compiler/primitives/product.js';
import type { Subject } from '../engine/attempts.js';
import { between, edge, type Meaning } from './primitive.js';

export const product: Meaning = {
  kind: 'product',
  naive: (_, [a, b], [{ lo }]) => [a.map((v, o) => v * b[o] - BigInt(lo))],
  ladder: {
    product: (
      [
        [0, 15, 0, 15],
        [-7, 8, -3, 12],
        [-20, -4, -9, 5],
        [-(2 ** 24), 2 ** 24, -5, 2 ** 25 - 1],
      ] as const
    ).map(productSubject),
  },
  random: [fc.tuple(edge(24), edge(24), edge(24), edge(24)).map(([a, b, c, d]) => productSubject([-a, b, -c, d]))],
};

/** Of a in [aLo, aHi] and b in [bLo, bHi]. Nothing is outside: any two elements of the field have a product. */
function productSubject([aLo, aHi, bLo, bHi]: readonly [aLo: number, aHi: number, bLo: number, bHi: number]): Subject {
  const corners = [aLo, aHi].flatMap((a) => [bLo, bHi].map((b) => [a, b]));
  const least = corners.reduce((lo, [a, b]) => Math.min(lo, a * b), Infinity) + 0;
  const z = (a: number, b: number): bigint => BigInt(a) * BigInt(b) - BigInt(least);
  return {
    gadget: productGadget(least),
    meant: ([a, b]) => [Number(z(a, b))],
    ends: [...corners, [1, bHi], [aHi, 1], [0, bLo], [aLo, 0], [3, -2]],
    outside: [],
    inside: between(aLo, aHi).chain((a) => between(bLo, bHi).map((b) => [a, b] as const)),
    programs: {
      'forgets where the product is stored from': ([a, b]) => (least === 0 ? null : { z: BigInt(a) * BigInt(b) }),
      'takes the other sign': ([a, b]) => (a * b === 0 ? null : { z: z(-a, b) }),
      'takes the sum': ([a, b]) => (a + b === a * b ? null : { z: BigInt(a + b) - BigInt(least) }),
      'squares one factor': ([a, b]) => (a * a === a * b ? null : { z: z(a, a) }),
      'takes a product of neighbours': ([a, b]) => (b === 0 ? null : { z: z(a + 1, b) }),
    },
  };
}

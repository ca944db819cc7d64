// onehot: which of 1 .. n - 1 an index is.
import { onehotGadget } from '#compiler/primitives/onehot.js';
import type { Subject } from '../engine/attempts.js';
import { between, type Meaning } from './primitive.js';

export const onehot: Meaning = {
  kind: 'onehot',
  naive: (_, [acc], [{ shape }]) => {
    const cells = shape.reduce((a, b) => a * b, 1) / acc.length;
    return [acc.flatMap((index) => Array.from({ length: cells }, (__, c) => (index === BigInt(c + 1) ? 1n : 0n)))];
  },
  ladder: { onehot: [2, 3, 5, 17].map(onehotSubject) },
  random: [between(2, 20).map(onehotSubject)],
};

function onehotSubject(n: number): Subject {
  const at = (v: number, value = 1n): Record<string, bigint> =>
    Object.fromEntries(Array.from({ length: n - 1 }, (_, c) => [`o[${c}]`, c + 1 === v ? value : 0n]));
  return {
    gadget: onehotGadget(n),
    meant: ([index]) =>
      index >= 0 && index < n ? Array.from({ length: n - 1 }, (_, c) => Number(index === c + 1)) : null,
    ends: Array.from({ length: n }, (_, index) => [index]),
    outside: [[n], [-1], [n + 1], [-n], [2 ** 40]],
    inside: between(0, n - 1).map((index) => [index]),
    programs: {
      'names the next place': ([index]) => at((index + 1) % n),
      'names none': ([index]) => (index === 0 ? null : at(0)),
      'names half a place': ([index]) => (index === 0 ? null : at(index, 2n)),
      'names two places': ([index]) =>
        index <= 0 ? at(1) : n === 2 ? null : { ...at(index), [`o[${index % (n - 1)}]`]: 1n },
    },
  };
}

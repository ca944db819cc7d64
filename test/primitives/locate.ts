// locate: whether an integer is at least each of some constants.
import fc from 'fast-check';
import { locateGadget, type LocateOwn } from '#compiler/primitives/locate.js';
import type { Subject } from '../engine/attempts.js';
import { between, type Meaning } from './primitive.js';

export const locate: Meaning<LocateOwn> = {
  kind: 'locate',
  naive: ({ starts }, [acc]) => [starts.flatMap((list, i) => list.map((t) => (acc[i] >= BigInt(t) ? 1n : 0n)))],
  ladder: {
    locate: [[0, 1, 2], [0, 3, 8], [0, 5, 9, 12, 20], [0, 60, 130, 200]].map(locateSubject),
  },
  random: [
    fc
      .uniqueArray(between(1, 2 ** 20), { minLength: 2, maxLength: 9 })
      .map((list) => locateSubject([0, ...list.sort((a, b) => a - b)])),
  ],
}; // prettier-ignore

function locateSubject(T: readonly number[]): Subject {
  const gadget = locateGadget(T);
  const [m, w] = gadget.args;
  const last = T[m + 1];
  const inside = (u: number): boolean => u >= 0 && u < last;
  const intervalOf = (u: number): number => T.filter((t) => t <= u).length - 1;
  const at = (k: number): Record<string, bigint> =>
    Object.fromEntries(Array.from({ length: m }, (_, i) => [`b[${i}]`, i < k ? 1n : 0n]));
  /** What a liar with interval k writes as ranges. */
  const ranges = (u: number, k: number): Record<string, bigint> => ({
    low: BigInt(u - T[k]),
    high: BigInt(T[k + 1] - 1 - u),
  });
  // one step up and two down have the sum of one step down; as ends of an interval they may hold some u
  const ups = Array.from({ length: m + 1 }, (_, up) => up).flatMap((up) =>
    T.slice(0, -1).flatMap((_, i) =>
      T.slice(i + 1, -1).flatMap((__, d) => {
        const j = i + 1 + d;
        const least = T[i] + T[j] - T[up];
        const next = T[i + 1] + T[j + 1] - T[up + 1];
        return up === i || up === j || next <= least ? [] : [{ up, i, j, least, next }];
      }),
    ),
  );
  const stepUp = (u: number, where: (up: number) => boolean): Record<string, bigint> | null => {
    const one = ups.find(({ up, least, next }) => where(up) && u >= least && u < next);
    if (one === undefined) return null;
    const { up, i, j, least, next } = one;
    const down = (s: number): number => Number(s === i) + Number(s === j) - Number(s === up);
    const bits = Array.from({ length: m }, (_, b) => T.slice(0, b + 1).reduce((bit, __, s) => bit - down(s), 1));
    const named = Object.fromEntries(bits.map((bit, b) => [`b[${b}]`, BigInt(bit)]));
    return { ...named, low: BigInt(u - least), high: BigInt(next - 1 - u) };
  };
  const lied = ups.map(({ least }) => least);
  return {
    gadget,
    meant: ([u]) => (inside(u) ? Array.from({ length: m }, (_, i) => Number(u >= T[i + 1])) : null),
    ends: [...T.flatMap((t) => [t - 1, t, t + 1]), ...lied].filter(inside).map((u) => [u]),
    outside: [-1, last, last + 1, -(2 ** w), last + 2 ** w, 2 ** 50, ...lied].filter((u) => !inside(u)).map((u) => [u]),
    inside: between(0, last - 1).map((u) => [u]),
    pretended: ([u]) => T.slice(0, -1).flatMap((t, k) => [BigInt(u - t), BigInt(T[k + 1] - 1 - u)]),
    programs: {
      'names the next interval': ([u]) => {
        const k = (intervalOf(u) + 1) % (m + 1);
        return inside(u) && Math.min(u - T[k], T[k + 1] - 1 - u) >= 0 ? { ...at(k), ...ranges(u, k) } : at(k);
      },
      'names the one before': ([u]) => at((intervalOf(u) + m) % (m + 1)),
      ...(m > 1 && {
        'steps up at an end': ([u]: readonly number[]) => stepUp(u, (up) => up === 0 || up === m),
        'steps up between': ([u]: readonly number[]) => stepUp(u, (up) => up > 0 && up < m),
      }),
    },
  };
} // prettier-ignore

// What a client decides by, in numbers.
import { expect, it } from 'vitest';
import { bondFor, drawn, inTurn, isThin, mostHeld, uncovered } from '#network/client/rules.js';

it('a bond is worth a thousand prices and five challenges', () => {
  expect([bondFor(1n, 7n), bondFor(1n, 200n), bondFor(1n, 201n)]).toEqual([1000n, 1000n, 1005n]);
  // whoever audits more wants less at stake, and the other way round
  expect([bondFor(1n, 1n, 0.1), bondFor(1n, 1n, 1), bondFor(1n, 1n, 0.003), bondFor(1n, 201n, 1)]).toEqual([100n, 10n, 3334n, 1005n]); // prettier-ignore
  for (const share of [1, 0.3, 0.01, 0.0007]) expect(isThin(share, bondFor(17n, 1n, share), 17n)).toBe(false);
});

it('a bond is thin where a liar loses less than ten prices on average', () => {
  expect([isThin(0.01, 999n, 1n), isThin(0.01, 1000n, 1n), isThin(0, 10n ** 30n, 1n), isThin(0.01, 1n, 0n)]).toEqual([true, false, true, false]); // prettier-ignore
});

it('a receipt is asked for where the stake covers its bond, stays, and is not what open challenges may take', () => {
  const of = (amount: bigint, open: number, leavesAt = 0n) => uncovered({ amount, open, leavesAt }, 10n);
  expect([of(10n, 0), of(9n, 0), of(10n, 0, 1n)]).toEqual([null, 'has 9 wei at stake, less than 10', 'is leaving']);
  expect([of(30n, 2), of(29n, 2)]).toEqual([null, 'has 29 wei at stake, and 2 challenges open']);
});

it('a client holds receipts of a node whose audits, one in a hundred, claim a tenth of the stake', () => {
  expect([mostHeld(1_000n), mostHeld(1_000n, 7n), mostHeld(1_000n, 0n)]).toEqual([10_000n, 700n, 0n]);
  // a share between two that are told apart counts as the larger: never more is held
  expect([mostHeld(1_000n, 3n, 1.4e-6), mostHeld(1_000n, 3n, 1e-6), mostHeld(1_000n, 3n, 1e-9)]).toEqual([1_500_000n, 3_000_000n, 3_000_000n]); // prettier-ignore
  expect([mostHeld(1_000n, 7n, 0.1), mostHeld(1_000n, undefined, 1), mostHeld(1_000n, 7n, 0.001)]).toEqual([70n, 100n, 7_000n]); // prettier-ignore
});

it('asks the fastest of the three cheapest first, and the dear ones last', () => {
  const of = (price: bigint, ms: number) => ({ price, ms });
  const all = [of(9n, 1), of(1n, 30), of(2n, 10), of(3n, 20), of(4n, 0)];
  expect(inTurn(all)).toEqual([of(2n, 10), of(3n, 20), of(1n, 30), of(4n, 0), of(9n, 1)]);
  expect(all[0]).toEqual(of(9n, 1));
});

it('draws about the share that is asked for, none at 0 and all at 1', () => {
  const times = (share: number) => Array.from({ length: 4000 }, () => drawn(share)).filter(Boolean).length;
  expect([times(0), times(1)]).toEqual([0, 4000]);
  expect(Math.abs(times(0.25) - 1000)).toBeLessThan(200); // seven deviations
});

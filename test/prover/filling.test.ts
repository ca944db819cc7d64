import { expect, it } from 'vitest';
import { fillingOf } from '#prover/filling.js';

it('what cannot be filled is tried ahead once, and once more in its turn', () => {
  let tries = 0;
  const filling = fillingOf(undefined as never, new Map(), () => {
    tries++;
    throw new Error('of the caller');
  });
  for (let i = 0; i < 3; i++) filling.ahead();
  expect([tries, filling.aheadSeconds()]).toEqual([1, 0]);
  expect(filling.take).toThrow('of the caller');
  expect(tries).toBe(2);
});

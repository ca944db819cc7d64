// A client when something goes wrong beside it: answers and words of RPCs that are lost or wrong, a channel that is used up, two processes.
import { expect, it } from 'vitest';
import { audit } from '#network/client/audit.js';
import type { Model } from '#network/index.js';
import { demand, fakes, promise } from './fakes.js';

const model = {} as Model;

it('challenges a node that asks for the proof a price that the channel does not hold', async () => {
  const { said, partsOf } = fakes({ channels: [0n, 0n, 0n] }, () => Promise.resolve(demand(1n, 1n)));
  const reason = 'asks more than its channel holds';
  expect(await audit(partsOf(), model, promise('drawn'))).toEqual({ challenged: promise('drawn').id, reason });
  expect(said.sent).toEqual(['challenge']);
});

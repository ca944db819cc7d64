// Every gadget of circuits/ climbs the ladder.
import { expect, it } from 'vitest';
import { INTEGER } from '#compiler/primitives/index.js';
import { climb } from '../engine/climb.js';
import { meanings } from '../primitives/index.js';

for (const { ladder } of meanings) for (const [name, subjects] of Object.entries(ladder)) climb(name, subjects);

it('every primitive of circuits has a meaning here', () => {
  expect(meanings.map(({ kind }) => kind)).toEqual(INTEGER.map(({ kind }) => kind));
});

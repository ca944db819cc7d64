// What the readers' tests share: an input of a model, and an error as it should be.
import { expect } from 'vitest';
import type { InputInfo } from '#compiler/index.js';

export const input = (name: string, shape: readonly number[], dtype = 'float32'): InputInfo => ({
  name,
  dtype,
  shape,
  elements: shape.reduce((n, d) => n * d, 1),
});

/** An InferproofError of a code whose message holds the words in this order. */
export const refused = (code: string, ...words: readonly string[]) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(
      new RegExp(words.map((w) => w.replace(/[[\]().*+?^$|]/g, '\\$&')).join('.*')),
    ) as string,
  }) as Error;

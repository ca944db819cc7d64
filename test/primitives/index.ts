// The primitives of circuits, as the tests know them.
import { argmax } from './argmax.js';
import { bitwise } from './bitwise.js';
import { compare } from './compare.js';
import { divide } from './divide.js';
import { equal } from './equal.js';
import { input } from './input.js';
import { locate } from './locate.js';
import { matmul } from './matmul.js';
import { max } from './max.js';
import { normalise } from './normalise.js';
import { onehot } from './onehot.js';
import { output } from './output.js';
import type { Meaning } from './primitive.js';
import { product } from './product.js';
import { remainder } from './remainder.js';
import { rescale } from './rescale.js';
import { select } from './select.js';
import { sort } from './sort.js';

export const meanings: readonly Meaning[] = [
  input,
  rescale,
  max,
  argmax,
  onehot,
  locate,
  product,
  matmul,
  compare,
  equal,
  select,
  normalise,
  remainder,
  divide,
  bitwise,
  sort,
  output,
];

const byKind = new Map(meanings.map((one) => [one.kind, one]));

export function meaningOf({ kind }: { readonly kind: string }): Meaning {
  const meaning = byKind.get(kind);
  if (meaning === undefined) throw new Error(`no meaning of '${kind}' in test/primitives`);
  return meaning;
}

/** Every gadget of the ladder. */
export const subjects = meanings.flatMap(({ ladder }) => Object.values(ladder).flat());

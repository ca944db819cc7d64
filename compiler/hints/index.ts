// The hint programs of all templates of circuits/ that steps use.
import { InferproofError } from '../../verifier/errors.js';
import type { Gadget } from '../primitives/gadget.js';
import { bits, equal, onehot } from './bits.js';
import type { Hints, HintsOf } from './hints.js';
import { lookups } from './lookups.js';
import { matmul } from './matmul.js';
import { rescales } from './rescales.js';
import { sorts } from './sorts.js';

const HINTS: Readonly<Record<string, HintsOf>> = {
  ...bits,
  ...rescales,
  ...lookups,
  ...sorts,
  ...matmul,
  LookupEqual: equal,
  LookupOnehot: onehot,
};

/** How the honest values of a gadget's signals come from those of its ports. */
export function hintsOf(gadget: Gadget): Hints {
  const hints = HINTS[gadget.template] as HintsOf | undefined;
  if (hints === undefined) throw new InferproofError('internal', `expected a hint program of ${gadget.template}`);
  return hints(gadget);
}

// output: its form, exact. It has no gadget.
import type { Meaning } from './primitive.js';

export const output: Meaning = {
  kind: 'output',
  naive: (_, [acc]) => [[...acc]],
  ladder: {},
  random: [],
};

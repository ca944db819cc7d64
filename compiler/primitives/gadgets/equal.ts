// The gadget of circuits/equal.circom.
import { inverse } from '../../../verifier/field.js';
import type { Gadget, SignalValue } from '../gadget.js';

/** [d = 0] of any form. */
export const equalGadget = (): Gadget => ({
  file: 'equal',
  template: 'Equal',
  args: [],
  ports: ['d'],
  signals: ['e', 'inv'],
  outputs: 1,
  rows: 2,
  fill: fillEqual,
});

export function fillEqual([d]: readonly number[], set: (signal: number, value: SignalValue) => void): void {
  set(0, Number(d === 0));
  set(1, d === 0 ? 0 : inverse(BigInt(d)));
}

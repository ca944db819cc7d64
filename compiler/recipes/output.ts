// output: a value that leaves the circuit, exact. It is its form and takes no wires; public words hold it.
import { output } from '../primitives/output.js';
import type { ValueId } from '../primitives/steps.js';
import type { Planner } from './real.js';

/** The step of an output of the graph; returns its tensor. */
export function planOutput(to: Planner, name: string, of: ValueId): number {
  const { scale, zero, lo, form } = to.exact(to.map(of), of, true);
  const [tensor] = to.emit({ kind: output.kind, forms: [form], own: {} }, [
    { of, name, lo, hi: lo + form.accHi, scale, zero },
  ]);
  return tensor;
}

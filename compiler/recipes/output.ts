// output: a value that leaves the circuit, exact. It is its form and takes no wires; public words hold it.
import { output } from '../primitives/output.js';
import type { ValueId } from './values.js';
import type { Planner } from './real.js';

/**
 * The step of an output of the graph; returns its tensor.
 * @param isPlace its integers are the whole numbers that it holds, since they are read as places in a list
 */
export function planOutput(to: Planner, name: string, of: ValueId, isPlace = false): number {
  if (isPlace) {
    const { map, accLo, accHi } = to.whole(to.map(of), of);
    const stored = { map: { ...map, bias: map.bias.map((b) => b - accLo + 0) }, accLo: 0, accHi: accHi - accLo };
    return to.emit({ kind: output.kind, forms: [stored], own: {} }, [{ of, name, lo: accLo, hi: accHi, scale: 1, zero: 0 }])[0]; // prettier-ignore
  }
  const { scale, zero, lo, form } = to.exact(to.map(of), of, true);
  const [tensor] = to.emit({ kind: output.kind, forms: [form], own: {} }, [
    { of, name, lo, hi: lo + form.accHi, scale, zero },
  ]);
  return tensor;
}

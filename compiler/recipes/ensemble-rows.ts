// The rows of an ensemble as steps, one for each level: choices between two values, or products with a condition.
import { mapBuilder } from '../linear/builder.js';
import { hull, mapIntervals } from '../linear/intervals.js';
import type { LinearMap } from '../linear/map.js';
import { select } from '../primitives/select.js';
import type { IntegerForm, TensorId } from '../primitives/steps.js';
import { sumOf, type Row, type Sum } from './ensemble-values.js';
import { productStep } from './product.js';
import type { Planner } from './real.js';
import type { ValueId } from './values.js';

export function writeChoices(to: Planner, of: ValueId, rows: readonly Row[], unit: number): void {
  const branches = formOf(to, [...rows.map(({ yes }) => sumOf(yes)), ...rows.map(({ no }) => sumOf(no))]);
  const { accLo, accHi } = branches;
  const stored = { map: lifted(branches.map, -accLo), accLo: 0, accHi: accHi - accLo };
  const plan = { of, holds: false, name: `${to.value(of).name} split`, shape: [rows.length], lo: accLo, hi: accHi };
  const forms = [conditionsOf(to, rows), stored];
  const [tensor] = to.emit({ kind: select.kind, forms, own: {} }, [{ ...plan, scale: unit, zero: 0 }]);
  settle(rows, tensor, accLo);
}

export function writeProducts(to: Planner, of: ValueId, rows: readonly Row[]): void {
  const here = formOf(to, rows.map(({ yes }) => sumOf(yes))); // prettier-ignore
  const plan = { of, holds: false, name: `${to.value(of).name} path`, shape: [rows.length], scale: 1, zero: 0 };
  const tensor = productStep(to, here, conditionsOf(to, rows), plan);
  settle(rows, tensor, to.tensor(tensor).lo);
}

const conditionsOf = (to: Planner, rows: readonly Row[]): IntegerForm =>
  formOf(
    to,
    rows.map(({ condition, isOpposite }) => ({
      constant: Number(isOpposite),
      terms: new Map([[condition, isOpposite ? -1 : 1]]),
    })),
  );

function settle(rows: readonly Row[], tensor: TensorId, lo: number): void {
  rows.forEach((row, at) => {
    Object.assign(row.wire, { tensor, at });
    row.lo = lo;
  });
}

/** Sums one below the other as a form over stored values, with its interval. */
export function formOf(to: Planner, sums: readonly Sum[]): IntegerForm {
  const builder = mapBuilder(sums.length);
  sums.forEach(({ constant, terms }, o) => {
    builder.bias[o] = constant;
    const byTensor = new Map<TensorId, readonly [places: number[], weights: number[]]>();
    for (const [{ tensor, at }, weight] of terms) {
      const lists = byTensor.get(tensor) ?? ([[], []] as const);
      byTensor.set(tensor, lists);
      lists[0].push(at);
      lists[1].push(weight);
    }
    for (const [tensor, [places, weights]] of byTensor) builder.part(tensor).row(o, places, weights);
  });
  const map = builder.build();
  const { lo, hi } = hull(mapIntervals(map, (id) => ({ lo: 0, hi: to.tensor(id).hi - to.tensor(id).lo })));
  return { map, accLo: lo, accHi: hi };
}

export const lifted = (map: LinearMap, by: number): LinearMap => ({ ...map, bias: map.bias.map((b) => b + by + 0) });

// Is what circom makes of model.circom the system that the linker writes? Signals of model.circom that the layout has no wire
// for (ports, copies, linear forms) are each defined by one linear row: solve for them, put the forms in their place, and
// what is left must be the linker's rows, no more and no fewer, up to their order, their scale and which factor comes first.
import { R, inverse, mod } from '../../verifier/field.js';
import { append } from '../extremes.js';
import { coefficient, type RowSystem, type Side } from './rows.js';

/** Coefficients by wire, none of them 0. */
type Form = Map<number, bigint>;
type Row = readonly [Form, Form, Form];

/** What the two systems do not share. Both lists are empty for equal ones. */
export interface Difference {
  /** Rows of the linker that circom does not have. */
  readonly missing: readonly number[];
  /** Rows of circom that the linker does not have. */
  readonly surplus: readonly number[];
}

/**
 * @param linked the linker's rows
 * @param compiled circom's rows for model.circom, without simplification
 * @param signals the wire in `compiled` of every signal name
 * @param wireOf the wire in `linked` of a signal name (`circomWires`)
 */
export function difference(
  linked: RowSystem,
  compiled: RowSystem,
  signals: ReadonlyMap<string, number>,
  wireOf: (name: string) => number | undefined,
): Difference {
  const known = new Map<number, number>([[0, 0]]);
  const component = new Map<number, string>(); // the gadget instance of each of its signals, ports included
  for (const [name, wire] of signals) {
    const own = wireOf(name);
    if (own !== undefined) known.set(wire, own);
    const instance = /^main\.\w+\.\w+\[\d+\](?=\.)/.exec(name);
    if (instance) component.set(wire, instance[0]);
  }
  const rows = Array.from({ length: compiled.nRows }, (_, row) => rowOf(compiled, row));
  const { forms, used } = solve(rows, known, component);
  const want = new Map<string, number[]>();
  for (let row = 0; row < linked.nRows; row++) {
    const key = keyOf(rowOf(linked, row));
    const same = want.get(key);
    if (same) same.push(row);
    else want.set(key, [row]);
  }
  const surplus: number[] = [];
  rows.forEach((row, i) => {
    if (used.has(i)) return;
    const [a, b, c] = row.map((form) => substituted(form, forms));
    if (want.get(keyOf([a, b, c]))?.pop() === undefined) surplus.push(i);
  });
  return { missing: [...want.values()].flat().sort((a, b) => a - b), surplus };
}

/** A form over the linker's wires for every circom wire that can be solved for, and the rows that say so. */
function solve(
  rows: readonly Row[],
  known: ReadonlyMap<number, number>,
  component: ReadonlyMap<number, string>,
): { forms: Map<number, Form>; used: Set<number> } {
  const forms = new Map<number, Form>([...known].map(([wire, own]) => [wire, new Map([[own, 1n]])]));
  const used = new Set<number>();
  const waiting = new Map<number, number[]>(); // linear rows by unsolved wires in them
  let ready = rows.flatMap(([a, b], i) => (a.size === 0 || b.size === 0 ? [i] : []));
  while (ready.length > 0) {
    const next: number[] = [];
    for (const i of ready) {
      const form = rows[i][2];
      const unsolved = [...form.keys()].filter((wire) => !forms.has(wire));
      // two of them are watched: while both are unsolved the row cannot define anything
      if (unsolved.length > 1) {
        for (const wire of unsolved.slice(0, 2)) {
          const list = waiting.get(wire);
          if (list) list.push(i);
          else waiting.set(wire, [i]);
        }
      }
      if (unsolved.length !== 1) continue;
      const [wire] = unsolved;
      // a row of the gadget itself does not define the gadget's port
      const instance = component.get(wire);
      if (instance !== undefined && [...form.keys()].some((w) => w !== wire && component.get(w) === instance)) continue;
      const scale = mod(-inverse(form.get(wire) ?? 0n));
      const rest = new Map([...form].flatMap(([w, c]) => (w === wire ? [] : [[w, mod(c * scale)] as const])));
      forms.set(wire, substituted(rest, forms));
      used.add(i);
      append(next, waiting.get(wire) ?? []);
      waiting.delete(wire);
    }
    ready = next;
  }
  return { forms, used };
}

/** The form over the linker's wires; a wire that could not be solved keeps a number that no wire of the linker has. */
function substituted(form: Form, forms: ReadonlyMap<number, Form>): Form {
  const out: Form = new Map();
  for (const [wire, c] of form)
    for (const [own, d] of forms.get(wire) ?? new Map([[-1 - wire, 1n]])) add(out, own, (c * d) % R);
  return out;
}

function add(form: Form, wire: number, c: bigint): void {
  const sum = mod((form.get(wire) ?? 0n) + c);
  if (sum === 0n) form.delete(wire);
  else form.set(wire, sum);
}

function rowOf(system: RowSystem, row: number): Row {
  const form = ({ start, wire, coef }: Side): Form => {
    const out: Form = new Map();
    for (let i = start[row]; i < start[row + 1]; i++) add(out, wire[i], mod(coefficient(system, coef[i])));
    return out;
  };
  const [a, b, c] = system.sides;
  return [form(a), form(b), form(c)];
}

/** Equal for rows that say the same: terms in order, the coefficient 1 at the first wire of a linear row and of each factor. */
function keyOf([a, b, c]: Row): string {
  const text = (form: Form, scale: bigint): string =>
    [...form]
      .sort(([v], [w]) => v - w)
      .map(([wire, coefficient]) => `${wire}*${mod(coefficient * scale).toString(36)}`)
      .join('+');
  if (a.size === 0 || b.size === 0) return c.size === 0 ? '' : text(c, inverse(leading(c)));
  const [p, q] = [leading(a), leading(b)];
  const scale = inverse(mod(p * q));
  const factors = [text(a, mod(q * scale)), text(b, mod(p * scale))].sort();
  return [...factors, text(c, scale)].join('|');
}

/** The coefficient at the first wire. */
const leading = (form: Form): bigint => form.get([...form.keys()].reduce((v, w) => Math.min(v, w))) ?? 0n;

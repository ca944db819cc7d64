// Lies about DynamicQuantizeLinear over its linked rows: a tie that is denied, so that a half goes up to the odd byte, and the
// parity of its floor. The liar is honest about all that follows. Each is refused, and passes once the one guard that refuses it is gone.
import { beforeAll, expect, it } from 'vitest';
import { TensorProto_DataType as Type } from 'onnx-buf';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { compile } from '#compiler/index.js';
import { R, mod } from '#verifier/field.js';
import { modelBytes } from '../compiler/onnx-models.js';
import { place, rowsAbout, sumRow, withTableRow, without } from './rows.js';
import { broken, committedLie, linked, randomChallenge, solve, type Linked } from './solve.js';

const X = randomChallenge();
const brokenBy = (one: Linked, committed: readonly bigint[]): number[] => broken(one.system, solve(one, committed, X), 9); // prettier-ignore
let l: Linked;

beforeAll(async () => {
  const bytes = modelBytes({ inputs: { x: [4] }, nodes: [{ op: 'DynamicQuantizeLinear', in: ['x'], out: ['y', 's', 'z'] }], outputType: Type.UINT8 }); // prettier-ignore
  const { circuit } = await compile(bytes, { bits: 8, inputRanges: { x: [-51, 204] } });
  l = await linked(circuit);
});

/** Of x = 20, -14, 3 and 1: 34 numbers, 7.5 of the 255 steps each. Then 3 is 22.5 steps, and 1 is 7.5. */
const stored = (): Map<number, Float64Array> =>
  new Map([[l.circuit.inputs[0].tensor, Float64Array.of(71, 37, 54, 52)]]);
const valuesOf = (): readonly Float64Array[] => evaluateCircuit(l.circuit, stored());
const named = (name: string): number => l.circuit.tensors.findIndex((one) => one.name === name);

it('a half that is told to be none goes up, and is refused by the row of the inverse', () => {
  const honest = valuesOf();
  const ties = named('y ties');
  expect([...honest[ties]].slice(0, 4)).toEqual([0, 0, 1, 1]);
  const y = l.circuit.outputs[0].tensor;
  expect([...honest[y]]).toEqual([255, 0, 127, 113]);
  const at = place(l, 'y ties', 2);
  const lie = committedLie(l, stored(), at, (_, set) => {
    set(0, 0);
    set(1, 0);
  });
  const { inverse } = rowsAbout(l, at.wire(2, 0), at.wire(2, 1));
  expect(brokenBy(l, lie)).toEqual([inverse]);
  expect(brokenBy(without(l, inverse), lie)).toEqual([]);
});

it('an odd floor that is told to be even goes up at a tie, and half a quotient is in no row of its table', () => {
  const at = place(l, 'y rests of 2', 2);
  const { gadget } = at;
  expect(gadget.lookups).toHaveLength(2); // a limb of the quotient, and the rest
  const { table } = gadget.lookups![0];
  let quotient = 0;
  const lie = committedLie(l, stored(), at, ([a], set, hit) => {
    set(0, 1 - (a % 2));
    hit(1, 1 - (a % 2));
    quotient = a - 1 + (a % 2);
  });
  const number = l.wires.challenge!.tables.findIndex((one) => one.table === table);
  const half = mod(BigInt(quotient) * ((R + 1n) / 2n));
  expect(brokenBy(l, lie)).toEqual([sumRow(l, number)]);
  expect(brokenBy(withTableRow(l, number, half, 0n, 1n), lie)).toEqual([]);
});

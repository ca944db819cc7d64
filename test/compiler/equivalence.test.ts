import { difference } from '#compiler/circuit/equivalence.js';
import { RowBuilder, type Matrix, type RowSystem } from '#compiler/circuit/rows.js';
import { describe, expect, test } from 'vitest';

type Form = readonly (readonly [wire: number, coefficient: number])[];

/** One row over wires 1, 2, 3. */
function row(...sides: readonly [Form, Form, Form]): RowSystem {
  const rows = new RowBuilder({ nCommitted: 0, nPublic: 0, nPrivate: 3 });
  rows.begin();
  sides.forEach((form, side) => {
    for (const [wire, coefficient] of form) rows.term(side as Matrix, wire, coefficient);
  });
  return rows.seal();
}

const signals = new Map(['a', 'b', 'c'].map((name, i) => [name, 1 + i]));
const compare = (linked: RowSystem, compiled: RowSystem): number => {
  const { missing, surplus } = difference(linked, compiled, signals, (name) => signals.get(name));
  return missing.length + surplus.length;
};

// (a + 2)(a - b) = c
const [p, q, c]: [Form, Form, Form] = [[[1, 1], [0, 2]], [[1, 1], [2, -1]], [[3, 1]]]; // prettier-ignore
const times = (form: Form, k: number): Form => form.map(([wire, coefficient]) => [wire, k * coefficient]);

describe('rows are compared by what they say', () => {
  test.each<[what: string, same: RowSystem]>([
    ['the row itself', row(p, q, c)],
    ['factors exchanged', row(q, p, c)],
    ['scaled', row(times(p, -2), times(q, 3), times(c, -6))],
    ['scaled and exchanged', row(times(q, -1), times(p, -1), c)],
  ])('%s is the same', (_, same) => {
    expect(compare(row(p, q, c), same)).toBe(0);
  });

  test.each<[what: string, other: RowSystem]>([
    ['one factor scaled', row(times(p, 2), q, c)],
    ['one factor negated', row(p, times(q, -1), c)],
    ['the product scaled', row(p, q, times(c, 2))],
    ['another product', row(p, q, [...c, [0, 1]])],
    ['a term more in a factor', row([...p, [3, 1]], q, c)],
    ['a factor and the product exchanged', row(c, q, p)],
    ['no product', row(p, [], c)],
  ])('%s is another', (_, other) => {
    expect(compare(row(p, q, c), other)).toBe(2);
  });

  test('linear rows up to their scale', () => {
    const linear = row([], [], [...c, [1, 2]]);
    expect(compare(linear, row([], [], times([...c, [1, 2]], 5)))).toBe(0);
    expect(compare(linear, row([], [], [...times(c, 5), [1, 2]]))).toBe(2);
  });
});

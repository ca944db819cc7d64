// Wiring as data: whatever number of outputs a gadget has, each has a wire of its own, and no two signals share one.
import { expect, it } from 'vitest';
import { allocator, place } from '#compiler/circuit/instances.js';
import type { Gadget } from '#compiler/primitives/gadget.js';
import type { Use } from '#compiler/primitives/integer.js';
import type { IntegerStep } from '#compiler/primitives/steps.js';

const gadget = (outputs: number, signals: number, committed?: number): Gadget => ({
  file: 'none',
  template: 'None',
  args: [],
  ports: [],
  signals: Array.from({ length: signals }, (_, i) => `s${i}`),
  outputs,
  ...(committed === undefined ? {} : { committed }),
  rows: 0,
});
const step: IntegerStep = { kind: 'none', outs: [0, 1], forms: [], variant: null, own: {} };

/** All wires of a use, in the tensors at 100 and 200, the rest from 1000 on (bound) and 2000 on (free). */
function wiresOf(use: Use, isOne: boolean): number[][] {
  const bound = allocator(1000);
  const { wire } = place(0, step, use, [100, 200], bound, isOne ? bound : allocator(2000));
  const signals = use.gadget.signals.length;
  return Array.from({ length: use.count }, (_, i) => Array.from({ length: signals }, (__, s) => wire(i, s)));
}

it('two outputs go to two tensors', () => {
  const use: Use = { gadget: gadget(2, 3), count: 2, ports: [], outputs: [{ tensor: 0 }, { tensor: 1 }] };
  expect(wiresOf(use, true)).toEqual([[100, 200, 1000], [101, 201, 1001]]); // prettier-ignore
});

it('two outputs go to places of one tensor', () => {
  const outputs = [{ tensor: 0, at: Int32Array.of(0, 2) }, { tensor: 0, at: Int32Array.of(1, 3) }]; // prettier-ignore
  const use: Use = { gadget: gadget(2, 2), count: 2, ports: [], outputs };
  expect(wiresOf(use, true)).toEqual([[100, 101], [102, 103]]); // prettier-ignore
});

it.each([true, false])('outputs that belong to no tensor have wires of their own (plain: %s)', (isOne) => {
  const outputs = [{ tensor: 0, at: Int32Array.of(-1, 0, -1) }, { tensor: 1, at: Int32Array.of(0, -1, -1) }]; // prettier-ignore
  const use: Use = { gadget: gadget(2, 5, 3), count: 3, ports: [], outputs };
  const wires = wiresOf(use, isOne);
  const all = wires.flat();
  expect(new Set(all).size).toBe(all.length);
  expect([wires[1][0], wires[0][1]]).toEqual([100, 200]);
  // nothing is left out between the first and the last
  const own = all.filter((wire) => wire >= 1000).sort((a, b) => a - b);
  const runs = isOne ? [own] : [own.filter((wire) => wire < 2000), own.filter((wire) => wire >= 2000)];
  for (const run of runs) expect(run.at(-1)! - run[0] + 1).toBe(run.length);
});

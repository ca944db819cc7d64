// What is known of elements together, behind a norm: it makes intervals narrower and tables shorter, holds for every input, and is
// nothing that soundness rests on.
import { describe, expect, it } from 'vitest';
import { arrange } from '#compiler/circuit/arrange.js';
import type { Circuit, CircuitTensor } from '#compiler/circuit/circuit.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { checkCircuit } from '#compiler/circuit/invariants.js';
import { decodeCircuit, encodeCircuit } from '#compiler/circuit/json.js';
import { mapIntervals } from '#compiler/linear/intervals.js';
import { mapBuilder } from '#compiler/linear/builder.js';
import { sizeOf } from '#compiler/tensor.js';
import { mod } from '#verifier/field.js';
import { broken, honest, linked, randomChallenge, solve } from '../lookup/solve.js';
import { allCorners, legal, someCorners } from '../lies/ends.js';
import { attention, generator, norms, storedInputs } from './circuits.js';

const check = (circuit: Circuit) => (): void =>
  checkCircuit(circuit, (path, expected) => {
    throw new Error(`${path}: ${expected}`);
  });

describe('the interval of weights over balls', () => {
  const random = generator(5);
  const [size, groups, radius, centre] = [4, 3, 2.5, 0.75];
  const builder = mapBuilder(6);
  for (let o = 0; o < 6; o++) {
    const at = Array.from({ length: size * groups }, (_, i) => i).filter(() => random() < 0.7);
    builder.bias[o] = random();
    builder.part(0).row(o, at, at.map(() => 2 * random() - 1)); // prettier-ignore
  }
  const map = builder.build();
  const box = { lo: -1, hi: 2 };
  const { lo, hi } = mapIntervals(map, () => ({ ...box, ball: { size, radius, centre } }));

  it('holds every point of the balls, and is never wider than that of the box', () => {
    const whole = mapIntervals(map, () => box);
    lo.forEach((v, o) => expect(v).toBeGreaterThanOrEqual(whole.lo[o]));
    hi.forEach((v, o) => expect(v).toBeLessThanOrEqual(whole.hi[o]));
    const [{ kernels, kernel, patterns, pattern, base }] = map.parts;
    for (let trial = 0; trial < 3000; trial++) {
      const x = Array.from({ length: groups }, () => {
        const direction = Array.from({ length: size }, () => 2 * random() - 1);
        const length = Math.hypot(...direction);
        return direction.map((d) => centre + (radius * d) / length);
      }).flat();
      if (x.some((v) => v < box.lo || v > box.hi)) continue;
      for (let o = 0; o < map.size; o++) {
        const offsets = patterns[pattern[o]];
        const y = kernels[kernel[o]].reduce((sum, w, k) => sum + w * x[base[o] + offsets[k]], map.bias[o]);
        expect(y).toBeGreaterThanOrEqual(lo[o] - 1e-9);
        expect(y).toBeLessThanOrEqual(hi[o] + 1e-9);
      }
    }
  });

  it('is reached: by the point furthest along the weights of a group', () => {
    const one = mapBuilder(1);
    one.part(0).row(0, [4, 5, 6, 7], [1, -2, 0.5, 1]);
    const wide = { lo: -100, hi: 100, ball: { size, radius, centre } };
    const length = Math.hypot(1, -2, 0.5, 1);
    expect(mapIntervals(one.build(), () => wide).hi[0]).toBeCloseTo(centre * 0.5 + radius * length, 12);
  });
});

/** The largest length of a group over the radius of its ball. */
function fullest({ lo, zero, ball }: CircuitTensor, values: Float64Array): number {
  const { size, radius } = ball!;
  let most = 0;
  for (let g = 0; g < values.length; g += size)
    most = Math.max(most, Math.hypot(...Array.from(values.subarray(g, g + size), (u) => u + lo - Number(zero))));
  return most / radius;
}

describe.each([
  ['norms', norms(8)],
  ['attention', attention(8)],
] as const)('%s', (_, circuit) => {
  const inputs = [
    ...Array.from({ length: 200 }, (__, seed) => storedInputs(circuit, seed)),
    ...(circuit.inputs.length === 1 ? allCorners(circuit) : someCorners(circuit, 3)),
  ];

  it('has balls that hold every group, and are nearly filled', () => {
    const most = new Map<number, number>();
    for (const stored of inputs) {
      const values = evaluateCircuit(circuit, stored);
      circuit.tensors.forEach((tensor, id) => {
        if (tensor.ball) most.set(id, Math.max(most.get(id) ?? 0, fullest(tensor, values[id])));
      });
    }
    expect(most.size).toBeGreaterThan(0);
    for (const share of most.values()) {
      expect(share).toBeLessThanOrEqual(1);
      expect(share).toBeGreaterThan(0.5);
    }
  });

  it('has a witness at every corner', () => legal(circuit, inputs.slice(-40)));

  it('is the same behind its file, and needs what its balls say', () => {
    check(circuit)();
    const again = decodeCircuit(encodeCircuit(circuit), 'circuit.json');
    expect(arrange(again).rows).toBe(arrange(circuit).rows);
    const wider = circuit.tensors.map((tensor) => (tensor.ball ? { ...tensor, ball: { ...tensor.ball, radius: tensor.ball.radius * 2 } } : tensor)); // prettier-ignore
    expect(check({ ...circuit, tensors: wider })).toThrow('within');
  });

  it.each<[what: string, change: (tensor: CircuitTensor) => CircuitTensor]>([
    ['a radius below 0', (tensor) => ({ ...tensor, ball: { size: 1, radius: -1 } })],
    ['groups that do not fill it', (tensor) => ({ ...tensor, ball: { size: sizeOf(tensor.shape) + 1, radius: 1 } })],
    ['scales by column', ({ shape, scale, ...tensor }) => {
      const [axis, columns] = [shape.length - 1, shape[shape.length - 1]];
      return { ...tensor, shape, axis, scale: new Array<number>(columns).fill(Number(scale)), ball: { size: 1, radius: 1 } };
    }],
  ])('%s is no ball', (_, change) => {
    const at = circuit.tensors.findIndex(({ ball }) => ball !== undefined);
    const tensors = circuit.tensors.map((tensor, id) => (id === at ? change(tensor) : tensor));
    expect(check({ ...circuit, tensors })).toThrow(`tensors[${at}].ball`);
  }); // prettier-ignore
});

it('a floor that a ball alone keeps inside has rows that bound it: no value beyond them passes', async () => {
  const circuit = norms(8);
  const l = await linked(circuit);
  const X = randomChallenge();
  const values = honest(l, storedInputs(circuit, 3), X);
  const out = circuit.tensors.findIndex(({ ball, value }) => ball && value !== null);
  const { lo, hi } = circuit.tensors[out];
  expect(Number.isInteger(Math.log2(hi - lo + 1))).toBe(true);
  const wire = l.wires.tensors[out];
  for (const by of [1n, BigInt(hi - lo + 1), -BigInt(hi - lo + 1)]) {
    const committed = values.slice(1, 1 + l.system.nCommitted);
    committed[wire - 1] = mod(committed[wire - 1] + by);
    expect(broken(l.system, solve(l, committed, X)).length).toBeGreaterThan(0);
  }
  const step = circuit.steps.find(({ outs }) => outs.includes(out))!;
  expect(step.variant).toBe('floor');
  const odd = circuit.tensors.map((tensor, id) => (id === out ? { ...tensor, hi: tensor.hi - 1 } : tensor));
  expect(check({ ...circuit, tensors: odd })).toThrow('variant');
});

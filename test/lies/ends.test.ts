// The planner read as an adversary: every plan that it makes is legal, and its hint programs, native evaluation and the
// definitions in bigint agree at the very ends of the intervals, where an honest input would be the first to have no witness.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Circuit, CircuitOptions, TensorId } from '#compiler/circuit/circuit.js';
import { evaluateCircuit } from '#compiler/circuit/evaluate.js';
import { checkCircuit } from '#compiler/circuit/invariants.js';
import { arrange, type Arrangement } from '#compiler/circuit/arrange.js';
import { fillSteps } from '#compiler/circuit/witness.js';
import { mapBuilder } from '#compiler/linear/builder.js';
import type { LinearMap } from '#compiler/linear/map.js';
import { addMaps, identityMap } from '#compiler/linear/maps.js';
import { point, type PointFunction } from '#compiler/primitives/functions.js';
import { inputTensor, quantiseInputs } from '#compiler/quantize/inputs.js';
import { sizeOf, type DType } from '#compiler/tensor.js';
import { fromBytesLE } from '#verifier/field.js';
import { InferproofError } from '#verifier/errors.js';
import { circuitOf, curves, naive, outputsOf, products, rescaleOf, sketch } from '../compiler/circuits.js';
import { clamps, withLookups } from '../lookup/solve.js';

/** One row of weights an element. */
function matrix(from: number, rows: readonly (readonly number[])[], bias: readonly number[] = []): LinearMap {
  const builder = mapBuilder(rows.length);
  rows.forEach((row, o) => {
    builder.bias[o] = bias[o] ?? 0;
    builder.part(from).row(o, [...row.keys()], row);
  });
  return builder.build();
}

type Tail = 'max' | 'argmax' | 'none';

interface Net {
  readonly dtype?: DType;
  readonly range: CircuitOptions['ranges'][string];
  readonly weights: readonly (readonly number[])[];
  readonly bias?: readonly number[];
  readonly f?: PointFunction | undefined;
  /** What data showed of f, null: nothing. */
  readonly seen?: readonly [number, number] | null | undefined;
  readonly tail?: Tail;
  readonly starts?: readonly number[];
  readonly bits?: number;
}

/** x -> W x + b -> f -> max or argmax of groups, or nothing. */
function net({ dtype, range, weights, bias, f, seen, tail = 'none', starts, bits = 8 }: Net): Circuit {
  const n = weights.length;
  const one = sketch();
  const x = one.input('x', [1, weights[0].length], dtype);
  let y = one.linear('h', [1, n], matrix(x, weights, bias));
  if (f) y = one.table('t', y, f);
  const groups = starts ?? [0, n];
  if (tail !== 'none') y = one.groups('g', [1, groups.length - 1], y, tail, groups, [...Array(n).keys()]);
  return circuitOf(one, [{ name: 'y', value: y, softmax: null }], {
    ranges: { x: range },
    bits,
    activations: seen ? [{ value: 2, lo: seen[0], hi: seen[1] }] : null,
  });
}

type Stored = ReadonlyMap<TensorId, Float64Array>;

/** Inputs at the corners: all low, all high, and for each row of weights what drives it to either end. */
function corners(circuit: Circuit, weights: readonly (readonly number[])[]): Stored[] {
  const [{ tensor }] = circuit.inputs;
  const width = circuit.tensors[tensor].hi - circuit.tensors[tensor].lo;
  const signs = [
    ...weights,
    ...weights.map((row) => row.map((w) => -w)),
    weights[0].map(() => 1),
    weights[0].map(() => -1),
  ];
  return signs.map((row) => new Map([[tensor, Float64Array.from(row, (w) => (w > 0 ? width : 0))]]));
}

/** Every corner: each element of each input low or high. */
function allCorners({ inputs, tensors }: Circuit): Stored[] {
  const elements = inputs.flatMap(({ tensor }) => Array<TensorId>(sizeOf(tensors[tensor].shape)).fill(tensor));
  return Array.from({ length: 2 ** elements.length }, (_, corner) => {
    const at = elements.map((tensor, i) => ((corner >> i) & 1) * (tensors[tensor].hi - tensors[tensor].lo));
    const of = (tensor: TensorId): number[] => at.filter((__, i) => elements[i] === tensor);
    return new Map(inputs.map(({ tensor }) => [tensor, Float64Array.from(of(tensor))]));
  });
}

/**
 * The rules of a circuit, and one meaning: native, witness and definition. Bits that do not fit would come out as others, and a key
 * outside its table is thrown.
 */
function legal(circuit: Circuit, samples: readonly Stored[]): void {
  checkCircuit(circuit, (path, expected, got) => {
    throw new Error(`${path}: expected ${expected}, got ${got}`);
  });
  const wires = arrange(circuit);
  for (const stored of samples) {
    const meant = naive(circuit, stored);
    evaluateCircuit(circuit, stored).forEach((values, id) => {
      expect(Array.from(values, BigInt), circuit.tensors[id].node).toEqual(meant[id]);
      const { lo, hi } = circuit.tensors[id];
      expect(values.every((u) => u >= 0 && u <= hi - lo)).toBe(true);
    });
    const { bytes } = fillSteps(wires, (id) => stored.get(id) ?? []).witness;
    const wire = (w: number): bigint => fromBytesLE(bytes.subarray(32 * w, 32 * w + 32));
    circuit.steps.forEach(({ kind, outs: [out] }) => {
      if (kind === 'output') return;
      expect(meant[out].map((_, i) => wire(wires.tensors[out] + i))).toEqual(meant[out]);
    });
    if (circuit.rangeBits === null) bitsFit(wires, wire);
  }
}

function bitsFit({ instances }: Arrangement, wire: (w: number) => bigint): void {
  for (const { gadget, count, port, wire: at } of instances) {
    const bits = gadget.signals.flatMap((name, signal) => (/(bit|gap)(\[\d+\])+$/.test(name) ? [signal] : []));
    for (let i = 0; i < count; i++) {
      for (const signal of bits) expect(wire(at(i, signal)), gadget.signals[signal]).toBeLessThan(2n);
      const ports = gadget.ports.map((_, k) => {
        let sum = 0n;
        port(i, k)((w, c) => (sum += BigInt(c) * (w === 0 ? 1n : wire(w))));
        return sum;
      });
      const sum = gadget.signals.reduce((v, name, signal) => {
        const match = /^bit\[(\d+)\]$/.exec(name);
        return match ? v + (wire(at(i, signal)) << BigInt(match[1])) : v;
      }, 0n);
      const written = meaningOfBits(gadget.template, gadget.args, ports);
      if (written !== null) expect(sum, gadget.template).toBe(written);
    }
  }
}

const legalAtCorners = (circuit: Circuit, weights: readonly (readonly number[])[]): void =>
  legal(circuit, corners(circuit, weights));

/** The integer whose bits a gadget writes. */
function meaningOfBits(template: string, args: readonly number[], [a, b]: readonly bigint[]): bigint | null {
  const [B, s, , at] = args;
  const offset = (): bigint => (s === 0 ? 0n : 1n << BigInt(s - 1)) + (1n << BigInt(B - 1));
  switch (template) {
    case 'Range':
    case 'RangeUpTo':
      return a;
    case 'Rescale':
      return a + offset();
    case 'LeakyRescale':
      return a + offset() - (BigInt(at) << BigInt(s));
    case 'Max':
      return a > b ? a - b : b - a;
    default:
      return null;
  }
}

const anyNumber = (from: number, to: number): fc.Arbitrary<number> =>
  fc
    .tuple(fc.double({ min: from, max: to, noNaN: true }), fc.boolean())
    .map(([e, minus]) => (minus ? -1 : 1) * 10 ** e);

const anyFunction: fc.Arbitrary<PointFunction | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constant(point('relu')),
  fc.constant(point('identity')),
  fc.constantFrom(0, 1e-5, 0.01, 0.3, 1, 1.7, 300).map((alpha) => point('leakyRelu', alpha)),
  fc.tuple(anyNumber(-2, 2), anyNumber(-2, 2)).map(([lo, hi]) => point('clip', lo, hi)),
);

const anyNet: fc.Arbitrary<Net> = fc
  .record({ n: fc.integer({ min: 1, max: 4 }), k: fc.integer({ min: 1, max: 4 }), scale: anyNumber(-9, 9) })
  .chain(({ n, k, scale }) =>
    fc.record({
      range: fc
        .tuple(anyNumber(-4, 4), anyNumber(-4, 4))
        .map(([a, b]) => [[Math.min(a, b), Math.max(a, b) + 1e-5] as const]),
      weights: fc.array(
        fc.array(
          fc.oneof(anyNumber(-3, 3), fc.constant(0)).map((w) => w * scale),
          { minLength: k, maxLength: k },
        ),
        { minLength: n, maxLength: n },
      ),
      bias: fc.array(anyNumber(-3, 3), { minLength: n, maxLength: n }),
      f: anyFunction,
      seen: fc.option(
        fc.tuple(anyNumber(-3, 1), anyNumber(-3, 1)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      ),
      tail: fc.constantFrom<Tail>('none', 'max', 'argmax'),
      starts: fc.constant([...Array(n + 1).keys()]).chain((all) => fc.constantFrom([0, n], all)),
      bits: fc.integer({ min: 2, max: 12 }),
    }),
  );

describe('any small model', () => {
  it('is refused as unbounded, or legal and exact at the ends of its inputs', () => {
    let [made, refused] = [0, 0];
    fc.assert(
      fc.property(anyNet, (one) => {
        try {
          legalAtCorners(net(one), one.weights);
          made++;
        } catch (error) {
          if (!(error instanceof InferproofError && error.code === 'unbounded')) throw error;
          refused++;
        }
      }),
      { numRuns: 600 },
    );
    expect(made).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(0);
  });
});

/** What a factor is of x, y and the products so far. */
const FACTORS = ['x', 'y', 'affine', 'dense', 'last'] as const;
type Factor = (typeof FACTORS)[number];

interface Products {
  readonly ranges: CircuitOptions['ranges'];
  /** Of the affine factor, element by element, and all of those of the dense one; of x. */
  readonly weights: readonly number[];
  readonly bias: readonly number[];
  readonly factors: readonly (readonly [Factor, Factor])[];
  readonly bits: number;
}

/** Products of x, y and forms of x; a relu of what they add up to. */
function productNet({ ranges, weights, bias, factors, bits }: Products, rangeBits: number | null): Circuit {
  const n = bias.length;
  const one = sketch();
  const x = one.input('x', [1, n]);
  const rows = bias.map((_, o) => weights.slice(o * n, (o + 1) * n));
  const diagonal = rows.map((row, o) => row.map((w, i) => (i === o ? w : 0)));
  const affine = one.linear('affine', [1, n], matrix(x, diagonal, bias));
  const known = { x, affine, dense: one.linear('dense', [1, n], matrix(x, rows, bias)), y: one.input('y', [1, n]), last: x };
  const made = factors.map(([a, b], i) => (known.last = one.product(`p${i}`, known[a], known[b])));
  const sum = addMaps([x, ...made].map((id) => identityMap(id, n)));
  const r = one.table('r', one.linear('sum', [1, n], sum), point('relu'));
  return circuitOf(one, outputsOf(one, ...made, r), { ranges, bits, ...(rangeBits !== null && { rangeBits }) });
} // prettier-ignore

const anyRange = fc
  .tuple(anyNumber(-2, 2), anyNumber(-2, 2))
  .map(([a, b]) => [[Math.min(a, b), Math.max(a, b) + 1e-3] as const]);

const anyProducts: fc.Arbitrary<Products> = fc.integer({ min: 1, max: 3 }).chain((n) => {
  const numbers = (length: number): fc.Arbitrary<number[]> =>
    fc.array(fc.oneof(anyNumber(-2, 2), fc.constant(0)), { minLength: length, maxLength: length });
  const factor = fc.constantFrom(...FACTORS);
  return fc.record({
    ranges: fc.record({ x: anyRange, y: anyRange }),
    weights: numbers(n * n),
    bias: numbers(n),
    factors: fc.array(fc.tuple(factor, factor), { minLength: 1, maxLength: 3 }),
    bits: fc.integer({ min: 2, max: 12 }),
  });
});

describe.each([
  ['plain', null],
  ['lookup', 8],
] as const)('products in the %s argument', (_, rangeBits) => {
  it('of any factors are refused as unbounded, or legal and exact at every corner', () => {
    let [made, refused] = [0, 0];
    fc.assert(
      fc.property(anyProducts, (one) => {
        try {
          const circuit = productNet(one, rangeBits);
          legal(circuit, allCorners(circuit));
          made++;
        } catch (error) {
          if (!(error instanceof InferproofError && error.code === 'unbounded')) throw error;
          refused++;
        }
      }),
      { numRuns: 200 },
    );
    expect(made).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(0);
  });
});

describe('the circuits of the tests', () => {
  it.each([
    ['products', products()],
    ['products, look-ups', withLookups(products(), { rangeBits: 4, wide: [] })],
    ['products, wide', withLookups(products(), { rangeBits: 6, wide: clamps(products()) })],
    ['sigmoid and tanh', curves(8)],
    ['sigmoid and tanh, limbs', curves(3)],
  ])('%s: legal and exact at every corner', (_, circuit) => {
    legal(circuit, allCorners(circuit));
  });
});

describe('a slope', () => {
  const weights = [[1, -2]];
  const of = (alpha: number, extra: Partial<Net> = {}): Circuit =>
    net({ range: [[-1, 1]], weights, f: point('leakyRelu', alpha), ...extra });
  const functionOf = (circuit: Circuit): unknown => circuit.steps.flatMap((step) => rescaleOf(step)?.f ?? [])[0];

  it.each([0.01, 0.5, 1.5, 100])('%d is a bend', (alpha) => {
    const circuit = of(alpha);
    expect(functionOf(circuit)).toMatchObject({ kind: 'leaky' });
    legalAtCorners(circuit, weights);
  });
  it.each([0, 1])('%d needs none', (alpha) => {
    const circuit = of(alpha);
    expect(functionOf(circuit)).toEqual({ kind: 'clamp' });
    legalAtCorners(circuit, weights);
  });
  it('whose values were all positive bends at 0, not at -0', () => {
    const f = functionOf(of(0.1, { seen: [0.5, 2] }));
    expect(f).toMatchObject({ kind: 'leaky', at: 0 }); // toMatchObject tells 0 from -0
  });
  it('on floors too large for float64 is refused', () => {
    // accumulators below 2^50 would pass, the floors times 2^12 would not
    expect(() => of(0.1, { seen: [-1e-9, 1e-9] })).not.toThrow();
    expect(() => of(0.1, { seen: [-1e-12, 1e-12] })).toThrow(expect.objectContaining({ code: 'unbounded' }));
    for (const alpha of [1000, 1e9]) expect(() => of(alpha)).toThrow(expect.objectContaining({ code: 'unbounded' }));
  });
});

describe('clip', () => {
  it('with min above max is the constant max', () => {
    const circuit = net({ range: [[-1, 1]], weights: [[1]], f: point('clip', 3, 2) });
    legalAtCorners(circuit, [[1]]);
    for (const u of [0, 100, 255]) {
      const [, , y] = evaluateCircuit(circuit, new Map([[0, Float64Array.of(u)]]));
      const { scale, lo, zero } = circuit.tensors[2];
      expect(Number(scale) * (y[0] + lo - Number(zero))).toBeCloseTo(2, 2);
    }
  });
});

describe('groups', () => {
  const weights = [[1], [-1], [0.5]];
  it.each([['max'], ['argmax']] as const)('%s of groups of one', (tail) => {
    const circuit = net({ range: [[-1, 1]], weights, tail, starts: [0, 1, 2, 3] });
    legalAtCorners(circuit, weights);
    const [y] = evaluateCircuit(circuit, new Map([[0, Float64Array.of(200)]])).slice(-1);
    if (tail === 'argmax') expect([...y]).toEqual([0, 0, 0]);
    else expect(new Set(y).size).toBe(3);
  });
  it.each([['max'], ['argmax']] as const)('%s of a group of one among longer ones, and of equals', (tail) => {
    const circuit = net({ range: [[-1, 1]], weights: [[1], [1], [1]], tail, starts: [0, 1, 3] });
    legalAtCorners(circuit, [[1], [1], [1]]);
    if (tail === 'argmax') {
      const [y] = evaluateCircuit(circuit, new Map([[0, Float64Array.of(7)]])).slice(-1);
      expect([...y]).toEqual([0, 0]);
    }
  });
  it('whose keys of value and position float64 cannot hold are refused', () => {
    const wide = (hi: number): Circuit =>
      net({ dtype: 'int64', range: [[0, hi]], weights: [...Array(16).keys()].map(() => [1]), tail: 'argmax' });
    expect(() => wide(2 ** 49 - 1)).not.toThrow();
    legalAtCorners(wide(2 ** 49 - 1), [[1]]);
    expect(() => wide(2 ** 49)).toThrow(expect.objectContaining({ code: 'unbounded' }));
  });
});

describe('outputs', () => {
  it.each([255, 256, 65535, 65536, 2 ** 31 - 1, 2 ** 32 - 1, 2 ** 32])('of %d have a chunk that holds them', (hi) => {
    const circuit = net({ dtype: 'int64', range: [[0, hi]], weights: [[1]] });
    legalAtCorners(circuit, [[1]]);
    for (const { bits } of circuit.publics) {
      expect(bits % 8).toBe(0);
      expect(2 ** bits).toBeGreaterThan(hi);
      expect(2 ** (bits - 8)).toBeLessThanOrEqual(hi);
    }
  });
});

describe('wide integer inputs', () => {
  it.each([2 ** 16, 2 ** 24, 2 ** 31, 2 ** 36])('of %d do not round the weights away', (hi) => {
    const weights = [[1, -0.5]];
    for (const f of [undefined, point('identity')]) {
      const circuit = net({ dtype: 'int64', range: [[0, hi]], weights, f });
      legalAtCorners(circuit, weights);
      for (const x of [
        [hi, 0],
        [0, hi],
        [hi, hi],
        [hi / 2, hi / 4],
      ] as const) {
        const [y] = evaluateCircuit(circuit, new Map([[0, Float64Array.from(x)]])).slice(-1);
        const { scale, lo, zero } = circuit.tensors.at(-1) ?? circuit.tensors[0];
        const real = Number(scale) * (y[0] + lo - Number(zero));
        expect(Math.abs(real - (x[0] - 0.5 * x[1])) / hi).toBeLessThan(1 / 128);
      }
    }
  });
});

describe('the range of an integer input', () => {
  const tensor = (lo: number, hi: number): unknown =>
    inputTensor({ name: 'x', shape: [1, 1], dtype: 'int32', node: 'x', operator: 'input' }, [{ lo, hi }], 8);
  it('is the integers inside it', () => {
    expect(tensor(-0.5, 3.9)).toMatchObject({ lo: 0, hi: 3 }); // 0, not -0
    expect(tensor(5, 5)).toMatchObject({ lo: 5, hi: 5 });
  });
  it.each([
    [0.2, 0.8],
    [0, 2 ** 50],
    [2 ** 60, 2 ** 60 + 2 ** 20],
    [NaN, 1],
  ])('[%d, %d] is refused', (lo, hi) => {
    expect(() => tensor(lo, hi)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('the last half step', () => {
  const circuit = net({ range: [[-1, 1]], weights: [[1]] });
  const step = 2 / 255;
  const stored = (x: number, clamp = false): number =>
    quantiseInputs(circuit, { count: 1, inputs: { x: Float64Array.of(x) } }, 0, clamp).stored.get(0)?.[0] ?? NaN;
  it('is inside, and gives the end', () => {
    expect(stored(-1 - 0.499 * step)).toBe(0);
    expect(stored(1 + 0.499 * step)).toBe(255);
    expect(Object.is(stored(-1), 0)).toBe(true);
  });
  it('is the last', () => {
    for (const x of [-1 - 0.51 * step, 1 + 0.51 * step, 1e300, -1e300]) {
      expect(() => stored(x)).toThrow(expect.objectContaining({ code: 'range' }));
      expect(stored(x, true)).toBe(x < 0 ? 0 : 255);
    }
  });
});

describe('a rescale', () => {
  it('has B bits for the whole interval, and not one more', () => {
    const circuit = net({ range: [[-1, 1]], weights: [[1, 3, -2]], f: point('relu') });
    const index = circuit.steps.findIndex((step) => rescaleOf(step));
    const [form] = circuit.steps[index].forms;
    const [{ gadget }] = arrange(circuit).uses[index];
    const half = 2 ** (rescaleOf(circuit.steps[index])!.shift - 1);
    const [B] = gadget.args;
    const reach = Math.max(form.accHi + half, -(form.accLo + half) - 1);
    expect(reach).toBeLessThan(2 ** (B - 1));
    expect(reach).toBeGreaterThanOrEqual(2 ** (B - 2));
  });
});

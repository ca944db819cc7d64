import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNpy } from '#files/npy.js';
import { InferproofError } from '#verifier/errors.js';
import { ascii, concat, floats, npy } from './arrays.js';

const numbers = (bytes: Uint8Array) => [...parseNpy(bytes, 'x.npy').data];
const refusal = (bytes: Uint8Array): InferproofError => {
  try {
    parseNpy(bytes, 'x.npy');
  } catch (error) {
    if (error instanceof InferproofError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
};

/** One element type: how a DataView writes it, and values that it holds exactly. */
type Write = (view: DataView, offset: number, value: number, little: boolean) => void;
const TYPES: readonly [string, number, Write, readonly number[]][] = [
  ['f8', 8, (v, o, x, le) => v.setFloat64(o, x, le), [0, -1.5, 1e300, 5e-324]],
  ['f4', 4, (v, o, x, le) => v.setFloat32(o, x, le), [0.5, -2, 2 ** 100, 2 ** -140]],
  ['i1', 1, (v, o, x) => v.setInt8(o, x), [-128, 127, 0, -1]],
  ['u1', 1, (v, o, x) => v.setUint8(o, x), [0, 255, 128, 1]],
  ['i2', 2, (v, o, x, le) => v.setInt16(o, x, le), [-32768, 32767, 1, 258]],
  ['u2', 2, (v, o, x, le) => v.setUint16(o, x, le), [65535, 0, 256, 513]],
  ['i4', 4, (v, o, x, le) => v.setInt32(o, x, le), [-(2 ** 31), 2 ** 31 - 1, 66051, 0]],
  ['u4', 4, (v, o, x, le) => v.setUint32(o, x, le), [2 ** 32 - 1, 0, 66051, 7]],
  ['i8', 8, (v, o, x, le) => v.setBigInt64(o, BigInt(x), le), [-(2 ** 53 - 1), 2 ** 53 - 1, 2 ** 40, -1]],
  ['u8', 8, (v, o, x, le) => v.setBigUint64(o, BigInt(x), le), [2 ** 53 - 1, 0, 2 ** 40 + 1, 9]],
];

describe('parseNpy', () => {
  for (const [type, width, write, values] of TYPES) {
    it(`reads ${type} in both byte orders and all versions`, () => {
      for (const little of [true, false]) {
        for (const version of [1, 2, 3] as const) {
          const body = new Uint8Array(width * values.length);
          values.forEach((x, i) => write(new DataView(body.buffer), i * width, x, little));
          const descr = `${width === 1 ? '|' : little ? '<' : '>'}${type}`;
          expect(numbers(npy({ descr, shape: `(${values.length},)`, body, version }))).toEqual(values);
        }
      }
    });
  }

  it('reads binary16: zeros, subnormals, ones, the greatest, infinities and NaN', () => {
    const bits = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x3555, 0x7c00, 0xfc00, 0x7e00];
    const expected = [
      ...[0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -2, 65504, 0x555 * 2 ** -12],
      ...[Infinity, -Infinity, NaN],
    ];
    const body = new Uint8Array(Uint16Array.from(bits).buffer);
    expect(numbers(npy({ descr: '<f2', shape: `(${bits.length},)`, body }))).toEqual(expected);
  });

  it('reads booleans as 0 and 1', () => {
    expect(numbers(npy({ descr: '|b1', shape: '(3,)', body: Uint8Array.of(0, 1, 2) }))).toEqual([0, 1, 1]);
  });

  it('reads Fortran order into row-major', () => {
    // a[i][j][k] = 100 i + 10 j + k, first index fastest in the file.
    const body: number[] = [];
    for (let k = 0; k < 2; k++) for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) body.push(100 * i + 10 * j + k);
    const { data, shape } = parseNpy(
      npy({ descr: '|u1', fortran: true, shape: '(2, 3, 2)', body: Uint8Array.from(body) }),
      'x',
    );
    expect(shape).toEqual([2, 3, 2]);
    expect([...data]).toEqual([0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121]);
  });

  it('reads scalars, empty arrays, other orders of the keys, double quotes and Python 2 longs', () => {
    expect(parseNpy(npy({ descr: '|u1', shape: '()', body: Uint8Array.of(7) }), 'x')).toEqual({
      shape: [],
      data: Float64Array.of(7),
    });
    expect(numbers(npy({ descr: '|u1', shape: '(0, 3)', body: new Uint8Array() }))).toEqual([]);
    const header = `{"shape": (1L, 2L), 'fortran_order': False, "descr": "|u1"}`;
    expect(numbers(npy({ header, shape: '', body: Uint8Array.of(4, 5) }))).toEqual([4, 5]);
  });

  it('round-trips float64 arrays of any shape', () => {
    const arrays = fc
      .array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
      .chain((shape) =>
        fc.tuple(fc.constant(shape), fc.array(fc.double(), { minLength: size(shape), maxLength: size(shape) })),
      );
    fc.assert(
      fc.property(arrays, fc.boolean(), ([shape, values], little) => {
        const body = new Uint8Array(8 * values.length);
        values.forEach((x, i) => new DataView(body.buffer).setFloat64(8 * i, x, little));
        const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
        const array = parseNpy(npy({ descr: little ? '<f8' : '>f8', shape: tuple, body }), 'x');
        expect(array.shape).toEqual(shape);
        expect([...array.data]).toEqual(values);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses every truncation and every extension of a good file', () => {
    const good = floats([1, 2, 3]);
    for (let length = 0; length < good.length; length++) {
      expect(refusal(good.subarray(0, length))).toMatchObject({ code: 'format', where: 'x.npy' });
    }
    expect(refusal(concat(good, Uint8Array.of(0))).message).toContain('expected 12 bytes');
  });

  it.each([
    ['structured elements', { header: "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }" }],
    ['a missing key', { header: "{'descr': '<f4', 'shape': (1,), }" }],
    ['a key twice', { header: "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }" }],
    ['an unknown key', { header: "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': True}" }],
    ['a negative dimension', { shape: '(-1,)' }],
    ['a dimension that is no number', { shape: '(1 1,)' }],
    ['no dictionary', { header: 'hello' }],
  ])('refuses a header with %s', (_, parts) => {
    const error = refusal(npy({ shape: '(1,)', body: new Uint8Array(4), ...parts }));
    expect(error).toMatchObject({ code: 'format', hint: expect.stringContaining('np.save') as string });
  });

  it('refuses a shape that would need more memory than is given, before taking it', () => {
    for (const shape of [
      '(4294967296, 4294967296)',
      '(99999999999999999999,)',
      '(9007199254740991, 0, 2)',
      '(1000000000,)',
    ]) {
      expect(['format']).toContain(refusal(npy({ shape, body: new Uint8Array(4) })).code);
    }
  });

  it.each(['O', '<c8', '<U5', '|S3', '|V4', '<f16', '<M8', 'f3'])('refuses elements of type %s', (descr) => {
    expect(refusal(npy({ descr, shape: '(1,)', body: new Uint8Array(8) })).message).toContain(descr);
  });

  it('refuses 64-bit integers that a float64 does not hold', () => {
    const body = new Uint8Array(BigInt64Array.of(1n, -(2n ** 53n) - 2n).buffer);
    expect(refusal(npy({ descr: '<i8', shape: '(2,)', body })).message).toContain('at index 1');
  });

  it('throws nothing but the error class on changed bytes', () => {
    const good = floats([1, 2, 3, 4], '(2, 2)');
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Uint8Array.from(good);
        changed[at] = byte;
        try {
          parseNpy(changed, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(InferproofError);
        }
      }),
      { numRuns: 1000 },
    );
    expect(refusal(ascii('{"input_data": []}')).code).toBe('format');
  });
});

const size = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1);

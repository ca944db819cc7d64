import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSamples } from '#files/data-set.js';
import { readLabels } from '#files/labels.js';
import { parseArrays } from '#files/arrays.js';
import { bindSamples } from '#files/samples.js';
import type { InputInfo } from '#compiler/index.js';
import { ascii, floats, npy, zip } from './arrays.js';
import { input, refused } from './inputs.js';

const x = input('x', [1, 4]);
const two = [input('left', [1, 2]), input('right', [3])];
const samples = (bytes: Uint8Array, inputs: readonly InputInfo[]) =>
  bindSamples(parseArrays(bytes, 'data', inputs), inputs, 'data');
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('DATA', () => {
  it('is one sample or N, whatever the shape of the array', () => {
    expect(samples(floats([1, 2, 3, 4]), [x])).toEqual({ count: 1, inputs: { x: Float64Array.of(1, 2, 3, 4) } });
    expect(samples(floats([1, 2, 3, 4, 5, 6, 7, 8], '(2, 1, 2, 2)'), [x]).count).toBe(2);
    expect(samples(json({ input_data: [[1, 2, 3, 4, 5, 6, 7, 8]] }), [x]).count).toBe(2);
    expect(samples(floats([1, 2, 3]), [input('scalar', [])]).count).toBe(3);
  });

  it('of a circuit of several samples is groups of them', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'inferproof-groups-')), 'data.npy');
    const three = { ...input('x', [3, 1, 4]), batch: 3 };
    writeFileSync(path, floats(Array.from({ length: 24 }, (_, i) => i), '(6, 4)')); // prettier-ignore
    const { count, inputs } = await readSamples(path, [three]);
    expect([count, [...inputs['x']]]).toEqual([2, Array.from({ length: 24 }, (_, i) => i)]);
    writeFileSync(path, floats(Array.from({ length: 20 }, (_, i) => i), '(5, 4)')); // prettier-ignore
    await expect(readSamples(path, [three])).rejects.toMatchObject({
      code: 'data',
      message: 'expected samples in groups of 3, got 5',
      hint: expect.stringContaining('add 1, repeated ones if need be, or leave out 2') as string,
    });
  });

  it('keeps integers as they are: converted, never scaled', () => {
    const bytes = npy({ descr: '|u1', shape: '(4,)', body: Uint8Array.of(0, 1, 128, 255) });
    expect([...samples(bytes, [x]).inputs['x']]).toEqual([0, 1, 128, 255]);
  });

  it('takes the inputs of a model in graph order, or by name', () => {
    const expected = { count: 1, inputs: { left: Float64Array.of(1, 2), right: Float64Array.of(3, 4, 5) } };
    expect(
      samples(
        json({
          input_data: [
            [1, 2],
            [3, 4, 5],
          ],
        }),
        two,
      ),
    ).toEqual(expected);
    expect(
      samples(
        json({
          input_data: [
            [[1], [2]],
            [3, 4, 5],
          ],
          output_data: [[9]],
        }),
        two,
      ),
    ).toEqual(expected);
    expect(samples(json({ right: [3, 4, 5], left: [[1, 2]] }), two)).toEqual(expected);
    const [left, right] = [floats([1, 2]), floats([3, 4, 5])];
    expect(
      samples(
        zip([
          { name: 'right.npy', content: right },
          { name: 'left.npy', content: left },
        ]),
        two,
      ),
    ).toEqual(expected);
    expect(
      samples(
        zip([
          { name: 'arr_0.npy', content: left },
          { name: 'arr_1.npy', content: right },
        ]),
        two,
      ),
    ).toEqual(expected);
  });

  it('takes an input that is called input_data', () => {
    const inputs = [input('input_data', [2]), input('mask', [1])];
    expect(samples(json({ input_data: [1, 2], mask: [0] }), inputs).count).toBe(1);
    expect(samples(json({ input_data: [[1, 2]] }), inputs.slice(0, 1)).count).toBe(1);
  });

  it('refuses another count with both shapes', () => {
    expect(() => samples(floats([1, 2, 3, 4, 5, 6], '(2, 3)'), [x])).toThrow(refused('data', '[1, 4]', '[2, 3]'));
    expect(() => samples(npy({ shape: '(0, 4)', body: new Uint8Array() }), [x])).toThrow(refused('data', '[0, 4]'));
    expect(() => samples(json({ left: [1, 2, 3, 4], right: [1, 2, 3] }), two)).toThrow(
      refused('data', '2 samples', 'got 1'),
    );
  });

  it('refuses a shape that says another order of the values than the model has', () => {
    const image = input('image', [1, 3, 4, 4]);
    const shaped = (shape: string) => floats(new Array<number>(96).fill(0), shape);
    for (const shape of ['(2, 3, 4, 4)', '(2, 1, 3, 4, 4)', '(2, 48)', '(96,)', '(2, 3, 16)', '(2, 12, 4)'])
      expect(samples(shaped(shape), [image]).count, shape).toBe(2);
    expect(samples(floats(new Array<number>(48).fill(0), '(48, 1)'), [image]).count).toBe(1);
    expect(samples(floats(new Array<number>(16).fill(0), '(8, 2)'), [input('batch', [4, 2])]).count).toBe(2);
    expect(samples(floats([1, 2, 3, 4, 5, 6], '(2, 3)'), [input('scalar', [])]).count).toBe(6);
    expect(() => samples(shaped('(2, 4, 4, 3)'), [image])).toThrow(
      refused('data', 'N x [1, 3, 4, 4]', '[2, 4, 4, 3]', 'another order'),
    );
    expect(() => samples(floats(new Array<number>(48).fill(0), '(4, 4, 3)'), [image])).toThrow(
      refused('data', 'order'),
    );
    expect(() => samples(shaped('(48, 2)'), [image])).toThrow(refused('data', '[48, 2]', 'one sample'));
  });

  it('tells a column of labels in the data', () => {
    expect(() => samples(floats([1, 2, 3, 4, 5, 6, 7, 8, 9, 0], '(2, 5)'), [x])).toThrow(
      expect.objectContaining({ code: 'data', hint: 'one column too many: labels go into --labels' }) as Error,
    );
  });

  it('refuses wrong names with the near one', () => {
    expect(() => samples(json({ lfet: [1, 2], right: [1, 2, 3] }), two)).toThrow(
      expect.objectContaining({ code: 'data', hint: "did you mean 'left'?" }) as Error,
    );
    expect(() => samples(json({ left: [1, 2] }), two)).toThrow(refused('data', "'right'", 'got none'));
    expect(() => samples(floats([1, 2, 3, 4, 5]), two)).toThrow(refused('data', '2 arrays'));
    expect(() => samples(json({ input_data: [[1]], extra: [1] }), [x])).toThrow(refused('format', 'extra'));
  });

  it('refuses what is not a finite number, with its place', () => {
    expect(() => samples(floats([1, 2, NaN, 4, 1, 2, 3, 4]), [x])).toThrow(
      refused('data', 'NaN', 'index 2', 'sample 0'),
    );
    expect(() => samples(floats([1, 2, 3, 4, 1, Infinity, 3, 4]), [x])).toThrow(refused('data', 'index 1', 'sample 1'));
    expect(() => samples(ascii('{"x": [1, 2, 3, 1e999]}'), [x])).toThrow(refused('data', 'Infinity', 'index 3'));
    expect(() => samples(json({ x: [1, '2', 3, 4] }), [x])).toThrow(refused('data', 'index 1', 'a string'));
    expect(() => samples(json({ x: [1, null, 3, 4] }), [x])).toThrow(refused('data', 'index 1', 'null'));
  });

  it('refuses values that an integer or boolean input cannot hold', () => {
    expect(() => samples(json({ x: [0, 1.5] }), [input('x', [2], 'int64')])).toThrow(refused('data', 'int64', '1.5'));
    expect(() => samples(json({ x: [0, 256] }), [input('x', [2], 'uint8')])).toThrow(
      refused('data', '0 to 255', '256'),
    );
    expect(() => samples(json({ x: [0, 2] }), [input('x', [2], 'bool')])).toThrow(refused('data', 'bool'));
    expect(samples(json({ x: [true, false] }), [input('x', [2], 'bool')]).inputs['x']).toEqual(Float64Array.of(1, 0));
  });

  it('refuses ragged, empty and absurd lists', () => {
    expect(() => samples(json({ x: [[1, 2], [3]] }), [x])).toThrow(refused('data', 'a list of 2'));
    expect(() => samples(json({ x: [[1, 2], 3] }), [x])).toThrow(refused('data', 'a list of 2', 'a number'));
    expect(() => samples(json({ x: [1, [2]] }), [x])).toThrow(refused('data', 'a number at index 1', 'a list'));
    expect(() => samples(json({ x: 4 }), [x])).toThrow(refused('data', 'a list of numbers'));
    expect(() => samples(json({ x: [] }), [x])).toThrow(refused('data', '[0]'));
    expect(() => samples(json({ input_data: [1, 2, 3, 4] }), [x])).toThrow(refused('data', 'list of lists'));
    expect(() => samples(ascii(`{"x": ${'['.repeat(5000)}${']'.repeat(5000)}}`), [x])).toThrow(
      refused('data', 'smaller'),
    );
  });

  it('refuses files of another kind', () => {
    expect(() => samples(new Uint8Array(), [x])).toThrow(refused('format', 'an empty file'));
    expect(() => samples(ascii('\x08\x07onnx'), [x])).toThrow(refused('format', 'another kind'));
    expect(() => samples(ascii('{"x": [1, 2'), [x])).toThrow(refused('format', 'JSON'));
    expect(() => samples(ascii('[1, 2, 3, 4]'), [x])).toThrow(refused('format', 'object'));
    expect(() => samples(Uint8Array.of(0x7b, 0xff, 0xfe), [x])).toThrow(refused('format', 'UTF-8'));
  });

  it('reads nested JSON of any regular shape as the flat list', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 6, maxLength: 6 }),
        (v) => {
          const inputs = [input('x', [6])];
          const flat = samples(json({ input_data: [v] }), inputs);
          const nested = [[v.slice(0, 3), v.slice(3)]];
          expect(samples(json({ input_data: [nested] }), inputs)).toEqual(flat);
          expect([...flat.inputs['x']]).toEqual(JSON.parse(JSON.stringify(v)));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inferproof-data-'));
  const file = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };

  it('reads samples and labels', async () => {
    expect((await readSamples(file('a.npy', floats([1, 2, 3, 4])), [x])).count).toBe(1);
    expect(await readLabels(file('l.npy', floats([3, 0])), 2)).toEqual([3, 0]);
  });

  it('refuses a missing file, a folder, and labels that do not fit', async () => {
    await expect(readSamples(join(folder, 'none.npy'), [x])).rejects.toThrow(refused('file', 'no such file'));
    await expect(readSamples(folder, [x])).rejects.toThrow(refused('format', 'PNG or JPEG', 'NumPy'));
    await expect(readLabels(file('l.npy', floats([3, 0])), 3)).rejects.toThrow(refused('data', '3 labels', '[2]'));
    await expect(readLabels(file('l.npy', floats([3, 0.5])), 2)).rejects.toThrow(refused('data', 'index 1'));
  });
});

// CSV as samples: columns by order and by name, labels, and errors that name row and column.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classesOf, naturalOrder } from '#files/classes.js';
import { readDataSet, readSamples } from '#files/data-set.js';
import { readLabels, readLabelSet } from '#files/labels.js';
import { readStdin } from '#files/read.js';
import { decodeReading, encodeReading, type Reading } from '#files/reading.js';
import { parseTable } from '#files/table.js';
import { input, refused } from './inputs.js';

const x = input('x', [1, 3]);
const two = [input('age', [1, 1]), input('size', [1, 2])];
const bytes = (text: string) => new TextEncoder().encode(text);
const table = (text: string, inputs = [x], reading: Reading = {}) => parseTable(bytes(text), inputs, reading, 't.csv');
const values = (text: string, inputs = [x], reading: Reading = {}) =>
  Object.fromEntries([...table(text, inputs, reading).arrays].map(([name, { data }]) => [name, [...data]]));
const refusedAt = (code: string, where: string, ...words: readonly string[]) =>
  expect.objectContaining({ ...(refused(code, ...words) as unknown as { sample: object }).sample, where }) as Error;

describe('a table', () => {
  it.each([
    ['no header', '1,2,3\n4,5,6\n'],
    ['a header', 'a,b,c\n1,2,3\n4,5,6\n'],
    ['no newline at the end, carriage returns, a byte order mark', '\uFEFFa,b,c\r\n1,2,3\r\n4,5,6'],
    ['quotes, blanks and blank lines', '"a, first","b ""two""",c\n"1", 2 ,3\n\n4,"5",6\n\n'],
    ['a quoted line break in the header', '"a\nfirst",b,c\n1,2,3\n4,5,6\n'],
    ['semicolons', 'a;b;c\n1;2;3\n4;5;6\n'],
    ['tabs', 'a\tb\tc\n1\t2\t3\n4\t5\t6\n'],
    ["np.savetxt's blanks and exponents", '1.0e+00 2.0e+00 3.0e+00\n4.0e+00 5.0e+00 6.0e+00\n'],
    ['signs and fractions', '+1,2.,3.0\n4e0,.5e1,60E-1\n'],
  ])('with %s', (_, text) => {
    expect(values(text)).toEqual({ x: [1, 2, 3, 4, 5, 6] });
  });

  it('of booleans and integers for inputs of these types', () => {
    expect(values('True,false,1\n', [input('x', [3], 'bool')])).toEqual({ x: [1, 0, 1] });
    expect(values('-128,0,127\n', [input('x', [3], 'int8')])).toEqual({ x: [-128, 0, 127] });
    expect(() => values('a,b,c\n1,2,128\n', [input('x', [3], 'int8')])).toThrow(
      refusedAt('data', "t.csv, row 2, column 3 'c'", 'int8, -128 to 127', "'128'"),
    );
    expect(() => values('1,2,9007199254740993\n', [input('x', [3], 'int64')])).toThrow(refused('data', 'int64'));
  });

  it('of columns named after the inputs, in whatever order', () => {
    const expected = { age: [30, 40], size: [1, 2, 3, 4] };
    expect(values('size_1,age,size_0\n2,30,1\n4,40,3\n', two)).toEqual(expected);
    expect(values('age,size[0],size[1]\n30,1,2\n40,3,4\n', two)).toEqual(expected);
    expect(values('30,1,2\n40,3,4\n', two)).toEqual(expected);
    expect(values('x_2,x_0,x_1\n3,1,2\n')).toEqual({ x: [1, 2, 3] });
    expect(() => values('a,b,c\n1,2,3\n', two)).toThrow(refused('data', 'age, size'));
    expect(() => values('age,size_0,size_2\n1,2,3\n', two)).toThrow(refusedAt('data', 't.csv, column 3', "'size_2'"));
    expect(() => values('age,size_0,size[0]\n1,2,3\n', two)).toThrow(refused('data', "another 'size[0]'"));
    expect(() => values('age,size_0\n1,2\n', two)).toThrow(refused('data', '3 columns', 'got 2'));
  });

  it('whose columns are called otherwise than those of compile is not taken in their order', () => {
    const reading: Reading = { columns: table('a,b,c\n1,2,3\n').columns!, label: '-1', ifThere: true };
    expect(reading.columns).toEqual(['a', 'b', 'c']);
    const got = (text: string, more: Reading = {}) => {
      const { arrays, note } = table(text, [x], { ...reading, ...more });
      return [[...arrays.get('x')!.data], note];
    };
    expect(got('a,b,c\n1,2,3\n')).toEqual([[1, 2, 3], undefined]);
    expect(got('1,2,3\n')).toEqual([[1, 2, 3], undefined]);
    expect(got('a,b,c,y\n1,2,3,1\n')).toEqual([[1, 2, 3], undefined]);
    expect(got('x_2,x_0,x_1\n3,1,2\n')).toEqual([[1, 2, 3], undefined]);
    expect(got('c,a,b\n3,1,2\n')).toEqual([[1, 2, 3], expect.stringContaining('another order')]);
    // the label of compile was the last column: here a feature is
    expect(got('y,c,a,b\n0,3,1,2.5\n')).toEqual([[1, 2.5, 3], expect.stringContaining("left out, which the data of compile had not: 'y'")]); // prettier-ignore
    expect(() => got('id,b,c\n1,2,3\n')).toThrow(refusedAt('data', 't.csv, row 1, column 1', "'a'", "got 'id'"));
    expect(() => got('b,c\n2,3\n')).toThrow(refusedAt('data', 't.csv, row 1', "'a'", 'got none'));
    expect(() => got('a,a,b,c\n1,1,2,3\n')).toThrow(refusedAt('data', 't.csv, row 1', "'a'", 'got two'));
    expect(() => got('a,b,c\n1,2,3\n', { skip: ['a'], ifThere: false })).toThrow(refused('data', "'a'", 'got none'));
    // a name that stands for two elements stands for neither, but where nothing moved
    expect(got('a,a,b\n1,2,3\n', { columns: ['a', 'a', 'b'] })).toEqual([[1, 2, 3], undefined]);
    expect(() => got('b,a,a\n1,2,3\n', { columns: ['a', 'a', 'b'] })).toThrow(refused('data', "'a'"));
    expect(() => got('b,a,c\n1,2,3\n', { columns: ['a', 'a', 'b'] })).toThrow(refused('data', "'a'"));
    expect(() => got('a,b,c\n1,2,3\n', { columns: ['a', 'b'] })).toThrow(refused('data', '3 names', 'got 2'));
  });

  it('of single rows for a model of several says that it was exported so', () => {
    const hint = expect.objectContaining({ hint: expect.stringContaining('exported with a batch of 2') as string }) as Error; // prettier-ignore
    expect(() => values('1,2,3\n', [input('x', [2, 3])])).toThrow(hint);
    expect(() => values('1,2\n', [input('x', [2, 3])])).toThrow(expect.objectContaining({ hint: expect.stringContaining('a row is one sample') as string })); // prettier-ignore
  });

  it('with a column of labels, by name or number, of classes or their names', () => {
    const iris = 'a,b,c,kind\n1,2,3,setosa\n4,5,6,virginica\n7,8,9,setosa\n';
    expect(table(iris, [x], { label: 'kind' }).labels).toEqual({ labels: [0, 1, 0], classes: ['setosa', 'virginica'] });
    expect(values(iris, [x], { label: '-1' })).toEqual({ x: [1, 2, 3, 4, 5, 6, 7, 8, 9] });
    expect(table('7,1,2,3\n2,4,5,6\n', [x], { label: '0' }).labels).toEqual({ labels: [7, 2] });
    expect(() => table(iris, [x], { label: 'kimd' })).toThrow(refused('data', "'kimd'"));
    expect(() => table(iris)).toThrow(expect.objectContaining({ hint: expect.stringContaining('--label') as string }));
    expect(() => table('a,b,c,y\n1,2,3,1.5\n', [x], { label: 'y' })).toThrow(refused('data', '1.5', 'sample 0'));
    expect(() => table('a,b,c,y\n1,2,3,\n', [x], { label: 'y' })).toThrow(refused('data', 'none in sample 0'));
  });

  it('without the columns that are skipped, and those said of other data only where they are', () => {
    const text = 'id,a,b,c,y\n9,1,2,3,0.5\n';
    expect(values(text, [x], { skip: ['id', '4'] })).toEqual({ x: [1, 2, 3] });
    expect(() => values(text, [x], { skip: ['key'] })).toThrow(refused('data', "'key'"));
    expect(values('1,2,3\n', [x], { label: '-1', skip: ['id'], ifThere: true })).toEqual({ x: [1, 2, 3] });
    expect(values('1,2,3,0\n', [x], { label: '-1', skip: ['id'], ifThere: true })).toEqual({ x: [1, 2, 3] });
    // a column that is there by its name is no feature, though the others are too few then
    expect(() => values('id,a,b\n1,2,3\n', [x], { skip: ['id'], ifThere: true })).toThrow(
      refused('data', '3 columns', 'got 2'),
    );
  });

  it('whose first row could be either is asked about', () => {
    for (const head of [',0,1,2', 'label,0,1,2', '1,2,3,4,5,6,7,8'])
      expect(() => values(`${head}\n7,4,5,6\n`, [x], { skip: ['0'] })).toThrow(refused('data', 'first row'));
    expect(() => values('0,1,2\n4,5,6\n')).toThrow(expect.objectContaining({ code: 'data', where: 't.csv, row 1', hint: expect.stringContaining('--header') as string })); // prettier-ignore
    expect(values('0,1,2\n4,5,6\n', [x], { header: true })).toEqual({ x: [4, 5, 6] });
    expect(values('0,1,2\n4,5,6\n', [x], { header: false })).toEqual({ x: [0, 1, 2, 4, 5, 6] });
    // a sample with a typing error is no header
    expect(() => values('1,2,3x\n4,5,6\n')).toThrow(refusedAt('data', 't.csv, row 1, column 3', "'3x'"));
  });

  it.each([
    ['1,2,3\n4,NaN,6\n', 't.csv, row 2, column 2', "'NaN'"],
    ['1,2,3\n4,,6\n', 't.csv, row 2, column 2', 'an empty cell'],
    ['a,b,c\n1,2,1e999\n', "t.csv, row 2, column 3 'c'", "'1e999'"],
    ['1,2,0x10\n', 't.csv, row 1, column 3', "'0x10'"],
    ['1,2,3\n"4\n",5,6\n7,8,y\n', 't.csv, row 4, column 3', "'y'"],
    ['1;2;3\n4;5;"6,5"\n', 't.csv, row 2, column 3', "'6,5'"],
  ])('refuses a cell of %j with its row and column', (text, where, got) => {
    expect(() => values(text)).toThrow(refusedAt('data', where, 'finite numbers', got));
  });

  it('refuses ragged rows, open quotes, too few and too many columns, and no rows', () => {
    expect(() => values('1,2,3\n4,5\n')).toThrow(refusedAt('format', 't.csv, row 2', '3 columns', 'got 2'));
    expect(() => values('1,2,"3\n4,5,6\n')).toThrow(refused('format', 'does not end'));
    expect(() => values('1,2,"a"b\n')).toThrow(refused('format', 'text behind'));
    expect(() => values('1,2\n')).toThrow(refused('data', '3 columns', "'x' [1, 3]", 'got 2'));
    expect(() => values(',a,b,c\n0,1,2,3\n')).toThrow(expect.objectContaining({ hint: expect.stringContaining('index=False') as string })); // prettier-ignore
    expect(() => values('a,b,c\n')).toThrow(refused('data', 'rows of numbers'));
  });

  it('refuses a million columns and cells without end before they take memory', () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(() => values(`${'1,'.repeat(1e6)}1\n`)).toThrow(refused('data', '3 columns', 'got 1000001'));
    expect(() => values('1'.repeat(2 ** 24 + 1))).toThrow(refused('data', '3 columns', 'got 1'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
  });

  it('of random numbers reads as they were written', () => {
    const cell = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 20 }), (rows) => {
        const got = values(rows.map((row) => row.join(',')).join('\n'), [x], { header: false });
        expect(got['x'].map((v) => v + 0)).toEqual(rows.flat().map((v) => v + 0));
      }),
      { numRuns: 100 },
    );
  });
});

describe('the reader', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inferproof-tables-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('knows a table by its text, whatever its name', async () => {
    expect((await readDataSet(file('t.txt', '"a","b","c","y"\n1,2,3,9\n'), [x], { label: 'y' })).labels?.labels).toEqual([9]); // prettier-ignore
    expect((await readSamples(file('column', '1\n2\n'), [input('x', [])])).count).toBe(2);
    await expect(readSamples(file('page', '<!doctype html><p>1,2,3\n'), [x])).rejects.toThrow(
      refused('format', 'HTML'),
    );
  });

  it('reads labels from CSV with a header or none, from JSON, numbers or names', async () => {
    expect(await readLabels(file('l.csv', 'label\n1\n0\n'), 2)).toEqual([1, 0]);
    expect(await readLabels(file('l.csv', '1\n0\n'), 2)).toEqual([1, 0]);
    expect(await readLabelSet(file('l.csv', 'dog\ncat\n'), 2)).toEqual({ labels: [1, 0], classes: ['cat', 'dog'] });
    expect(await readLabels(file('l.json', '["b", "a"]'), 2)).toEqual([1, 0]);
    expect(await readLabels(file('l.json', '[3, 0]'), 2)).toEqual([3, 0]);
    await expect(readLabels(file('l.csv', '1\n0\n2\n'), 2)).rejects.toThrow(refused('data', '2 labels', '3'));
    await expect(readLabels(file('l.csv', '1,2\n0,1\n'), 2)).rejects.toThrow(refused('format', 'one column', '2'));
    await expect(readLabels(file('l.json', '[0.5, 1]'), 2)).rejects.toThrow(refused('data', '0.5 at index 0'));
    await expect(readLabels(file('l.json', '{"a": 1}'), 1)).rejects.toThrow(refused('format', 'JSON text'));
  });

  it('reads standard input as a file, and waits for no terminal', async () => {
    const pipe = new PassThrough();
    pipe.end('1,2,3\n');
    expect(new TextDecoder().decode(await readStdin('data', pipe as never))).toBe('1,2,3\n');
    await expect(readStdin('data', Object.assign(new PassThrough(), { isTTY: true }) as never)).rejects.toThrow(refused('file', 'a terminal')); // prettier-ignore
  });

  it('keeps what the next data shares, and reads no other file as that', () => {
    const reading: Reading = { label: 'y', skip: ['id'], columns: ['a', 'b'], layout: 'NHWC', pixels: [0, 1], mean: [0.5], std: [0.5], channels: 'bgr' }; // prettier-ignore
    expect(decodeReading(encodeReading({ ...reading, header: true })!, 'data.json')).toEqual(reading);
    expect(encodeReading({ header: false })).toBeUndefined();
    const json = (fields: object) => JSON.stringify({ format: 'inferproof-data', version: 1, ...fields });
    for (const wrong of [
      { pixels: [0] },
      { pixels: 'x' },
      { mean: [] },
      { std: [null] },
      { layout: 'CHW' },
      { evil: 1 },
      { version: 2 },
      { toString: 1 },
    ])
      // prettier-ignore
      expect(() => decodeReading(json(wrong), 'data.json'), JSON.stringify(wrong)).toThrow(refused('format'));
    expect(() => decodeReading('{', 'data.json')).toThrow(refused('format', 'JSON'));
  });
});

it('orders names as people do, and numbers classes as scikit-learn does', () => {
  expect(['b', 'a10', 'a9', 'a', '10', '9', 'a09b'].sort(naturalOrder)).toEqual(['9', '10', 'a', 'a9', 'a09b', 'a10', 'b']); // prettier-ignore
  expect(classesOf(['b', 'B', 'a10', 'a9'], 'l')).toEqual({ labels: [3, 0, 1, 2], classes: ['B', 'a10', 'a9', 'b'] });
});

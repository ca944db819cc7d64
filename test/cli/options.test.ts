import { describe, expect, it } from 'vitest';
import { readCompileFlags } from '#cli/model.js';
import { given, readContext, readNumber, readOutputs, readRangeFlags, readShapes } from '#cli/options.js';

const usage = expect.objectContaining({ code: 'usage' }) as Error;

describe('values of flags', () => {
  it('reads ranges, by name and for all inputs', () => {
    const files = {};
    expect(readRangeFlags(['-1,1'])).toEqual({ ranges: { '': [-1, 1] }, files });
    expect(readRangeFlags(['a=0,2.5e-1', 'b=c=-3,+4', '0,1', 'a[3]=5,6'])).toEqual({
      ranges: { a: [0, 0.25], 'b=c': [-3, 4], '': [0, 1], 'a[3]': [5, 6] },
      files,
    });
    expect(readRangeFlags([])).toEqual({ ranges: {}, files });
    expect(readRangeFlags(['r.npy', 'a=lr=0.1/R.JSON'])).toEqual({ ranges: {}, files: { '': 'r.npy', a: 'lr=0.1/R.JSON' } }); // prettier-ignore
    for (const wrong of [
      '1',
      '1,2,3',
      '1,1',
      '2,1',
      'a=',
      '=0,1',
      'a=x,1',
      '0,Infinity',
      '0,1e999',
      ',',
      '0x1,2',
      'r.csv',
      '=r.npy',
      '',
    ]) {
      expect(() => readRangeFlags([wrong]), wrong).toThrow(usage);
    }
    for (const two of [
      ['0,1', '0,2'],
      ['a[1]=0,1', 'a[1]=0,2'],
      ['a=0,1', 'a=r.npy'],
    ])
      expect(() => readRangeFlags(two), two.join()).toThrow(usage);
  });

  it('reads shapes', () => {
    expect(readShapes(['batch=1', 'a=b=28'])).toEqual({ batch: 1, 'a=b': 28 });
    for (const wrong of ['batch', 'batch=', '=3', 'n=0', 'n=-1', 'n=1.5', 'n=99999999999']) {
      expect(() => readShapes([wrong]), wrong).toThrow(usage);
    }
    expect(() => readShapes(['n=1', 'n=1'])).toThrow(usage);
  });

  it('reads names of tensors, in which a comma is written twice', () => {
    expect(readOutputs(['scores', '/fc/Gemm_output_0,features'])).toEqual(['scores', '/fc/Gemm_output_0', 'features']);
    expect(readOutputs(['a,,b,c', ',,d', 'e,,,f'])).toEqual(['a,b', 'c', ',d', 'e,', 'f']);
    expect(readOutputs([])).toBeUndefined();
    for (const wrong of ['', ',', 'a,', ',a']) expect(() => readOutputs([wrong]), wrong).toThrow(usage);
  });

  it('reads contexts into one form', () => {
    const digits = 'Ab'.repeat(32);
    expect(readContext(digits)).toBe(`0x${'ab'.repeat(32)}`);
    expect(readContext(`0x${digits}`)).toBe(`0x${'ab'.repeat(32)}`);
    expect(readContext(undefined)).toBeUndefined();
    for (const wrong of ['', '0x', digits.slice(1), `${digits}0`, 'g'.repeat(64)])
      expect(() => readContext(wrong)).toThrow(usage);
  });

  it('reads numbers inside their bounds', () => {
    expect(readNumber('0.995', '--min-agreement', { lo: 0, hi: 1 })).toBe(0.995);
    expect(readNumber(undefined, '--bits')).toBeUndefined();
    for (const wrong of ['1.1', '-0.1', 'x', '', 'NaN', '0.5 %']) {
      expect(() => readNumber(wrong, '--min-agreement', { lo: 0, hi: 1 }), wrong).toThrow(usage);
    }
    expect(() => readNumber('7.5', '--bits', { lo: 2, whole: true })).toThrow(usage);
  });

  it('leaves out what was not given', () => {
    expect(given({ a: undefined, b: 0, c: null })).toEqual({ b: 0, c: null });
  });

  it('wants data for what only data can tell', () => {
    const flags = {
      ...{
        calibrate: undefined,
        labels: undefined,
        decision: undefined,
        'allow-loss': undefined,
        'min-agreement': '0.9',
        'max-error': undefined,
        bits: undefined,
        batch: undefined,
      },
      ...{ argument: undefined, 'input-range': [], shape: [], outputs: [], public: undefined },
      ...{ label: undefined, skip: [], header: undefined, pixels: undefined, mean: undefined, std: undefined },
      ...{ layout: undefined, channels: undefined },
    };
    expect(() => readCompileFlags(flags, 'm.onnx')).toThrow(usage);
    expect(readCompileFlags({ ...flags, calibrate: 'x.npy' }, 'm.onnx')).toMatchObject({ minAgreement: 0.9 });
  });
});

// Pictures as samples: every pixel is what Pillow reads, in the place that the model's shape says; and what could be meant in two
// ways, is damaged, or would take memory for nothing is refused. The pictures are made by pictures/make.py.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputInfo } from '#compiler/index.js';
import { readDataSet, readSamples } from '#files/data-set.js';
import { parseNpz } from '#files/npz.js';
import type { Reading } from '#files/reading.js';
import { ascii, concat } from './arrays.js';
import { input, refused } from './inputs.js';

const folder = resolve(import.meta.dirname, 'pictures');
const pillow = parseNpz(readFileSync(join(folder, 'pixels.npz')), 'pixels.npz');
const scratch = mkdtempSync(join(tmpdir(), 'inferproof-pictures-'));
const scratchFile = (name: string, bytes: Uint8Array) => {
  writeFileSync(join(scratch, name), bytes);
  return join(scratch, name);
};
const BYTES: Reading = { pixels: [0, 255] };

/** An input for a picture, channels first or last. */
const inputFor = (name: string, channels: number, layout: 'NCHW' | 'NHWC' = 'NCHW', dtype = 'float32'): InputInfo => {
  const [height, width] = pillow.get(name)!.shape;
  return input('x', layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels], dtype);
};
const values = async (name: string, to: InputInfo, reading: Reading = BYTES) =>
  (await readSamples(join(folder, name), [to], reading)).inputs['x'];
/** What Pillow has, channels last, as planes. */
const planes = (name: string, channels: number): number[] => {
  const { data, shape } = pillow.get(name)!;
  const has = shape[2] ?? 1;
  return Array.from({ length: channels }, (_, c) => Array.from(data).filter((_, i) => i % has === c)).flat();
};

describe('pixels', () => {
  it.each(['colour.png', 'interlaced.png', 'palette.png', 'opaque.png', 'colour.jpg', 'progressive.jpg'])(
    '%s, red, green and blue',
    async (name) => {
      expect([...(await values(name, inputFor(name, 3)))]).toEqual(planes(name, 3));
      const last = await values(name, inputFor(name, 3, 'NHWC'), { ...BYTES, layout: 'NHWC' });
      const has = pillow.get(name)!.shape[2];
      expect([...last]).toEqual(Array.from(pillow.get(name)!.data).filter((_, i) => i % has < 3));
    },
  );

  it.each(['gray.png', 'bit.png', 'gray.jpg'])('%s, for one channel, for three and for a flat input', async (name) => {
    const gray = planes(name, 1);
    expect([...(await values(name, inputFor(name, 1)))]).toEqual(gray);
    expect([...(await values(name, inputFor(name, 3)))]).toEqual([...gray, ...gray, ...gray]);
    expect([...(await values(name, input('x', [1, gray.length])))]).toEqual(gray);
    expect([...(await values(name, input('x', [...pillow.get(name)!.shape])))]).toEqual(gray);
  });

  it('of 16 bits have full intensity at 65,535', async () => {
    const deep = await values('deep.png', inputFor('deep.png', 1), { pixels: [0, 65535] });
    expect([...deep]).toEqual(planes('deep.png', 1));
    await expect(values('deep.png', inputFor('deep.png', 1, 'NCHW', 'uint8'), {})).rejects.toThrow(refused('data', 'uint8')); // prettier-ignore
  });

  it('with alpha go into four channels, and into three where all are opaque', async () => {
    expect([...(await values('alpha.png', inputFor('alpha.png', 4)))]).toEqual(planes('alpha.png', 4));
    await expect(values('alpha.png', inputFor('alpha.png', 3))).rejects.toThrow(refused('data', 'not opaque'));
  });

  it('become what pixels, mean and std make of them, as torchvision does', async () => {
    const [mean, std] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]; // prettier-ignore
    const got = await values('colour.png', inputFor('colour.png', 3), { pixels: [0, 1], mean, std });
    const expected = planes('colour.png', 3).map((p, i) => (p / 255 - mean[Math.floor(i / 20)]) / std[Math.floor(i / 20)]); // prettier-ignore
    expect([...got]).toEqual(expected);
    const one = await values('gray.png', inputFor('gray.png', 1), { pixels: [-1, 1], mean: [0.5], std: [2] });
    expect(one[0]).toBe((-1 + (planes('gray.png', 1)[0] / 255) * 2 - 0.5) / 2);
  });

  it('are blue first where that is asked for', async () => {
    const [r, g, b] = [0, 1, 2].map((c) => planes('colour.png', 3).slice(20 * c, 20 * c + 20));
    const got = await values('colour.png', inputFor('colour.png', 3), { ...BYTES, channels: 'bgr' });
    expect([...got]).toEqual([...b, ...g, ...r]);
  });

  it('are bytes for an input of bytes, and need --pixels for any other', async () => {
    expect([...(await values('gray.png', inputFor('gray.png', 1, 'NCHW', 'uint8'), {}))]).toEqual(planes('gray.png', 1)); // prettier-ignore
    await expect(values('gray.png', inputFor('gray.png', 1), {})).rejects.toThrow(refused('usage', '--pixels'));
  });
});

describe('what could be meant in two ways', () => {
  it('is asked for: the layout where the shape leaves it open', async () => {
    const open = input('x', [1, 3, 4, 3]);
    const path = join(folder, 'colour.png');
    await expect(readSamples(path, [open], BYTES)).rejects.toThrow(refused('usage', '--layout'));
    await expect(readSamples(path, [open], { ...BYTES, layout: 'NCHW' })).rejects.toThrow(refused('data', '3 x 4', '5 x 4')); // prettier-ignore
    const tells = await readDataSet(path, [inputFor('colour.png', 3)], BYTES);
    expect(tells.reading).toEqual({ ...BYTES, layout: 'NCHW' });
  });

  it('is refused: another size, colours for gray, a turned picture, four inks, several inputs', async () => {
    const gray = inputFor('gray.png', 1);
    await expect(values('colour.jpg', gray)).rejects.toThrow(refused('data', '5 x 4', '19 x 13'));
    await expect(values('colour.png', gray)).rejects.toThrow(refused('data', 'coloured pixel'));
    await expect(values('turned.png', gray)).rejects.toThrow(refused('data', 'orientation 6'));
    await expect(values('turned.jpg', inputFor('turned.jpg', 1))).rejects.toThrow(refused('data', 'orientation 6'));
    await expect(values('inks.jpg', inputFor('inks.jpg', 3))).rejects.toThrow(refused('data', '4 components'));
    await expect(readSamples(join(folder, 'gray.png'), [gray, gray], BYTES)).rejects.toThrow(refused('data', '2 inputs')); // prettier-ignore
    await expect(values('gray.png', input('x', [1, 2, 2, 5]))).rejects.toThrow(refused('data', '1, 3 or 4 channels'));
    await expect(values('colour.png', inputFor('colour.png', 3), { ...BYTES, mean: [1, 2] })).rejects.toThrow(refused('usage', 'one number or 3')); // prettier-ignore
  });
});

describe('damage', () => {
  const chunk = (name: string, body: Uint8Array) => {
    const u32 = (n: number) => Uint8Array.of(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255);
    const named = concat(ascii(name), body);
    return concat(u32(body.length), named, u32(crc32(named)));
  };
  /** A gray PNG of 8 bits that claims a size. */
  const claims = (width: number, height: number, pixels: Uint8Array, interlaced = 0) => {
    const header = new DataView(new ArrayBuffer(13));
    header.setUint32(0, width);
    header.setUint32(4, height);
    header.setUint8(8, 8);
    header.setUint8(12, interlaced);
    const body = [chunk('IHDR', new Uint8Array(header.buffer)), chunk('IDAT', pixels), chunk('IEND', new Uint8Array())];
    return concat(ascii('\x89PNG\r\n\x1a\n'), ...body);
  };
  const small = input('x', [1, 1, 4, 5]);

  it('of a size: nothing is inflated for a picture that claims 10^9 pixels', async () => {
    const path = scratchFile('huge.png', claims(100_000, 10_000, deflateSync(new Uint8Array(100))));
    await expect(readSamples(path, [small], BYTES)).rejects.toThrow(refused('data', '5 x 4', '100000 x 10000'));
  });

  it('of a second header, which the decoder would obey', async () => {
    const whole = claims(5, 4, deflateSync(new Uint8Array(24)));
    const other = claims(30_000, 30_000, new Uint8Array()).subarray(8, 33); // its IHDR
    const path = scratchFile('two.png', concat(whole.subarray(0, 33), other, whole.subarray(33)));
    await expect(readSamples(path, [small], BYTES)).rejects.toThrow(refused('format', 'one header'));
  });

  it('of pixels: no more is inflated than the header asks for', async () => {
    const bomb = deflateSync(new Uint8Array(2 ** 24));
    for (const interlaced of [0, 1]) {
      const path = scratchFile(`bomb${interlaced}.png`, claims(5, 4, bomb, interlaced));
      await expect(readSamples(path, [small], BYTES)).rejects.toThrow(refused('format', 'bytes of pixels, got more'));
    }
    const short = scratchFile('short.png', claims(5, 4, deflateSync(new Uint8Array(7))));
    await expect(readSamples(short, [small], BYTES)).rejects.toThrow(refused('format', '24 bytes of pixels, got 7'));
  });

  it('anywhere is one clear error, or a picture of the same size', async () => {
    for (const name of ['colour.png', 'interlaced.png', 'colour.jpg', 'progressive.jpg']) {
      const whole = readFileSync(join(folder, name));
      const to = inputFor(name, 3);
      const attempt = (bytes: Uint8Array) => {
        const path = scratchFile('damaged', bytes);
        return readSamples(path, [to], BYTES).then(
          ({ inputs }) => {
            expect(inputs['x'].length).toBe(to.elements);
          },
          (error: unknown) => {
            expect(error).toMatchObject({ code: expect.stringMatching(/^(format|data)$/) as string });
          },
        );
      };
      for (let end = 1; end < whole.length; end += 7)
        await expect(readSamples(scratchFile('cut', whole.subarray(0, end)), [to], BYTES), `${name} cut at ${end}`).rejects.toThrow(); // prettier-ignore
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
          const bytes = Uint8Array.from(whole);
          bytes[at] ^= flip;
          return attempt(bytes);
        }),
        { numRuns: 60 },
      );
    }
  });
});

describe('a folder', () => {
  const copy = (from: string, ...to: readonly string[]) => {
    mkdirSync(join(scratch, ...to.slice(0, -1)), { recursive: true });
    copyFileSync(join(folder, from), join(scratch, ...to));
  };
  const gray = inputFor('gray.png', 1);

  it('is a data set in natural order, its sub-folders are classes', async () => {
    for (const [from, ...to] of [
      ['bit.png', 'set', 'b', 'img10.png'],
      ['gray.png', 'set', 'b', 'img9.png'],
      ['gray.png', 'set', 'a10', '1.png'],
      ['bit.png', 'set', 'a9', '1.png'],
    ])
      copy(from, ...to);
    writeFileSync(join(scratch, 'set', 'b', '.DS_Store'), 'x');
    const { samples, labels } = await readDataSet(join(scratch, 'set'), [gray], BYTES);
    const [bit, whole] = [planes('bit.png', 1), planes('gray.png', 1)];
    expect(labels).toEqual({ labels: [0, 1, 2, 2], classes: ['a9', 'a10', 'b'] });
    expect([...samples.inputs['x']]).toEqual([...bit, ...whole, ...whole, ...bit]);
    const flat = await readDataSet(join(scratch, 'set', 'b'), [gray], BYTES);
    expect([flat.samples.count, flat.labels]).toEqual([2, undefined]);
  });

  it('that is empty, mixed, nested or holds something else is refused', async () => {
    mkdirSync(join(scratch, 'empty'));
    await expect(readSamples(join(scratch, 'empty'), [gray], BYTES)).rejects.toThrow(refused('data', 'empty folder'));
    copy('gray.png', 'mixed', 'a', '1.png');
    copy('gray.png', 'mixed', '2.png');
    await expect(readSamples(join(scratch, 'mixed'), [gray], BYTES)).rejects.toThrow(refused('data', 'got both'));
    copy('gray.png', 'deep', 'a', 'b', '1.png');
    await expect(readSamples(join(scratch, 'deep'), [gray], BYTES)).rejects.toThrow(refused('data', 'got folders'));
    copy('gray.png', 'other', '1.png');
    writeFileSync(join(scratch, 'other', 'notes.txt'), 'hello');
    await expect(readSamples(join(scratch, 'other'), [gray], BYTES)).rejects.toThrow(refused('format', 'PNG or JPEG', 'a text')); // prettier-ignore
  });
});

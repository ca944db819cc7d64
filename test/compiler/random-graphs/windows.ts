// Windows of random convolutions and pools, over one or two axes.
import type { Draft } from './draft.js';
import { range } from './reach.js';

export interface Windows {
  /** Spatial shape of the output. */
  readonly shape: readonly number[];
  readonly kernel: readonly number[];
  /** For each output position the taps that lie on the picture. */
  readonly taps: readonly (readonly (readonly [tap: number, at: number])[])[];
  readonly attributes: Record<string, number | string | number[]>;
}

/** Random windows over one or two spatial axes. */
export function windows({ random, opset }: Draft, spatial: readonly number[], isPool: boolean): Windows {
  const kernel = spatial.map((size) => random.int(1, Math.min(3, size)));
  const autoPad = random.chance(0.15) ? random.pick(['SAME_UPPER', 'VALID']) : null;
  // onnxruntime refuses SAME of a stride beyond the kernel: its pads would be negative
  const strides = kernel.map((k) => random.int(1, autoPad === null ? 2 : Math.min(2, k)));
  const isPadded = autoPad === null && random.chance(0.5);
  const padding = spatial.map((size, a) => {
    const [k, s] = [kernel[a], strides[a]];
    if (autoPad === null) return isPadded ? [random.int(0, k - 1), random.int(0, k - 1)] : [0, 0];
    const total = autoPad === 'VALID' ? 0 : Math.max((Math.ceil(size / s) - 1) * s + k - size, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  const steps = spatial.map((size, a) => (size + padding[a][0] + padding[a][1] - kernel[a]) / strides[a]);
  // not where the last window would start in the padding: onnxruntime's kernels and its shape inference disagree on it
  const fits = steps.every((n, a) => Math.ceil(n) * strides[a] < spatial[a] + padding[a][0]);
  const isCeil = isPool && opset >= 10 && autoPad === null && fits && random.chance(0.2);
  const axes = steps.map((n, a) => ({ out: Math[isCeil ? 'ceil' : 'floor'](n) + 1, begin: padding[a][0] }));
  const along = axes.map(({ out, begin }, a) =>
    range(out).map((o) =>
      range(kernel[a])
        .map((tap) => [tap, o * strides[a] - begin + tap] as const)
        .filter(([, at]) => at >= 0 && at < spatial[a]),
    ),
  );
  const [first, second = [[[0, 0] as const]]] = along;
  const [width, side] = [kernel[1] ?? 1, spatial[1] ?? 1];
  const taps = first.flatMap((rows) =>
    second.map((columns) => rows.flatMap(([r, y]) => columns.map(([c, x]) => [r * width + c, y * side + x] as const))),
  );
  const pads = [...padding.map(([begin]) => begin), ...padding.map(([, end]) => end)];
  const attributes = {
    kernel_shape: kernel,
    strides,
    ...(autoPad === null ? { pads } : { auto_pad: autoPad }),
    ...(isCeil && { ceil_mode: 1 }),
  };
  return { shape: axes.map(({ out }) => out), kernel, taps, attributes };
}

// Maps of classes to scores; onnxruntime's tensor in front of them is what is compared.
import type { CaseOf, Drawn } from './case.js';

const ZipMap: CaseOf = ({ random, live }): Drawn => {
  const count = random.int(1, 4);
  const places = Array.from({ length: count }, (_, k) => k);
  const labels = random.chance(0.5)
    ? { classlabels_int64s: places.map((k) => 7 * k - 3) }
    : { classlabels_strings: { strings: places.map((k) => `class ${k}`) } };
  return { domain: 'ai.onnx.ml', in: [live([random.int(1, 3), count])], attributes: labels };
};

export const MAPS: Readonly<Record<string, CaseOf>> = { ZipMap };

// Linear maps in JSON files: circuit.json and graph.json hold them alike.
import {
  encodeLists,
  encodeNumbers,
  fieldsOf,
  int32sOf,
  integerOf,
  itemsOf,
  listsOf,
  numbersOf,
  type Place,
} from '../json.js';
import { MAX_INDEX } from '../limits.js';
import type { LinearMap, LinearPart } from './map.js';

export const encodeMap = ({ bias, parts }: LinearMap): object => ({
  bias: encodeNumbers(bias),
  parts: parts.map(({ from, base, pattern, kernel, patterns, kernels }) => ({
    from,
    base: encodeNumbers(base),
    pattern: encodeNumbers(pattern),
    kernel: encodeNumbers(kernel),
    patterns: encodeLists(patterns),
    kernels: encodeLists(kernels),
  })),
});

/** A map whose numbers have their types; `checkMap` says whether they fit each other and the sources. */
export function decodeMap(place: Place): LinearMap {
  const { bias, parts } = fieldsOf(place, ['bias', 'parts']);
  const numbers = numbersOf(bias);
  return { size: numbers.length, bias: numbers, parts: itemsOf(parts).map(decodePart) };
}

function decodePart(place: Place): LinearPart {
  const names = ['from', 'base', 'pattern', 'kernel', 'patterns', 'kernels'] as const;
  const { from, base, pattern, kernel, patterns, kernels } = fieldsOf(place, names);
  return {
    from: integerOf(from, 0, MAX_INDEX),
    base: int32sOf(base),
    pattern: int32sOf(pattern, 0),
    kernel: int32sOf(kernel, 0),
    patterns: listsOf(patterns, int32sOf),
    kernels: listsOf(kernels, numbersOf),
  };
}

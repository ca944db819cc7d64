// input: what whoever proves chooses, held to its range.
import { rangeGadget } from '#compiler/primitives/input.js';
import type { Subject } from '../engine/attempts.js';
import { between, edge, type Meaning } from './primitive.js';

export const input: Meaning = {
  kind: 'input',
  naive: (_, __, ___, given) => given.map((values) => [...values]),
  ladder: { range: [255, 200, 0, 1, 5000].map((max) => rangeSubject(max)) },
  random: [edge(30).map((max) => rangeSubject(max))],
};

function rangeSubject(max: number): Subject {
  const gadget = rangeGadget(max);
  const n = gadget.args[0];
  return {
    gadget,
    meant: ([x]) => (x >= 0 && x <= max ? [] : null),
    ends: [...new Set([0, Math.min(1, max), Math.floor(max / 2), max])].map((x) => [x]),
    outside: [[-1], [max + 1], [2 ** n], [2 ** n + 1], [-(2 ** n)], [max - 2 ** n]].filter(([x]) => x < 0 || x > max),
    inside: between(0, max).map((x) => [x]),
    programs: {},
  };
}

// Norms that a model writes out in nodes: d / sqrt(mean of d^2 + epsilon), element by element, is what standardise is of d, and only the
// whole shows what its parts do not: that no quotient is above sqrt(n).
import { append } from '../extremes.js';
import { type LinearMap, equalMaps, renumbered } from '../linear/map.js';
import { identityMap } from '../linear/maps.js';
import type { RealStep, ValueId } from './values.js';
import { linear } from './linear.js';
import { realProduct } from './product.js';
import { type QuotientOwn, quotient } from './quotient.js';
import { type StandardiseOwn, standardise } from './standardise.js';

/** Share by which a weight may differ from 1 / n: it was rounded to a float32. */
const ROUNDING = 2 ** -20;

/**
 * The standardise of a quotient by a root that is one.
 * @param makerOf the step that defines a value
 * @param sizeOf elements of a value
 */
export function normOf(
  step: RealStep,
  makerOf: (id: ValueId) => RealStep,
  sizeOf: (id: ValueId) => number,
): RealStep<StandardiseOwn> | null {
  if (step.kind !== quotient.kind) return null;
  const { at, divisor } = step.own as QuotientOwn;
  const [x, radicand] = step.sources;
  const mapOf = (id: ValueId): LinearMap => {
    const { kind, own, sources } = makerOf(id);
    if (kind !== linear.kind) return identityMap(id, sizeOf(id));
    return renumbered((own as { map: LinearMap }).map, (from) => sources[from]);
  };
  const sums = mapOf(radicand);
  if (divisor !== 'root' || sums.parts.length !== 1) return null;
  const squares = makerOf(sums.parts[0].from);
  if (squares.kind !== realProduct.kind) return null;
  const d = mapOf(x);
  if (!squares.sources.every((id) => equalMaps(mapOf(id), d))) return null;
  const own = groupsOf(sums, at);
  return own && { kind: standardise.kind, sources: [x], outs: step.outs, own };
}

/** The groups that are divided by the root of the sum, or the mean, of their squares; null where they are divided by another one's. */
function groupsOf({ bias, parts: [part] }: LinearMap, at: Int32Array): StandardiseOwn | null {
  const divided = bias.reduce<number[][]>((groups) => [...groups, []], []);
  at.forEach((g, i) => divided[g].push(i));
  const starts = [0];
  const members: number[] = [];
  const averaged = new Set<boolean>();
  for (const [g, group] of divided.entries()) {
    const offsets = part.patterns[part.pattern[g]];
    const weights = part.kernels[part.kernel[g]];
    const n = weights.length;
    const summed = Array.from(offsets, (offset) => part.base[g] + offset).sort((a, b) => a - b);
    if (n !== group.length || !summed.every((i, k) => i === group[k])) return null;
    const isMean = n > 1 && weights.every((w) => Math.abs(w * n - 1) <= ROUNDING);
    if (!isMean && !weights.every((w) => w === 1)) return null;
    averaged.add(isMean);
    append(members, group);
    starts.push(members.length);
  }
  if (averaged.size !== 1 || !bias.every((b) => b === bias[0] && b >= 0)) return null;
  return {
    starts: Int32Array.from(starts),
    members: Int32Array.from(members),
    centred: false,
    averaged: averaged.has(true),
    epsilon: bias[0],
  };
}

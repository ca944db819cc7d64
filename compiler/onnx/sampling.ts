// How a coordinate reads an axis: where it lies, how those outside are brought back, and the weight of each cell.
// https://onnx.ai/onnx/operators/onnx__GridSample.html
import { own } from '../own.js';
import { applyPoint, point, type NamedFunction } from '../recipes/functions.js';
import type { Operand, Site } from './site.js';

export interface Sampling {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly padding: string;
  /** Whether -1 and 1 are the centres of the outermost cells, or their outer ends. */
  readonly isAligned: boolean;
}

const MODES: Readonly<Record<string, Sampling['mode']>> = { nearest: 'nearest', linear: 'linear', cubic: 'cubic', bilinear: 'linear', bicubic: 'cubic' }; // prettier-ignore

export const modeOf = (site: Site, name: string): Sampling['mode'] =>
  own(MODES, name) ?? site.refuse(`expected mode linear, nearest or cubic, got '${name}'`);

/** The weight of a cell, by its distance: of the nearest one, too, whose coordinate is rounded first. */
const TENT = point('tent');
const CUBIC = point('cubic', -0.75);
export const kernelOf = ({ mode }: Sampling): NamedFunction => (mode === 'cubic' ? CUBIC : TENT);

/** A coordinate from -1 to 1 as one of cells: factor and offset. */
export const placed = (length: number, isAligned: boolean): readonly [scale: number, rest: number] => [
  (isAligned ? length - 1 : length) / 2,
  (length - 1) / 2,
];

/** Cells beside the border that a cubic reads: further out it sees the outermost cell alone. */
const CUBIC_BORDER = 2;

/** What brings a coordinate back, if anything does. A cubic at the border is not: it reads the outermost cell for those beside it. */
function foldOf({ mode, padding, isAligned }: Sampling, length: number): NamedFunction | null {
  const beyond = mode === 'cubic' ? CUBIC_BORDER : 0;
  if (padding === 'border') return point('clip', -beyond, length - 1 + beyond);
  if (padding === 'reflection')
    return isAligned ? point('reflect', 0, length - 1) : point('reflect', -0.5, length - 0.5);
  return null;
}

/** Live coordinates brought back, and rounded where the nearest cell is read. */
export function folded(site: Site, how: Sampling, at: Operand, length: number): Operand {
  const fold = foldOf(how, length);
  const inside = fold === null ? at : site.table(at, fold);
  return how.mode === 'nearest' ? site.table(inside, point('round')) : inside;
}

/** The cells that a coordinate can reach, and the cell of the axis that each stands for; -1 where it stands for none. */
export function cellsOf(
  how: Sampling,
  length: number,
): { readonly cells: readonly number[]; readonly to: readonly number[] } {
  const beyond = how.padding === 'zeros' ? 0 : how.mode === 'cubic' ? CUBIC_BORDER + 1 : 1;
  const cells = Array.from({ length: length + 2 * beyond }, (_, c) => c - beyond);
  return { cells, to: cells.map((cell) => cellOf(how, cell, length)) };
}

/** The cell of the axis that one beside it stands for. */
function cellOf(how: Sampling, cell: number, length: number): number {
  if (cell >= 0 && cell < length) return cell;
  const fold = foldOf(how, length);
  return fold === null ? -1 : Math.min(Math.max(Math.trunc(applyPoint(fold, cell)), 0), length - 1);
}

/** The cells that a coordinate reads, and their weights. */
export function rowAt(how: Sampling, x: number, length: number): { readonly at: number; readonly weight: number }[] {
  const fold = foldOf(how, length);
  const inside = fold === null ? x : applyPoint(fold, x);
  const at = how.mode === 'nearest' ? applyPoint(point('round'), inside) : inside;
  const first = Math.floor(at);
  return [-1, 0, 1, 2]
    .map((d) => ({ at: cellOf(how, first + d, length), weight: applyPoint(kernelOf(how), at - first - d) }))
    .filter((one) => one.at !== -1 && one.weight !== 0);
}

// The range over the reals that each input is proved for: declared, or read from data, or that of its type.
import { FINITE, floatOf } from '../../verifier/ordered.js';
import type { Ends, InputRange } from '../circuit/circuit.js';
import type { Graph } from '../graph/graph.js';
import { inputGrid } from '../graph/grids.js';
import { staysInside } from '../graph/indexed.js';
import { influences } from '../graph/influence.js';
import { orderedInputs } from '../graph/ordered.js';
import type { Interval } from '../linear/intervals.js';
import { own } from '../own.js';
import { integerRange, isFloat, sizeOf, type DType } from '../tensor.js';
import { columnAxis, indicesAlong, integerAxis, MARGIN, spansOf, widened, type InputData } from './columns.js';
import { allOf, declaredColumns, declaredRange, usage, withColumns, type DeclaredRange } from './declared-ranges.js';
import type { Samples } from './inputs.js';

/** Integer types are proved as they are, up to 16 bits without a declared range. */
function rangeOfType(dtype: DType): Ends | null {
  const range = integerRange(dtype);
  return range !== null && range.hi - range.lo < 2 ** 16 ? [range.lo, range.hi] : null;
}

/** Whether inputs of a type need neither a declared range nor data. */
export const hasOwnRange = (dtype: DType): boolean => rangeOfType(dtype) !== null;

/** An input that is compared and nothing else needs no range: it may be any finite float32. */
const MOST_FLOAT32 = floatOf(FINITE.most);

/** An end that this share of the samples reach, and two of them, is the end of what there is: it is not widened. */
const REACHED = 1 / 5;

/**
 * The range of every input of a graph, by name.
 * @param declared by name; '' stands for every input without a range of its own, and `name[i]` for one column of it
 * Throws 'usage' for a name or column that is not there, for ends that are no range, and where nothing gives one.
 */
export function inputRanges(
  graph: Graph,
  declared: Readonly<Record<string, DeclaredRange>>,
  samples: Samples | undefined,
): Readonly<Record<string, InputRange>> {
  const columns = declaredColumns(graph, declared);
  const fixed = fixedRanges(graph);
  return Object.fromEntries(
    graph.inputs.map(({ name, value }) => {
      const whole = own(declared, name) ?? own(declared, '');
      const given = whole === undefined ? null : declaredRange(graph.values[value], whole);
      const ofModel = fixed.get(name);
      if (ofModel !== undefined) return [name, { axis: null, ends: [ofModel.ends] }];
      const ofColumns = columns.get(name) ?? new Map<number, Ends>();
      const range = given ?? allOf(graph.values[value], ofColumns) ?? undeclared(graph, value, samples, columns.has(name)); // prettier-ignore
      return [name, withColumns(graph.values[value], range, ofColumns)];
    }),
  );
}

/** A range that is the model's own, whatever is declared, and why. */
interface Fixed {
  readonly ends: Ends;
  readonly reason: string;
}

/** Of inputs that are only quantised, the grid that the model rounds them to; of those that are only compared, any float32. */
function fixedRanges(graph: Graph): ReadonlyMap<string, Fixed> {
  const ordered = orderedInputs(graph);
  return new Map(
    graph.inputs.flatMap(({ name, value }): [string, Fixed][] => {
      if (ordered.has(value))
        return [[name, { ends: [-MOST_FLOAT32, MOST_FLOAT32], reason: 'the model only compares it, so it may be any float32' }]]; // prettier-ignore
      const grid = inputGrid(graph, value);
      if (grid === null) return [];
      const [lo, hi] = [grid.lo, grid.hi].map((end) => grid.scale * (end - grid.zero));
      return [
        [
          name,
          {
            ends: [lo, hi],
            reason: `the model quantises it itself, and saturates at [${[lo, hi].map((end) => Number(end.toPrecision(6))).join(', ')}]`,
          },
        ],
      ];
    }),
  );
}

/** A sentence for each range that is declared of an input whose range is the model's own. */
export function unusedRanges(graph: Graph, declared: Readonly<Record<string, DeclaredRange>>): string[] {
  const columns = declaredColumns(graph, declared);
  return Array.from(fixedRanges(graph)).flatMap(([name, { reason }]) =>
    Object.hasOwn(declared, name) || Object.hasOwn(declared, '') || columns.has(name)
      ? [`the input range that is given for '${name}' is not used: ${reason}`]
      : [],
  );
}

/** The range that data shows, else that of the type. */
function undeclared(graph: Graph, id: number, samples: Samples | undefined, hasColumns: boolean): InputRange {
  const { name, dtype, shape } = graph.values[id];
  const data = samples && own(samples.inputs, name);
  if (!data) {
    const ofType = rangeOfType(dtype);
    if (ofType) return { axis: null, ends: [ofType] };
    throw usage(
      `expected the range of the input, got ${hasColumns ? 'ranges of some columns' : 'neither a declared range nor data'}`,
      name,
      'give --input-range LO,HI, or --calibrate DATA to read it from data',
    );
  }
  const input = { shape, count: samples.count, data };
  if (!isFloat(dtype)) return integerRanges(graph, id, input);
  const axis = columnAxis(input, () => influences(graph, id));
  if (axis !== null) return { axis, ends: withMargin(input, indicesAlong(shape, axis), shape[axis]) };
  const { lo, hi } = spansOf(input, new Int32Array(sizeOf(shape)), 1);
  return { axis, ends: [endsOf(widened(lo[0], hi[0]))] };
}

/**
 * Bits of precision that the room around the data takes from the columns of each input that has it, on average, by name.
 * @param ranges those of the inputs; a declared one has no room
 */
export function marginsOf(
  { inputs, values }: Pick<Graph, 'inputs' | 'values'>,
  ranges: Readonly<Record<string, InputRange>>,
  declared: Readonly<Record<string, DeclaredRange>>,
  samples: Samples | undefined,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    inputs.flatMap(({ name, value }) => {
      const { axis, ends } = ranges[name];
      const data = samples && own(samples.inputs, name);
      const { shape, dtype } = values[value];
      if (axis === null || !data || !isFloat(dtype) || Object.hasOwn(declared, '') || Object.hasOwn(declared, name))
        return [];
      const { lo, hi } = spansOf({ shape, count: samples.count, data }, indicesAlong(shape, axis), shape[axis]);
      const bits = ends.reduce((sum, [least, most], c) => {
        const bare = widened(lo[c], hi[c]);
        return sum + Math.log2((most - least) / (bare.hi - bare.lo));
      }, 0);
      return [[name, bits / ends.length]];
    }),
  );
}

/** Exactly those of the data; by column for types that categories and indices have, where a table needs it or the data shows it. */
function integerRanges(graph: Graph, id: number, input: InputData): InputRange {
  const { shape, dtype } = graph.values[id];
  const axis = hasOwnRange(dtype) ? null : integerAxis(input, (ranges) => staysInside(graph, id, ranges));
  const column = axis === null ? new Int32Array(sizeOf(shape)) : indicesAlong(shape, axis);
  const { lo, hi } = spansOf(input, column, axis === null ? 1 : shape[axis]);
  return { axis, ends: Array.from(lo, (least, c) => (least < hi[c] ? [least, hi[c]] : endsOf(widened(least, hi[c])))) };
}

const endsOf = ({ lo, hi }: Interval): Ends => [lo, hi];

/**
 * The ranges of columns with room for other samples than these: each end moves by MARGIN of the width. It stays where many
 * samples reach it (flags, counts, clipped values), and a column that never crosses 0 does not cross it.
 */
function withMargin(input: InputData, column: Int32Array, columns: number): Ends[] {
  const spans = spansOf(input, column, columns);
  const reachedLo = samplesThatReach(input, column, spans.lo);
  const reachedHi = samplesThatReach(input, column, spans.hi);
  const enough = Math.max(REACHED * input.count, 2);
  return Array.from(spans.lo, (least, c): Ends => {
    const { lo, hi } = widened(least, spans.hi[c]);
    if (lo !== least || hi !== spans.hi[c]) return [lo, hi]; // a constant has no width to take a share of
    const room = MARGIN * (hi - lo);
    const below = lo >= 0 ? Math.max(lo - room, 0) : lo - room;
    const above = hi <= 0 ? Math.min(hi + room, 0) : hi + room;
    return [reachedLo[c] >= enough ? lo : below, reachedHi[c] >= enough ? hi : above];
  });
}

/** How many samples have the given value in a column, for each column. */
function samplesThatReach({ count, data }: InputData, column: Int32Array, values: Float64Array): Int32Array {
  const counts = new Int32Array(values.length);
  const last = new Int32Array(values.length).fill(-1);
  for (let sample = 0; sample < count; sample++)
    for (let i = 0; i < column.length; i++) {
      const c = column[i];
      if (data[sample * column.length + i] !== values[c] || last[c] === sample) continue;
      last[c] = sample;
      counts[c]++;
    }
  return counts;
}

// Which sums of products share their rows: a matrix product as blocks of a few rows and all columns that they are multiplied with.
// Results that nothing reads, as those behind a causal mask, are left out, and so are terms whose factor is 0. Rows beyond what a field
// element holds are blocks of their own, or are folded behind the others, whichever is cheaper.
import type { LinearMap } from '../linear/map.js';
import { mapBuilder } from '../linear/builder.js';
import { greatest, least } from '../extremes.js';
import type { Interval } from '../linear/intervals.js';
import { floorsOf, type Bounds } from '../primitives/floors.js';
import { ACC_BITS, PACKED_BITS } from '../limits.js';
import { bitLength } from '../primitives/gadget.js';
import { bitsApart, packed, sizeOfBlock, sumInterval, type Block, type PackedOwn } from '../primitives/matmul.js'; // prettier-ignore
import { type Lists, listsOf } from './lists-of.js';
import type { Factor } from './product.js';
import type { Planner } from './real.js';
import type { ValueId } from './values.js';

/** Sums of `depth` terms: sum o has the elements of both factors from o depth on. */
interface Sums {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly depth: number;
}

/** Bits of a floor beyond those of a result, where no reader says what is enough. */
const FINER = 5;
/** The same of long sums, whose terms are rounded more often than their floor. */
const FINER_OF_LONG = 3;
const LONG = 32;
/** A limb as most range tables have it: what is weighed here is chosen before them. */
const LIMB = 11;
/** Rows that a sum of products costs its readers, if it is no tensor: a remainder as wide as itself, or a tensor of theirs. */
const READ = { once: 1, inSteps: 2 } as const;

/** The floors of all sums that something reads, as a map; null where products one by one take fewer rows, or are no whole numbers. */
export function packedSums(
  to: Planner,
  out: ValueId,
  sums: Sums,
  x: Factor,
  y: Factor,
  reach: readonly [Interval, Interval],
): LinearMap | null {
  const [wx, wy] = [weightOf(x), weightOf(y)];
  if (wx === null || wy === null) return null;
  const unit = Math.abs(wx * wy) * x.scale * y.scale;
  const read = to.read(out);
  const shown = Int32Array.from(read.keys()).filter((o) => read[o] === 1);
  const all = sumInterval(x.form, y.form, [sums.depth]);
  const enough = to.enough(out);
  if (shown.length === 0 || Math.max(-all.lo, all.hi) >= 2 ** ACC_BITS) return null;
  const shift = Math.max(
    Math.floor(
      Math.log2(
        (enough ?? finerStep(to, out, unit * (all.hi - all.lo), sums.depth < LONG ? FINER : FINER_OF_LONG)) / unit,
      ),
    ),
    0,
  );
  const [ofX, ofY] = [honest(x, wx, reach[0]), honest(y, wy, reach[1])];
  const honestly = totalled(to, x, sums.a, sums.depth, ofY) ?? totalled(to, y, sums.b, sums.depth, ofX) ?? sumInterval(ofX, ofY, [sums.depth]); // prettier-ignore
  const floors = floorsOf({ accLo: honestly.lo, accHi: honestly.hi }, shift);
  const width = Math.max(bitLength(floors.hi - floors.lo), 1);
  const kept = { lo: floors.lo, hi: floors.lo + 2 ** width - 1 };
  const most = Math.floor(PACKED_BITS / bitsApart(all, kept, shift));
  const limbs = Math.ceil(shift / LIMB) + Math.ceil(width / LIMB);
  const blocks = cheapest(sums, shown, x, y, most, limbs);
  if (most < 2 || blocks.rows >= blocks.terms + (enough === null ? READ.once : READ.inSteps) * shown.length)
    return null;
  const own: PackedOwn = { shift, blocks: blocks.blocks };
  const forms = blocks.turned ? [y.form, x.form] : [x.form, y.form];
  const size = blocks.blocks.reduce((sum, block) => sum + sizeOfBlock(block), 0);
  const name = `${to.value(out).name} sums`;
  const scale = unit * 2 ** shift;
  const seen = to.seen(out);
  const isTurned = wx * wy < 0;
  const usual = seen && isTurned ? { lo: -seen.hi, hi: -seen.lo } : (seen ?? undefined);
  const plan = { of: out, holds: false, name, shape: [size], ...kept, scale, zero: 0, usual };
  const [tensor] = to.emit({ kind: packed.kind, forms, own }, [plan]);
  const builder = mapBuilder(read.length);
  const part = builder.part(tensor);
  for (const o of shown) if (blocks.place[o] >= 0) part.row(o, [blocks.place[o]], [Math.sign(wx * wy)]);
  return builder.build();
}

/** The weight of all elements but those that are 0; null where they differ, or an element is no integer. */
function weightOf({ weight, rest }: Factor): number | null {
  const one = weight.find((w) => w !== 0) ?? 0;
  return one !== 0 && weight.every((w) => w === one || w === 0) && rest.every((r) => r === 0) ? one : null;
}

/** What sums are whose factors of one side have a total: a mean of the others, as many times as it says; null where there is none. */
function totalled(to: Planner, x: Factor, which: Int32Array, depth: number, { accLo, accHi }: Bounds): Interval | null {
  const [{ from, base, pattern, patterns }] = x.form.map.parts;
  const totals = to.totals(from);
  if (totals === null || x.form.map.bias.some((b) => b !== 0)) return null;
  const isOneGroup = listsOf(which, depth).lists.every((list) => {
    const live = list.filter((i) => x.weight[i] !== 0).map((i) => base[i] + patterns[pattern[i]][0]);
    return new Set(live).size === live.length && live.every((i) => totals.groups[i] === totals.groups[live[0]]);
  });
  return isOneGroup ? { lo: totals.most * Math.min(accLo, 0), hi: totals.most * Math.max(accHi, 0) } : null;
}

/** The integers of a factor whose reals are in `reach`, rounded to its steps: fewer than its tensor has room for. */
function honest({ form, scale }: Factor, weight: number, { lo, hi }: Interval): Bounds {
  const ends = [lo, hi, 0].map((v) => v / (weight * scale));
  return { accLo: Math.max(Math.floor(least(ends)) - 1, form.accLo), accHi: Math.min(Math.ceil(greatest(ends)) + 1, form.accHi) }; // prettier-ignore
}

/** A step of a sum on wires, so many bits finer than that of a result over what data showed, or over all that it can be. */
export function finerStep(to: Planner, out: ValueId, width: number, finer: number): number {
  const seen = to.seen(out);
  return (
    Math.min(seen !== null && seen.lo < seen.hi ? seen.hi - seen.lo : Infinity, width) / 2 ** (to.bits(out) + finer)
  );
}

interface Blocks {
  readonly blocks: readonly Block[];
  /** Of each sum, its place among the results; -1 where it is left out. */
  readonly place: Int32Array;
  readonly rows: number;
  /** Products of all sums one by one. */
  readonly terms: number;
  /** Whether the second factor has the rows. */
  readonly turned: boolean;
}

/** Rows of either factor together, whichever is cheaper. @param limbs of a result */
function cheapest(sums: Sums, shown: Int32Array, x: Factor, y: Factor, most: number, limbs: number): Blocks {
  const { a, b, depth } = sums;
  const [ofA, ofB] = [listsOf(a, depth), listsOf(b, depth)];
  const made = [false, true].map((turned): Blocks => {
    const found = turned ? blocksOf(ofB, ofA, shown, y, x, most) : blocksOf(ofA, ofB, shown, x, y, most);
    const rows = found.blocks.reduce((sum, block) => sum + rowsOf(block, most) + limbs * sizeOfBlock(block), 0);
    return { ...found, rows, turned };
  });
  return made[0].rows <= made[1].rows ? made[0] : made[1];
}

/** Rows of the products of a block. */
function rowsOf({ depth, rows, columns, first }: Block, most: number): number {
  const groups = Math.ceil(rows.length / depth / most);
  const behind = first.reduce((sum, from) => sum + groups - 1 - Math.floor(from / most), 0);
  return (groups - 1) * depth + columns.length + behind;
}

function blocksOf(
  rows: Lists,
  columns: Lists,
  shown: Int32Array,
  x: Factor,
  y: Factor,
  most: number,
): Omit<Blocks, 'rows' | 'turned'> {
  // prettier-ignore
  const place = new Int32Array(rows.of.length).fill(-1);
  /** The sums of each row, by column. */
  const sums = rows.lists.map(() => new Map<number, number[]>());
  let terms = 0;
  for (const o of shown) {
    const own = sums[rows.of[o]];
    const column = columns.of[o];
    own.set(column, [...(own.get(column) ?? []), o]);
    terms += rows.lists[rows.of[o]].reduce((n, i, k) => n + Number(x.weight[i] !== 0 && y.weight[columns.lists[column][k]] !== 0), 0); // prettier-ignore
  }
  const blocks: Block[] = [];
  let next = 0;
  const written = ({ members, own, block }: Piece): void => {
    own.forEach((column, j) => {
      for (const row of members.slice(block.first[j])) {
        for (const o of sums[row].get(column) ?? []) place[o] = next;
        next++;
      }
    });
    blocks.push(block);
  };
  const pieceOf = (members: readonly number[], own: readonly number[], first: Int32Array): Piece[] => {
    const block = blockOf(members.map((row) => rows.lists[row]), own.map((column) => columns.lists[column]), first, x, y); // prettier-ignore
    return block === null ? [] : [{ members, own, block }];
  };
  const columnsOf = (group: readonly number[]): number[] => [...new Set(group.flatMap((row) => [...sums[row].keys()]))];
  /** Blocks of columns that all rows of theirs meet. */
  const apart = (group: readonly number[]): Piece[] => {
    const together = new Map<string, { readonly members: readonly number[]; readonly own: number[] }>();
    for (const column of columnsOf(group)) {
      const members = group.filter((row) => sums[row].has(column));
      const key = members.join();
      const known = together.get(key) ?? { members, own: [] };
      known.own.push(column);
      together.set(key, known);
    }
    return [...together.values()].flatMap(({ members, own }) => pieceOf(members, own, new Int32Array(own.length)));
  };
  /** All rows in one block, those that meet the fewest columns first; none where a column does not meet all rows from its first on. */
  const folded = (group: readonly number[]): Piece[] => {
    const members = group.toSorted((a, b) => sums[a].size - sums[b].size);
    const own = columnsOf(group);
    const first = Int32Array.from(own, (column) => members.findIndex((row) => sums[row].has(column)));
    const meetsAll = own.every((column, j) => members.every((row, i) => i < first[j] || sums[row].has(column)));
    return meetsAll ? pieceOf(members, own, first) : [];
  };
  const costOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { block }) => sum + rowsOf(block, most), 0);
  let groups: number[][] = [];
  const close = (): void => {
    const usual = groups.flatMap(apart);
    const one = groups.length > 1 ? folded(groups.flat()) : [];
    (one.length > 0 && costOf(one) < costOf(usual) ? one : usual).forEach(written);
    groups = [];
  };
  sums.forEach((own, row) => {
    if (own.size === 0) return;
    const isNear = (other: number): boolean => [...own.keys()].some((column) => sums[other].has(column));
    const last = groups.at(-1);
    if (last && last.length < most && isNear(last[0])) {
      last.push(row);
      return;
    }
    if (last && !(last.length >= most && isNear(groups[0][0]))) close();
    groups.push([row]);
  });
  close();
  return { blocks, place, terms };
}

/** A block, and the rows and columns that it is made of. */
interface Piece {
  readonly members: readonly number[];
  readonly own: readonly number[];
  readonly block: Block;
}

/** Without the terms that are 0 in all rows, or in all columns; null where none is left. */
function blockOf(
  rows: readonly Int32Array[],
  columns: readonly Int32Array[],
  first: Int32Array,
  x: Factor,
  y: Factor,
): Block | null {
  const [{ length }] = rows;
  const isLive = (lists: readonly Int32Array[], { weight }: Factor, k: number): boolean => lists.some((list) => weight[list[k]] !== 0); // prettier-ignore
  const kept = Array.from({ length }, (_, k) => k).filter((k) => isLive(rows, x, k) && isLive(columns, y, k));
  if (kept.length === 0) return null;
  const picked = (lists: readonly Int32Array[]): Int32Array => Int32Array.from(lists.flatMap((list) => kept.map((k) => list[k]))); // prettier-ignore
  return { depth: kept.length, rows: picked(rows), columns: picked(columns), first };
}

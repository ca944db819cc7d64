// Lists of constants as circom: as an expression where the numbers follow a rule, else as literal rows. circom parses no
// long expressions, so a row is short.

export interface Table {
  /** Declarations that come before its use. */
  readonly lines: readonly string[];
  /** The number at an index, itself an expression. */
  readonly at: (index: string) => string;
}

const ROW = 64;
const MAX_DIGITS = 4;

/** A list by its index: inner digits of the index with a stride each are added, the rest is read from the list `name`. */
export function table(name: string, values: ArrayLike<number>): Table {
  const { terms, heads, divisor } = peeled(values);
  const { list, stride } = periodic(heads);
  const lines = list.length <= 1 ? [] : literal(name, list);
  return {
    lines,
    at(index) {
      const head = divisor === 1 ? `(${index})` : `((${index}) \\ ${divisor})`;
      const sum = terms.flatMap((term) => (term.stride === 0 ? [] : [times(term.stride, digit(index, term))]));
      if (stride !== 0) sum.push(times(stride, list.length === 1 ? head : `(${head} \\ ${list.length})`));
      if (list.length > 1)
        sum.push(entry(name, list.length, list.length === heads.length ? head : `(${head} % ${list.length})`));
      else if (list[0] !== 0 || sum.length === 0) sum.push(String(list[0] ?? 0));
      return sum.length === 1 ? sum[0] : `(${sum.join(' + ')})`;
    },
  };
}

/** One digit of a mixed-radix index. */
interface Digit {
  readonly divisor: number;
  readonly length: number;
  readonly stride: number;
}

const digit = (index: string, { divisor, length }: Digit): string =>
  divisor === 1 ? `((${index}) % ${length})` : `(((${index}) \\ ${divisor}) % ${length})`;

const times = (stride: number, factor: string): string => (stride === 1 ? factor : `${stride} * ${factor}`);

/** Takes inner digits off while all blocks of one length have one stride; what is left are the blocks' first values. */
function peeled(values: ArrayLike<number>): { terms: Digit[]; heads: ArrayLike<number>; divisor: number } {
  const terms: Digit[] = [];
  let heads = values;
  let divisor = 1;
  while (heads.length > 2 && terms.length < MAX_DIGITS) {
    const level = heads;
    const stride = level[1] - level[0];
    let length = 2;
    while (length < level.length && level[length] - level[length - 1] === stride) length++;
    const block = length;
    if (block === level.length || level.length % block !== 0) break; // the whole of it is `periodic`
    if (!areAll(level, 0, (i) => level[i] - level[i - (i % block)] === (i % block) * stride)) break;
    terms.push({ divisor, length: block, stride });
    divisor *= block;
    heads = Float64Array.from({ length: level.length / block }, (_, i) => level[i * block]);
  }
  return { terms, heads, divisor };
}

/** The shortest list that repeats, `stride` more each time, to give all values. */
function periodic(values: ArrayLike<number>): { list: ArrayLike<number>; stride: number } {
  for (let period = 1; 2 * period <= values.length; period++) {
    const stride = values[period] - values[0];
    if (values.length % period === 0 && areAll(values, period, (i) => values[i] - values[i - period] === stride))
      return { list: Array.from({ length: period }, (_, i) => values[i]), stride };
  }
  return { list: values, stride: 0 };
}

/** Whether it is so at every place of a list, which may have millions, from one on. */
function areAll({ length }: ArrayLike<number>, from: number, isSo: (i: number) => boolean): boolean {
  for (let i = from; i < length; i++) if (!isSo(i)) return false;
  return true;
}

function literal(name: string, list: ArrayLike<number>): string[] {
  if (list.length <= ROW) return [`var ${name}[${list.length}] = [${Array.from(list).join(', ')}];`];
  const rows = Math.ceil(list.length / ROW);
  const padded = new Float64Array(rows * ROW);
  padded.set(list);
  return [
    `var ${name}[${rows}][${ROW}];`,
    ...Array.from(
      { length: rows },
      (_, r) => `${name}[${r}] = [${padded.subarray(r * ROW, (r + 1) * ROW).join(', ')}];`,
    ),
  ];
}

const entry = (name: string, length: number, index: string): string =>
  length <= ROW ? `${name}[${index}]` : `${name}[${index} \\ ${ROW}][${index} % ${ROW}]`;

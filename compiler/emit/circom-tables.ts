// Lists of constants as circom: as an expression where the numbers follow a rule, else as literal rows. circom parses no
// long expressions, so a row is short.

export interface Table {
  /** Declarations that stand before its use. */
  readonly lines: readonly string[];
  /** The number at an index, itself an expression. */
  readonly at: (index: string) => string;
}

const ROW = 64;
const MAX_DEPTH = 4;

/** A list as `name[index]`, or without a name where it is regular. */
export function table(name: string, values: ArrayLike<number>): Table {
  const regular = regularIn(values);
  if (regular) return { lines: [], at: regular };
  const list = Array.from(values);
  if (list.length <= ROW)
    return { lines: [`var ${name}[${list.length}] = [${list.join(', ')}];`], at: (i) => `${name}[${i}]` };
  const rows = Math.ceil(list.length / ROW);
  const padded = [...list, ...new Array<number>(rows * ROW - list.length).fill(0)];
  return {
    lines: [
      `var ${name}[${rows}][${ROW}];`,
      ...Array.from(
        { length: rows },
        (_, r) => `${name}[${r}] = [${padded.slice(r * ROW, (r + 1) * ROW).join(', ')}];`,
      ),
    ],
    at: (i) => `${name}[(${i}) \\ ${ROW}][(${i}) % ${ROW}]`,
  };
}

/** values[i] as first + stride0 * (i % n0) + stride1 * ((i \ n0) % n1) + ..., in at most MAX_DEPTH terms; null where there is none. */
function regularIn(values: ArrayLike<number>): ((index: string) => string) | null {
  const terms: { readonly divisor: number; readonly length: number; readonly stride: number }[] = [];
  let level = Array.from(values);
  const first = level[0] ?? 0;
  for (let divisor = 1; level.length > 1;) {
    if (terms.length === MAX_DEPTH) return null;
    const stride = level[1] - level[0];
    let length = 2;
    while (length < level.length && level[length] - level[length - 1] === stride) length++;
    if (level.length % length !== 0) return null;
    const heads: number[] = [];
    for (let at = 0; at < level.length; at += length) {
      heads.push(level[at]);
      for (let i = 1; i < length; i++) if (level[at + i] - level[at] !== i * stride) return null;
    }
    terms.push({ divisor, length: heads.length === 1 ? Infinity : length, stride });
    divisor *= length;
    level = heads;
  }
  return (index) => {
    const parts = terms.flatMap(({ divisor, length, stride }) => {
      if (stride === 0) return [];
      const quotient = divisor === 1 ? `(${index})` : `((${index}) \\ ${divisor})`;
      const digit = length === Infinity ? quotient : `(${quotient} % ${length})`;
      return [stride === 1 ? digit : `${stride} * ${digit}`];
    });
    const sum = [...(first === 0 && parts.length > 0 ? [] : [String(first)]), ...parts].join(' + ');
    return parts.length + Number(first !== 0) > 1 ? `(${sum})` : sum;
  };
}

// What a value of an input's type may be.

/** Least and greatest value of a type of whole numbers, 64 bits as far as float64 is exact; undefined for floats. */
function wholeRange(dtype: string): readonly [lo: number, hi: number] | undefined {
  if (dtype === 'bool') return [0, 1];
  const [, unsigned, bits] = /^(u?)int(\d+)$/.exec(dtype) ?? [];
  if (bits === undefined) return undefined;
  const hi = Math.min(2 ** (Number(bits) - (unsigned === 'u' ? 0 : 1)) - 1, Number.MAX_SAFE_INTEGER);
  return [unsigned === 'u' ? 0 : Math.max(-hi - 1, Number.MIN_SAFE_INTEGER), hi];
}

/** Whether an input of a type can hold a value; NaN and infinities fit into none. */
export function fitter(dtype: string): (value: number) => boolean {
  const range = wholeRange(dtype);
  if (range === undefined) return Number.isFinite;
  return (value) => Number.isInteger(value) && value >= range[0] && value <= range[1];
}

/** For errors: "expected finite numbers", "expected whole numbers of uint8, 0 to 255". */
export function expectedOf(dtype: string): string {
  const range = wholeRange(dtype);
  return range === undefined ? 'finite numbers' : `whole numbers of ${dtype}, ${range.join(' to ')}`;
}

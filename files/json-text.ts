// How values with typed arrays, large integers and ordered names are written as JSON.

/**
 * One JSON text: typed arrays as lists, integers beyond 2^53 as strings, maps as objects whose fields keep their order. Those of an
 * object would begin with the names that are whole numbers.
 * @example
 * ```ts
 * toJson({ words: [2n ** 64n], values: Float32Array.of(0.5) }); // → '{"words":["18446744073709551616"],"values":[0.5]}'
 * ```
 */
export const toJson = (value: unknown, indent = 0): string => written(value, '\n', ' '.repeat(indent)) ?? 'null';

/** @param end what ends a line: its break and the indentation of what holds the value. Undefined for what JSON leaves out. */
function written(value: unknown, end: string, step: string): string | undefined {
  if (typeof value === 'bigint') return `"${value}"`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = end + step;
  const body = (open: string, parts: readonly string[], close: string): string =>
    parts.length === 0
      ? open + close
      : step === ''
        ? open + parts.join() + close
        : `${open}${inner}${parts.join(`,${inner}`)}${end}${close}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>, (item) => written(item, inner, step) ?? 'null');
    return body('[', items, ']');
  }
  const colon = step === '' ? ':' : ': ';
  const entries: Iterable<[string, unknown]> = value instanceof Map ? value : Object.entries(value);
  const fields = Array.from(entries, ([name, field]): string[] => {
    const text = written(field, inner, step);
    return text === undefined ? [] : [`${JSON.stringify(name)}${colon}${text}`];
  });
  return body('{', fields.flat(), '}');
}

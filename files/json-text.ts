// How values with typed arrays and large integers are written as JSON.

/** One JSON text: typed arrays as lists, integers beyond 2^53 as strings. */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(
    value,
    (_, v: unknown) =>
      typeof v === 'bigint'
        ? String(v)
        : ArrayBuffer.isView(v) && !(v instanceof DataView)
          ? Array.from(v as Float64Array)
          : v,
    indent,
  );

// Strict readers of JSON values: each returns a frozen copy of what it declares or throws Refusal with the field's path.
// A file's format is one expression of them, so nothing is read that is not checked and nothing unknown is let through.
import { Refusal } from './reason.js';

export type Reader<T> = (json: unknown) => T;

/** An object with exactly these own fields, and those of `optional` that it has. */
export function object<T>(
  readers: { readonly [K in keyof T]: Reader<T[K]> },
  optional: Readonly<Record<string, Reader<unknown>>> = {},
): Reader<T> {
  return (json) => {
    const fields = Object(json) as Record<string, unknown>;
    const here = Object.entries(optional).filter(([name]) => Object.hasOwn(fields, name));
    const entries = [...Object.entries<Reader<unknown>>(readers), ...here];
    const names = entries.map(([name]) => name);
    if (Object.keys(fields).length !== names.length || !names.every((name) => Object.hasOwn(fields, name)))
      throw new Refusal('malformed', json, `an object of ${names.join()}`);
    const read = entries.map(([name, reader]) => [name, within(`.${name}`, () => reader(fields[name]))] as const);
    return Object.freeze(Object.fromEntries(read)) as T;
  };
}

/** An array of any length, or of exactly `length`; a wrong length is 'malformed' unless another reason is named. */
export function list<T>(
  reader: Reader<T>,
  length?: number,
  reason: 'malformed' | 'public-count' = 'malformed',
): Reader<readonly T[]> {
  return (json) => {
    if (!Array.isArray(json)) throw new Refusal('malformed', json, 'an array');
    if (length !== undefined && json.length !== length) throw new Refusal(reason, json.length, `an array of ${length}`);
    return Object.freeze(Array.from(json as unknown[], (v, i) => within(`[${i}]`, () => reader(v))));
  };
}

/** This very value. */
export const exactly = <const T>(value: T): Reader<T> => where((v): v is T => v === value, value);

/** An integer in [least, 2^53). */
export const integer = (least: number): Reader<number> =>
  where((v): v is number => Number.isSafeInteger(v) && Number(v) >= least, `an integer from ${least}`);

/** What a type guard lets through. */
export function where<T>(test: (v: unknown) => v is T, expected?: unknown): Reader<T> {
  return (json) => {
    if (!test(json)) throw new Refusal('malformed', json, expected);
    return json;
  };
}

/** null, or what the reader reads. */
export const nullable =
  <T>(reader: Reader<T>): Reader<T | null> =>
  (json) =>
    json === null ? null : reader(json);

/** A canonical decimal string below `modulus`. Refuses with 'malformed' or 'not-in-field'. */
export const field =
  (modulus: bigint): Reader<bigint> =>
  (json) => {
    // 78 digits hold 2^256; longer strings would only cost time
    if (typeof json !== 'string' || !/^(0|[1-9]\d{0,77})$/.test(json)) throw new Refusal('malformed', json);
    const v = BigInt(json);
    if (v >= modulus) throw new Refusal('not-in-field', json);
    return v;
  };

/** Adds a step to the path of a refusal that comes from inside. */
export function within<T>(step: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) error.where = step + error.where;
    throw error;
  }
}

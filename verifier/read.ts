// Strict readers of JSON values: each returns a frozen copy of what it declares or throws Refusal with the field's path.
// A file's format is one expression of them, so nothing is read that is not checked and nothing unknown is let through.
import { Refusal } from './reason.js';

export type Reader<T> = (json: unknown) => T;

interface Kind<A> {
  readonly format: Reader<string>;
  readonly version: Reader<number>;
  readonly argument: Reader<A>;
}

/** An object with exactly these own fields, and those of `optional` that it has. Whatever else it holds is counted, never read. */
export function object<T>(
  readers: { readonly [K in keyof T]: Reader<T[K]> },
  optional: Readonly<Record<string, Reader<unknown>>> = {},
): Reader<T> {
  const all: Readonly<Record<string, Reader<unknown>>> = { ...readers, ...optional };
  return (json) => {
    const given = Object(json) as Record<string, unknown>;
    const own = (name: string): unknown => (Object.hasOwn(given, name) ? given[name] : undefined);
    const names = Object.keys(all).filter((name) => Object.hasOwn(given, name) || Object.hasOwn(readers, name));
    const read = names.map((name) => [name, within(`.${name}`, all[name], own(name))]);
    if (Object.keys(given).length > names.length) throw new Refusal('malformed', json, `an object of ${names.join()}`);
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
    return Object.freeze(Array.from(json as unknown[], (v, i) => within(`[${i}]`, reader, v)));
  };
}

/** An array of two. */
export const pair = <T>(reader: Reader<T>): Reader<readonly [T, T]> => list(reader, 2) as Reader<readonly [T, T]>;

/** This very value, or one of these. */
export const only = <const T>(...values: readonly T[]): Reader<T> =>
  where((v): v is T => values.some((value) => value === v), values.join(' or '));

/** An integer in [least, 2^53). */
export const integer = (least: number): Reader<number> =>
  where((v): v is number => Number.isSafeInteger(v) && Number(v) >= least, `an integer from ${least}`);

/** 32 bytes in hex digits of one case, without 0x. */
export const hash = where((v): v is string => typeof v === 'string' && /^[0-9a-f]{64}$/.test(v), '64 hex digits');

/** A field that is read later, when what stands beside it says how long it may be. */
export const unread: Reader<unknown> = (json) => json;

/** Refuses the first field that does not go with the others. */
export function agree<T extends object>(fields: T, fits: { readonly [K in keyof T]?: boolean }, at = ''): T {
  for (const name in fits)
    if (!fits[name]) within(`${at}.${name}`, only<unknown>('consistent with the others'), fields[name]);
  return fields;
}

/** What a type guard lets through. */
export function where<T>(test: (v: unknown) => v is T, expected?: unknown): Reader<T> {
  return (json) => {
    if (!test(json)) throw new Refusal('malformed', json, expected);
    return json;
  };
}

/** The fields by which a file says what it is. */
export const kind = <const A>(format: string, argument: A): Kind<A> => ({
  format: only(format),
  version: only(1),
  argument: only(argument),
});

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

/** What a reader makes of the field at a step of the path, which a refusal from inside is told. */
export function within<J, T>(step: string, reader: (json: J) => T, json: J): T {
  try {
    return reader(json);
  } catch (error) {
    if (error instanceof Refusal) error.where = step + error.where;
    throw error;
  }
}

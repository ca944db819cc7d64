// Lists of any length: an array that is spread into the arguments of a call fails from some 120,000 elements.

/** The least of the numbers; Infinity of none. */
export function least(numbers: Iterable<number>): number {
  let found = Infinity;
  for (const x of numbers) if (x < found) found = x;
  return found;
}

/** The greatest of the numbers; -Infinity of none. */
export function greatest(numbers: Iterable<number>): number {
  let found = -Infinity;
  for (const x of numbers) if (x > found) found = x;
  return found;
}

/** Puts `more` behind the end of `list`. */
export function append<T>(list: T[], more: Iterable<T>): void {
  for (const one of more) list.push(one);
}

// Numbers as tables write them.
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** The number of a cell; booleans are 1 and 0; undefined for anything else, an empty cell and NaN included. */
export function numberOf(cell: string): number | undefined {
  if (NUMBER.test(cell)) return Number(cell);
  const word = cell.toLowerCase();
  return word === 'true' ? 1 : word === 'false' ? 0 : undefined;
}

// What a transaction pays for its gas, and what one pays that takes the place of another.

export interface Fees {
  /** Wei a gas: the most, and of it what whoever makes the block has. */
  readonly fee: bigint;
  readonly tip: bigint;
}

/** Blocks that a transaction may wait before it is replaced, and milliseconds: blocks of a quarter of a second are no time at all. */
const PATIENCE = 3n;
export const LEAST_MS = 15_000;
/** @param since when it was sent, by performance.now: a wall clock that is put back makes nothing wait longer */
export const waitedLong = (blocks: bigint, since: number, least = LEAST_MS): boolean =>
  blocks >= PATIENCE && performance.now() - since >= least;
/** Nodes of the chain take a replacement that pays an eighth more. */
const raised = (fee: bigint): bigint => (fee * 9n) / 8n + 1n;
export const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
/** Without a setting, the most that is paid for a gas: so many times the base fee, and wei of chains whose base fee is nothing. */
const TIMES = 20n;
const FLOOR = 10n ** 10n;

/** What a gas may cost, by the base fees that RPCs say: one of two does not say it alone. */
export const mostFor = (baseFees: readonly (bigint | null)[]): bigint =>
  larger(FLOOR, TIMES * baseFees.map((fee) => fee ?? 0n).reduce(smaller));

/** Today's fees, or those that replace a transaction; undefined where that would be more than may be paid. */
export function feesFor(now: Fees, most: bigint, replaced?: Fees): Fees | undefined {
  const least = replaced ? { fee: raised(replaced.fee), tip: raised(replaced.tip) } : { fee: 0n, tip: 0n };
  if (larger(least.fee, least.tip) > most) return undefined;
  const tip = smaller(most, larger(least.tip, now.tip));
  return { fee: smaller(most, larger(least.fee, larger(tip, now.fee))), tip };
}

// What a client decides by, as plain functions of numbers: which bond, which node, which receipts it audits. Amounts are wei.
export interface Candidate {
  readonly price: bigint;
  /** Milliseconds of its last answer to us. */
  readonly ms: number;
}

/** Share of receipts that are audited. */
export const AUDITED = 0.01;
/** Lying pays while what it gains is above q · bond. */
const PRICES_OF_BOND = 1_000n;
const CHALLENGES_OF_BOND = 5n;
/** Of the cheapest, how many are compared by their speed. */
const CHEAPEST = 3;
/** A node that failed is asked again after so many seconds. */
export const PAUSE = 3_600;

/** What a client wants at stake where it does not say so itself. */
export function bondFor(price: bigint, challengePrice: bigint): bigint {
  const [a, b] = [PRICES_OF_BOND * price, CHALLENGES_OF_BOND * challengePrice];
  return a > b ? a : b;
}

/** Whether a bond is too thin to deter: what a liar loses on average is less than ten prices. */
export const isThin = (share: number, bond: bigint, price: bigint): boolean =>
  share * Number(bond) < 10 * Number(price);

/** In the order in which they are asked: the fastest of the three cheapest, the other two, and then by price. */
export function inTurn<T extends Candidate>(candidates: readonly T[]): T[] {
  const byPrice = candidates.toSorted((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : a.ms - b.ms));
  return [...byPrice.slice(0, CHEAPEST).sort((a, b) => a.ms - b.ms), ...byPrice.slice(CHEAPEST)];
}

/** Whether a receipt is audited: drawn when it is there, so that nobody knows it while signing. */
export function drawn(share: number, random: () => number = secret): boolean {
  return random() < share;
}

/** [0, 1), which nobody can guess. */
const secret = (): number => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32;

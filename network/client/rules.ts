// What a client decides by, as plain functions of numbers: which bond, which node, which receipts it audits. Amounts are wei.
export interface Candidate {
  readonly price: bigint;
  /** Milliseconds of its last answer to us. */
  readonly ms: number;
}

/** What the market has of a node. */
export interface Stake {
  readonly amount: bigint;
  /** 0: stays. */
  readonly leavesAt: bigint;
  /** Challenges without an answer. */
  readonly open: number;
}

/** Share of receipts that are audited, where nobody says another. */
export const AUDITED = 0.01;
/** Of a stake, what the audits of one client may have to claim: docs/network.md says for how many clients at once that deters. */
const PART_OF_STAKE = 10n;
/** Lying pays while what it gains is above q · bond: so many prices. */
const PRICES_LOST = 10;
const CHALLENGES_OF_BOND = 5n;
/** Shares are as exact as that; below the least, no figure that follows from them would hold. */
const MILLION = 1_000_000n;
export const LEAST_SHARE = 1e-6;
/** Of the cheapest, how many are compared by their speed. */
const CHEAPEST = 3;
/** Milliseconds that a node has to prove a promise off the chain. */
export const PATIENCE = 600_000;
/** A node that failed is asked again after so many seconds. */
export const PAUSE = 3_600;

/** What a client that audits this share wants at stake where it does not say so itself. */
export function bondFor(price: bigint, challengePrice: bigint, share = AUDITED): bigint {
  const [a, b] = [BigInt(Math.ceil(PRICES_LOST / share)) * price, CHALLENGES_OF_BOND * challengePrice];
  return a > b ? a : b;
}

/** Whether a bond is too thin to deter: what a liar loses on average is less than ten prices. */
export const isThin = (share: number, bond: bigint, price: bigint): boolean =>
  share * Number(bond) < PRICES_LOST * Number(price);

/** Why no receipt under that bond is asked for; null where one may be. An open challenge may take as much as this receipt would. */
export function uncovered({ amount, leavesAt, open }: Stake, bond: bigint): string | null {
  if (amount < bond) return `has ${amount} wei at stake, less than ${bond}`;
  if (leavesAt !== 0n) return 'is leaving';
  const free = amount - BigInt(open) * bond;
  return free < bond ? `has ${amount} wei at stake, and ${open} challenges open` : null;
}

/**
 * The sum of bonds, in wei, up to which a client holds receipts of one node that were not proved.
 * @param most wei that its audits may have to claim together; by default a tenth of the stake
 * @param share of its receipts that it audits
 */
export const mostHeld = (amount: bigint, most = amount / PART_OF_STAKE, share = AUDITED): bigint =>
  (most * MILLION) / BigInt(Math.max(1, Math.ceil(share * Number(MILLION))));

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

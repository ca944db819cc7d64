// Whom to ask: who is announced on the chain, has the bond at stake and stays, answers with a card of this market, and serves the model.
import { InferproofError } from 'inferproof/verifier';
import { getAddress, isAddress, type Address } from 'viem';
import { followAnnounced } from './announced.js';
import { cardOf, Failed, type Card } from './ask.js';
import { chainTime, confirmed, view, type Context } from './context.js';
import type { Model } from './model.js';
import { standings, type Standing } from './receipts.js';
import { bondFor, inTurn, mostHeld, PAUSE, uncovered, type Candidate } from './rules.js';

export interface Offer extends Candidate {
  readonly node: Address;
  readonly url: string;
  /** What the receipt has to be worth; 0 of a proof, which needs none. */
  readonly bond: bigint;
  /** Wei: the bonds that this client may hold of that node, unproved, with this one. */
  readonly most: bigint;
}

export interface Wanted {
  readonly want: 'receipt' | 'proof';
  readonly bond?: bigint | undefined;
  readonly maxPrice?: bigint | undefined;
  readonly maxExposure?: bigint | undefined;
  /** Of its receipts, what the client audits. */
  readonly share?: number | undefined;
  /** The address or the URL of the one that is to be asked. */
  readonly node?: string | undefined;
}

export interface Nodes {
  /** In the order in which they are asked; what is wrong with the others. */
  readonly offers: (model: Model, wanted: Wanted) => Promise<{ readonly offers: Offer[]; readonly others: string[] }>;
  /** A node by its URL, or by its address if it is announced. Throws InferproofError. */
  readonly find: (node: string) => Promise<{ readonly node: Address; readonly url: string }>;
  /**
   * Counts the receipt that is asked for now among those that are held of its node, until what it returns is called with whether it came.
   * null, and not counted: they would be more than may be.
   */
  readonly hold: (offer: Offer) => ((came: boolean) => void) | null;
  /** It is not asked again for some seconds. */
  readonly failed: (node: Address, seconds: number) => void;
  readonly answered: (node: Address, ms: number) => void;
}

/** Cards that are asked for at once, and in all, of nodes that nobody named. */
const AT_ONCE = 8;
const MOST_CARDS = 48;
const CARD_MS = 300_000;
/** Until the receipts are looked through again. */
const STANDINGS_MS = 60_000;

interface Known {
  readonly card: Card;
  readonly at: number;
}

export function openNodes(context: Context): Nodes {
  const { fetch, place } = context;
  const cards = new Map<string, Known>();
  const speed = new Map<Address, number>();
  const paused = new Map<string, number>();
  const announced = followAnnounced(context);
  /** Wei of bonds: on disk at the last look and what came since; what is being asked for. */
  let held = new Map<Address, bigint>();
  const asking = new Map<Address, bigint>();
  /** What came during each look that is not over: it may have begun before that was on disk. */
  const during = new Set<Map<Address, bigint>>();
  let looked: { readonly at: number; readonly all: Promise<ReadonlyMap<Address, Standing>> } | undefined;
  const standing = (): Promise<ReadonlyMap<Address, Standing>> => {
    if (looked !== undefined && looked.at > Date.now() - STANDINGS_MS) return looked.all;
    const all = chainTime(context).then((now) => standings(context, now));
    looked = { at: Date.now(), all };
    const came = new Map<Address, bigint>();
    during.add(came);
    all.then(
      (found) => {
        during.delete(came);
        held = new Map([...found].map(([node, one]) => [node, one.held]));
        for (const [node, wei] of came) add(held, node, wei);
      },
      () => {
        during.delete(came);
        looked = undefined;
      },
    );
    return all;
  };
  const add = (sums: Map<Address, bigint>, node: Address, wei: bigint): void => void sums.set(node, (sums.get(node) ?? 0n) + wei); // prettier-ignore

  const isPaused = (name: string): boolean => (paused.get(name) ?? 0) > Date.now();
  const pause = (name: string, seconds: number): void => void paused.set(name, Date.now() + 1000 * seconds);

  /** Throws Failed. */
  async function cardAt(url: string): Promise<Card> {
    const known = cards.get(url);
    if (known !== undefined && known.at > Date.now() - CARD_MS) return known.card;
    if (!/^https?:\/\//.test(url)) throw new Failed('has no URL', PAUSE);
    const asked = performance.now();
    const card = await cardOf(fetch, url);
    if (card.chainId !== place.chainId || card.market !== getAddress(place.market))
      throw new Failed(`is of the market ${card.market} on chain ${card.chainId}`, PAUSE);
    speed.set(card.node, performance.now() - asked);
    cards.set(url, { card, at: Date.now() });
    return card;
  }

  async function find(name: string): Promise<{ readonly node: Address; readonly url: string }> {
    const isNode = isAddress(name, { strict: false });
    const url = isNode ? (await announced()).get(getAddress(name))?.url : name.replace(/\/+$/, '');
    if (url === undefined || url === '')
      throw new InferproofError('data', 'expected a node that is announced, got another', { where: name, hint: 'name it by its URL' }); // prettier-ignore
    try {
      const { node } = await cardAt(url);
      if (isNode && node !== getAddress(name)) throw new Failed(`is ${node}`, PAUSE);
      return { node, url };
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      throw new InferproofError('resource', `expected the card of a node, got one that ${error.message}`, { where: url, cause: error }); // prettier-ignore
    }
  }

  /** Who has something at stake: a card costs time, and nobody is to cost it for nothing. In no order that anybody can choose. */
  async function staked(
    { want, bond, share }: Wanted,
    challenge: bigint,
  ): Promise<{ readonly node: Address; readonly url: string }[]> {
    const least = want === 'proof' ? 1n : (bond ?? bondFor(0n, challenge, share));
    const found = [...(await announced())].filter(([, { url, stake, leaves }]) => url !== '' && stake >= least && !(leaves && want === 'receipt')); // prettier-ignore
    return shuffled(found.map(([node, { url }]) => ({ node, url })));
  }

  /** What one node offers; why it is not asked. */
  async function offerOf(
    node: Address,
    url: string,
    model: Model,
    wanted: Wanted,
    challenge: bigint,
    block: bigint,
  ): Promise<Offer> {
    const { want, maxPrice, maxExposure, share } = wanted;
    const card = await cardAt(url);
    if (card.node !== node) throw new Failed(`is ${card.node}`, PAUSE);
    const served = card.models.find(({ modelId }) => modelId === model.modelId);
    const service = want === 'receipt' ? served?.receipt : served?.proof;
    if (!service) throw new Failed(`does not answer by ${want} for this model`, 0);
    const { price } = service;
    if (maxPrice !== undefined && price > maxPrice) throw new Failed(`asks ${price} wei, more than ${maxPrice}`, 0);
    const bond = want === 'proof' ? 0n : (wanted.bond ?? bondFor(price, challenge, share));
    if (want === 'receipt' && (served?.receipt?.bond ?? 0n) < bond)
      throw new Failed(`binds itself by ${served?.receipt?.bond ?? 0n} wei, less than ${bond}`, 0);
    const offer = { node, url, bond, price, ms: speed.get(node) ?? Infinity };
    if (want === 'proof') return { ...offer, most: 0n };
    const [amount, leavesAt, open] = await view(context, 'stakes', [node], block);
    const fault = uncovered({ amount, leavesAt, open }, bond);
    if (fault !== null) throw new Failed(fault, 0);
    return { ...offer, most: mostHeld(amount, maxExposure, share) };
  }

  return {
    offers: async (model, wanted) => {
      const [challenge, block] = await Promise.all([
        view(context, 'challengePrice', [model.modelId]),
        confirmed(context),
      ]);
      const all = wanted.node === undefined ? await staked(wanted, challenge) : [await find(wanted.node)];
      const known = await standing();
      const offers: Offer[] = [];
      const others: string[] = [];
      const asked = all
        .filter(({ node }) => wanted.node !== undefined || !(isPaused(node) || known.get(node)?.caught))
        .slice(0, MOST_CARDS);
      const rest = asked.values();
      const work = async (): Promise<void> => {
        for (const { node, url } of rest)
          try {
            offers.push(await offerOf(node, url, model, wanted, challenge, block));
          } catch (error) {
            if (!(error instanceof Failed)) throw error;
            if (error.pause > 0) pause(node, error.pause);
            others.push(`${node} ${error.message}`);
          }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      if (asked.length < all.length) others.push(`${all.length - asked.length} more were not asked`);
      return { offers: inTurn(offers), others };
    },
    find,
    hold: ({ node, bond, most }) => {
      if (bond > 0n && (held.get(node) ?? 0n) + (asking.get(node) ?? 0n) + bond > most) return null;
      add(asking, node, bond);
      return (came) => {
        add(asking, node, -bond);
        if (came) for (const sums of [held, ...during]) add(sums, node, bond);
      };
    },
    failed: (node, seconds) => {
      pause(node, seconds);
      for (const [url, { card }] of cards) if (card.node === node) cards.delete(url); // it may say other things by now
    },
    answered: (node, ms) => void speed.set(node, ms),
  };
}

/** So that who is announced first is not asked first by everybody. */
function shuffled<T>(values: T[]): T[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [values[i], values[j]] = [values[j], values[i]];
  }
  return values;
}

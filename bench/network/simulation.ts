// A market of clients and nodes, answer by answer, without a chain: clients decide by their own rules (network/client), liars as they like.
// Bonds, stakes and gains are in prices of an answer. Same terms, same seed: same outcome.
import { bondFor, drawn, inTurn, isThin, mostHeld, PATIENCE, PAUSE, uncovered } from '#network/client/rules.js';

/** What the client goes by; a test puts other rules here. */
export const RULES = { drawn, inTurn, isThin, mostHeld, uncovered };
/** Wei of an answer, and what a client wants at stake where it does not say so. */
export const PRICE = 1_000_000n;
export const BOND = bondFor(PRICE, PRICE);

/** Seconds: of a public chain, and of a client that audits a node. */
const [WINDOW, PROOF_TIME] = [86_400, 86_400];
const ASKED_FOR = PATIENCE / 1000;
/** Seconds that an honest node is away at most: less than PROOF_TIME, so that it can always prove. */
const AWAY = 43_200;

/** mulberry32 */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Terms {
  readonly seed: number;
  readonly answers: number;
  /** Of all clients together. */
  readonly answersPerSecond: number;
  readonly clients: number;
  readonly honest: number;
  /** One for each liar: which part of its answers is wrong. Liars are a little cheaper than the others. */
  readonly lies: readonly number[];
  /** Share of the receipts that is audited. */
  readonly share: number;
  /** Wei. */
  readonly bond: bigint;
  /** Bonds that each node has at stake. */
  readonly bonds: bigint;
  /** [0, 1) of the audit's draw, and what liars take that to be: they say nothing wrong where they see an audit come. */
  readonly secret?: () => number;
  readonly guess?: () => number;
  readonly rules?: typeof RULES;
}

export interface NodeOutcome {
  /** null: an honest one. */
  readonly lies: number | null;
  answers: number;
  wrong: number;
  /** Wei. */
  slashed: bigint;
  /** Answers of all when it was last asked, where its stake does not cover a bond any more. */
  goneAt: number | null;
}

interface Node extends NodeOutcome {
  stake: bigint;
  open: number;
  /** Seconds. */
  backAt: number;
}
interface Client {
  readonly ms: readonly number[];
  /** By node: until when it is not asked, and how many receipts are held. */
  readonly pausedUntil: Float64Array;
  readonly held: Int32Array;
  order: readonly number[];
  /** The market when the order was made. */
  seen: number;
  until: number;
}
interface Due {
  readonly at: number;
  readonly client: Client;
  readonly node: number;
  readonly wrong: boolean;
}

/** Runs the market until all that was drawn is proved or slashed. */
export function simulate(terms: Terms): readonly NodeOutcome[] {
  const { seed, answers, answersPerSecond, clients: count, honest, share, bond, bonds, rules = RULES } = terms;
  const random = generator(seed);
  const { secret = generator(seed + 1), guess = generator(seed + 2) } = terms;
  const nodes: Node[] = [...terms.lies, ...Array.from({ length: honest }, () => null)].map((lies) => ({ lies, answers: 0, wrong: 0, slashed: 0n, goneAt: null, stake: bonds * bond, open: 0, backAt: 0 })); // prettier-ignore
  const prices = nodes.map(({ lies }) => (lies === null ? PRICE : PRICE - 1n));
  const clients = Array.from({ length: count }, (): Client => {
    const ms = nodes.map(() => 1 + random() * 200);
    return { ms, pausedUntil: new Float64Array(nodes.length), held: new Int32Array(nodes.length), order: [], seen: -1, until: 0 }; // prettier-ignore
  });
  // delays are of one length each: what comes first is due first
  const [binding, challenges, slashes]: [Due[], Due[], Due[]] = [[], [], []];
  let [bound, challenged, slashed] = [0, 0, 0];
  /** Grows whenever other nodes may be asked than before. */
  let market = 0;

  const isOut = ({ stake, open }: Node): boolean => rules.uncovered({ amount: stake, leavesAt: 0n, open }, bond) !== null; // prettier-ignore
  const change = (node: Node, act: () => void): void => {
    const before = isOut(node);
    act();
    if (isOut(node) !== before) market++;
  };
  /** In turn: what is not paused, has its stake free, and is there. */
  function orderOf(client: Client, now: number): readonly number[] {
    if (client.seen === market && now < client.until) return client.order;
    const free = nodes.flatMap((node, i) => (client.pausedUntil[i] > now || isOut(node) ? [] : [{ i, price: prices[i], ms: client.ms[i] }])); // prettier-ignore
    const paused = client.pausedUntil.filter((until) => until > now);
    const order = rules.inTurn(free).map(({ i }) => i);
    Object.assign(client, { order, seen: market, until: paused.reduce((a, b) => Math.min(a, b), Infinity) });
    return order;
  }
  function pause(client: Client, node: number, until: number): void {
    client.pausedUntil[node] = until;
    client.seen = -1;
  }

  /** What is due by then. */
  function pass(now: number): void {
    for (; bound < binding.length && binding[bound].at <= now; bound++) binding[bound].client.held[binding[bound].node]--; // prettier-ignore
    for (; challenged < challenges.length && challenges[challenged].at <= now; challenged++) {
      const due = challenges[challenged];
      const node = nodes[due.node];
      if (!due.wrong && node.backAt <= due.at) continue; // it was back in time, and proved it
      change(node, () => node.open++);
      pause(due.client, due.node, due.at + PROOF_TIME); // until the chain has decided
      slashes.push({ ...due, at: due.at + PROOF_TIME });
    }
    for (; slashed < slashes.length && slashes[slashed].at <= now; slashed++) {
      const due = slashes[slashed];
      const node = nodes[due.node];
      const amount = due.wrong || node.backAt > due.at ? (bond < node.stake ? bond : node.stake) : 0n;
      change(node, () => {
        node.open--;
        node.stake -= amount;
        node.slashed += amount;
      });
    }
  }

  for (let i = 0; i < answers; i++) {
    const now = i / answersPerSecond;
    pass(now);
    const client = clients[Math.floor(random() * count)];
    const [lying, leaving, foreseen] = [random(), random(), guess() < share];
    for (const at of orderOf(client, now)) {
      const node = nodes[at];
      if (BigInt(client.held[at] + 1) * bond > rules.mostHeld(node.stake)) continue;
      if (node.lies === null && node.backAt <= now && leaving < 0.0001) node.backAt = now + random() * AWAY;
      if (node.backAt > now) {
        pause(client, at, now + PAUSE);
        continue;
      }
      const wrong = node.lies !== null && lying < node.lies && !foreseen;
      const receipt = { client, node: at, wrong };
      node.answers++;
      if (wrong) node.wrong++;
      node.goneAt = i;
      client.held[at]++;
      binding.push({ ...receipt, at: now + WINDOW });
      // it is signed, and nobody but the client draws
      if (rules.drawn(share, secret)) challenges.push({ ...receipt, at: now + ASKED_FOR });
      break;
    }
  }
  pass(Infinity);
  return nodes.map((node) => ({ ...node, goneAt: node.stake < bond ? node.goneAt : null }));
}

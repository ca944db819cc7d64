// Random schedules: six people do what they like, in any order, while time passes. The market holds what it owes to the wei, no lie is
// proved, no honest node slashed, nobody leaves with open challenges, and a liar loses the smaller of bond and stake. 500 schedules on
// every run, 10,000 under INFERPROOF_FULL=1, fifty one after the other on each chain; INFERPROOF_SEED=N runs the chain that a failure names.
import { beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../compiler/circuits.js';
import { compile, sources, type Contracts } from './compiled.js';
import { INPUT, scene, WORDS } from './scene.js';
import { ETHER, FLOOR, hashOf, NOBODY, WINDOW, type Receipt, type Request } from './world.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const ONE = process.env['INFERPROOF_SEED'];
const CHAINS = ONE === undefined ? Array.from({ length: FULL ? 200 : 10 }, (_, i) => i) : [Number(ONE)];
const SCHEDULES = 50;
const ACTIONS = 12;

let contracts: Contracts;
beforeAll(() => {
  contracts = compile();
});

type Tally = Record<string, { tries: number; done: number }>;

/** Fifty schedules on one chain. */
async function run(on: Contracts, seed: number, schedules: number, tally: Tally): Promise<void> {
  const random = generator(seed + 1);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)];
  const s = await scene(on);
  const [clients, nodes] = [[s.client, s.other], [s.node, s.watcher]]; // prettier-ignore
  const [honest, liar] = nodes;
  const everybody = [...clients, ...nodes];
  const requests: { r: Request; over: boolean }[] = [];
  const receipts: { c: Receipt; good: boolean; open: boolean; over: boolean }[] = [];
  const spent = new Map<string, bigint>();

  const count = (name: string, said: string): boolean => {
    tally[name] ??= { tries: 0, done: 0 };
    tally[name].tries++;
    if (said === 'ok') tally[name].done++;
    return said === 'ok';
  };
  /** One of the last few, those that are not over before the others. */
  const recent = <T extends { over: boolean }>(list: readonly T[]): T | undefined => {
    const last = list.slice(-12);
    const live = last.filter(({ over }) => !over);
    return live.length > 0 && random() < 0.8 ? pick(live) : last.length > 0 ? pick(last) : undefined;
  };
  /** Whether to try an exit: always once it is due, now and then before. */
  const worthwhile = (due: bigint): boolean => (due !== 0n && s.w.now > due) || random() < 0.15;
  const outputOf = (good: boolean): bigint => (good ? WORDS[2] : WORDS[2] + 1n);
  const voucher = async (client: (typeof clients)[0], node: (typeof nodes)[0]) => {
    const name = `${client.address} ${node.address}`;
    if (random() < 0.7) spent.set(name, (spent.get(name) ?? 0n) + BigInt(1 + below(5)));
    const v = { client: client.address, node: node.address, total: spent.get(name) ?? 0n };
    return [v, await s.w.sign(client, 'Voucher', v)] as const;
  };

  const actions: Readonly<Record<string, () => Promise<void>>> = {
    request: async () => {
      const client = pick(clients);
      const r = s.requestOf({
        client: client.address,
        node: pick([NOBODY, honest.address]),
        payment: BigInt(below(1000)),
      });
      if (count('request', await s.call(client, 'request', s.askArgs(r), { value: r.payment })))
        requests.push({ r, over: false });
    },
    settle: async () => {
      const x = recent(requests);
      if (x === undefined) return;
      const payee = pick(nodes).address;
      const lie = random() < 0.2;
      const said = await s.call(
        pick(everybody),
        'settle',
        s.settleArgs(x.r, payee, lie ? [...INPUT, outputOf(false)] : WORDS),
      );
      if (lie) expect(said).not.toBe('ok');
      else if (count('settle', said)) x.over = once(x.over);
    },
    refund: async () => {
      const x = recent(requests);
      if (x !== undefined && count('refund', await s.call(pick(everybody), 'refund', [x.r]))) x.over = once(x.over);
    },
    receipt: () => {
      const [node, good] = pick([[honest, true], [liar, false], [liar, true]] as const); // prettier-ignore
      const c = s.receiptOf({
        ...{ node: node.address, client: pick(clients).address, outputHash: hashOf([outputOf(good)]) },
        ...{ bond: BigInt(below(3)) * ETHER + BigInt(receipts.length), until: s.w.now + WINDOW - 60n },
      });
      receipts.push({ c, good, open: false, over: false });
      return Promise.resolve();
    },
    challenge: async () => {
      const x = recent(receipts.filter(({ open }) => !open));
      if (x === undefined) return;
      const signature = await s.w.sign(x.c.node === honest.address ? honest : liar, 'Receipt', x.c);
      const value = FLOOR + BigInt(below(3) - 1) * 1000n;
      const said = await s.call(pick(clients), 'challenge', [x.c, signature, INPUT], { value });
      if (count('challenge', said)) x.open = once(x.over);
    },
    prove: async () => {
      const x = recent(receipts.filter(({ open }) => open));
      if (x === undefined) return;
      const said = await s.call(liar, 'prove', s.proveArgs(x.c, [...INPUT, outputOf(x.good)]));
      if (!x.good) expect(said, 'a lie').not.toBe('ok');
      else if (count('prove', said)) [x.open, x.over] = [false, true];
    },
    slash: async () => {
      const x = recent(receipts.filter(({ open }) => open));
      if (x === undefined) return;
      const [before] = (await s.w.read('stakes', [x.c.node])) as [bigint];
      const { said, events } = await s.outcome(pick(clients), 'slash', [x.c]);
      if (!count('slash', said)) return;
      expect(x.c.node, 'an honest node was slashed').toBe(liar.address);
      expect(events[0].args['amount']).toBe(x.c.bond < before ? x.c.bond : before);
      [x.open, x.over] = [false, true];
    },
    stake: async () =>
      void count('stake', await s.call(pick(nodes), 'stake', [], { value: BigInt(below(3)) * (ETHER / 100n) })),
    quit: async () => void count('quit', await s.call(pick(nodes), 'quit')),
    unstake: async () => {
      const node = pick(nodes);
      if (!worthwhile((await s.w.read('stakes', [node.address]))[1])) return;
      const said = await s.call(node, 'unstake');
      if (count('unstake', said))
        expect(
          receipts.some(({ c, open }) => open && c.node === node.address),
          'left',
        ).toBe(false);
    },
    fund: async () => void count('fund', await s.call(pick(clients), 'fund', [pick(nodes).address], { value: BigInt(1 + below(9)) })), // prettier-ignore
    redeem: async () =>
      void count('redeem', await s.call(pick(everybody), 'redeem', await voucher(pick(clients), pick(nodes)))),
    redeemMany: async () => {
      const node = pick(nodes);
      const both = [await voucher(clients[0], node), await voucher(clients[1], node)];
      count(
        'redeemMany',
        await s.call(node, 'redeemMany', [both.map(([v]) => v), both.map(([, signature]) => signature)]),
      );
    },
    close: async () => void count('close', await s.call(pick(clients), 'close', [pick(nodes).address])),
    reclaim: async () => {
      const [client, node] = [pick(clients), pick(nodes)];
      if (!worthwhile((await s.w.read('channels', [client.address, node.address]))[2])) return;
      count('reclaim', await s.call(client, 'reclaim', [node.address]));
    },
    withdraw: async () => {
      const one = pick(everybody);
      count('withdraw', await s.call(one, 'withdraw', [one.address]));
    },
    time: async () => {
      // an honest node answers what is open, whoever asks; so does a liar, where it told the truth
      for (const x of receipts)
        if (x.open && x.good) {
          expect(await s.call(liar, 'prove', s.proveArgs(x.c)), 'an honest proof').toBe('ok');
          [x.open, x.over] = [false, true];
        }
      s.w.pass(pick([1, 30, 61, 61, 601, 1801, 3601]));
    },
  };
  const names = Object.keys(actions).flatMap((name) => Array.from({ length: ['request', 'receipt', 'challenge', 'fund'].includes(name) ? 2 : 1 }, () => name)); // prettier-ignore
  for (let schedule = 0; schedule < schedules; schedule++) {
    for (let i = 0; i < ACTIONS; i++) await actions[pick(names)]();
    // what is lost stays lost: a look at every fifth finds it too
    if (schedule % 5 < 4) continue;
    expect(await s.w.wealth(s.w.market[0]), `money after schedule ${schedule} of chain ${seed}`).toBe(await s.owed());
  }
}

/** What can happen once. */
function once(over: boolean): true {
  expect(over, 'paid twice').toBe(false);
  return true;
}

describe('row 30: random schedules', () => {
  const tally: Tally = {};
  it.each(CHAINS)('chain %d', (seed) => run(contracts, seed, SCHEDULES, tally));
  it.runIf(ONE === undefined)('each action is tried often, and succeeds in a tenth of its tries at least', () => {
    expect(Object.keys(tally).length).toBeGreaterThanOrEqual(15);
    for (const [name, { tries, done }] of Object.entries(tally)) {
      expect(tries, name).toBeGreaterThan(CHAINS.length);
      expect(done / tries, `${name}: ${done} of ${tries}`).toBeGreaterThanOrEqual(0.1);
    }
  });
  it('a market that pays a channel twice is found', async () => {
    const files = sources();
    const mutant = files['Channels.sol'].replace('channel.funds -= amount;', '');
    await expect(run(compile({ ...files, 'Channels.sol': mutant }, null), 1, 10, {})).rejects.toThrow('money');
  });
});

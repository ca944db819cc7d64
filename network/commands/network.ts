// network: everything that the network does, on this machine, in one command: hosted, answered, proved, settled, a liar caught.
import { defineCommand, DONE, table, type Output } from 'inferproof/cli';
import { formatEther } from 'viem';
import type { Line } from '../demo/money.js';
import { openStage } from '../demo/stage.js';
import { play, type Told } from '../demo/story.js';
import { stopped } from './stopped.js';

export const networkCommand = defineCommand({
  name: 'network',
  positionals: {},
  options: {
    keep: { type: 'boolean', default: false, describe: 'keep chain, hub and node until ctrl-C' },
  },
  run: async ({ keep }, output) => {
    output.note('publisher, hub, node, client and a liar, on a chain of this machine; nobody trusts another');
    const stage = openStage();
    try {
      const told = await play(stage, output);
      output.note('');
      output.result(asJson(told), () => moneyTable(told.money));
      await bye(told, keep, output);
    } finally {
      await stage.end();
    }
    return DONE;
  },
});

async function bye(told: Told, keep: boolean, output: Output): Promise<void> {
  const { seconds, rpc, hub, node, model } = told;
  output.note('');
  output.note(
    `everything above in ${seconds.toFixed(1)} s; docs/network.md does the same step by step, with a model of yours`,
  );
  if (!keep) return;
  for (const line of [`rpc ${rpc}`, `hub ${hub}`, `node ${node.url}`, `model ${model.name}`]) output.note(`  ${line}`);
  output.note('they stay until ctrl-C');
  await stopped();
}

/** JSON has no integers of this size. */
const asJson = (told: object): object =>
  JSON.parse(JSON.stringify(told, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))) as object; // prettier-ignore

/** Wei to the last one: began + earned - gas = has. */
function moneyTable(lines: readonly Line[]): string[] {
  const sum = (of: (line: Line) => bigint): bigint => lines.reduce((all, line) => all + of(line), 0n);
  const right = 'right' as const;
  const row = (who: string, began: bigint, earned: bigint, gas: bigint, has: bigint): string[] => [
    who,
    formatEther(began),
    formatEther(earned),
    places(gas),
    places(has),
  ];
  return [
    ...table(
      [
        { title: 'ether' },
        { title: 'began with', align: right },
        { title: 'earned', align: right },
        { title: 'gas', align: right },
        { title: 'has', align: right },
      ],
      [
        ...lines.map(({ who, began, earned, gas, has }) => row(who, began, earned, gas, has)),
        row('all', sum(({ began }) => began), sum(({ earned }) => earned), sum(({ gas }) => gas), sum(({ has }) => has)), // prettier-ignore
      ],
    ),
    '',
    'began with + earned - gas = has, for each and for all, to the wei; no wei of the market is nobody’s',
  ];
}

/** With all eighteen places, so that points stand below each other. */
const places = (wei: bigint): string => `${wei / 10n ** 18n}.${String(wei % 10n ** 18n).padStart(18, '0')}`;

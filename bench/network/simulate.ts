// What the simulation prints: the line on which lying begins to pay, what becomes of liars and of honest nodes, and what one stake is worth
// to many clients at once. A table a question; the first lines say what is assumed.
import { AUDITED } from '#network/client/rules.js';
import { BOND, generator, PRICE, RULES, simulate, type NodeOutcome, type Terms } from './simulation.js';

const ANSWERS = 1_000_000;
const LIES = [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01];
const SHARES = [0, 0.001, 0.01, 0.1];
const BONDS = [BOND / 100n, BOND / 10n, BOND];

const inPrices = (wei: bigint): number => Number(wei) / Number(PRICE);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const rounded = (value: number): string => (Math.abs(value) >= 1000 ? value.toExponential(2) : value.toPrecision(3));

/** A line of a market: the gain of a lie at which liars come out even, in prices, and the same by the formula. */
export function breakEven(nodes: readonly NodeOutcome[], share: number, bond: bigint) {
  const liars = nodes.filter(({ lies }) => lies !== null);
  const wrong = sum(liars.map((node) => node.wrong));
  const slashed = sum(liars.map((node) => inPrices(node.slashed)));
  return { wrong, slashed, measured: wrong === 0 ? 0 : slashed / wrong, formula: share * inPrices(bond) };
}

/** The market of the page: a hundred nodes, ten of them liars, a thousand clients. */
export const market = (seed: number, share: number, bond: bigint, answers = ANSWERS): Terms => ({
  ...{ seed, answers, answersPerSecond: 1, clients: 1_000, honest: 90, lies: LIES, share, bond, bonds: 400n },
});

/** Answers of all until the liars of a rate are out; how many of them are not. */
function goneAfter(nodes: readonly NodeOutcome[], rate: number): string {
  const liars = nodes.filter(({ lies }) => lies === rate);
  const gone = liars.flatMap(({ goneAt }) => (goneAt === null ? [] : [goneAt]));
  const stayed = liars.length - gone.length;
  return [...(gone.length > 0 ? [`${Math.round(sum(gone) / gone.length)}`] : []), ...(stayed > 0 ? [`${stayed} stay`] : [])].join(', '); // prettier-ignore
}

function printLine(seed: number): void {
  console.log(`${ANSWERS} answers of 100 nodes, 10 of them liars (lies: ${LIES.join(' ')}), 400 bonds at stake each, to 1000 clients; gains and bonds in prices`); // prettier-ignore
  const pooled: string[] = [];
  for (const share of SHARES) {
    const all = BONDS.map((bond, i) => {
      const nodes = simulate(market(seed + 1_000 * i, share, bond));
      const line = breakEven(nodes, share, bond);
      const honest = nodes.filter(({ lies }) => lies === null);
      const [lost, proofs] = [sum(honest.map(({ slashed }) => inPrices(slashed))), sum(nodes.map((node) => node.answers))]; // prettier-ignore
      console.log(
        `q ${share}, bond ${inPrices(bond)}${RULES.isThin(share, bond, PRICE) ? ' (thin: the client warns)' : ''}: lying pays above ${rounded(line.measured)}, q x bond ${rounded(line.formula)}`,
        `\n   wrong a million ${Math.round((1e6 * line.wrong) / proofs)}, liars lost ${rounded(line.slashed)}, half of it burnt; honest nodes lost ${lost}`,
        `\n   answers until liars are out, by lies: ${[1, 0.1, 0.01].map((rate) => `${rate}: ${goneAfter(nodes, rate)}`).join('; ')}`,
      );
      return { caught: line.slashed / inPrices(bond), lies: line.wrong };
    });
    const [caught, lies] = [sum(all.map((one) => one.caught)), sum(all.map((one) => one.lies))];
    if (share > 0) pooled.push(`q ${share}: gain / (q x bond) = ${(caught / (share * lies)).toFixed(3)}, of ${Math.round(caught)} bonds (+- ${(100 / Math.sqrt(caught)).toFixed(1)} %)`); // prettier-ignore
  }
  console.log(`break-even line, all bonds (within 10 %)\n   ${pooled.join('\n   ')}`);
}

/**
 * A liar tells every client wrong things until they ask no more, before any challenge is on the chain; then it challenges a lie to itself
 * first, and keeps half of its stake at least. Amounts in prices; a lie gains as much as is said to be deterred, a tenth of q · bond.
 */
export function stampede(seed: number, clients: number, bonds: bigint, most: number, rules = RULES) {
  const draw = generator(seed);
  const stake = bonds * BOND;
  let [lies, claims] = [0, 0n];
  for (let client = 0; client < clients; client++)
    for (let held = 0; held < most && BigInt(held + 1) * BOND <= rules.mostHeld(stake); held++, lies++)
      if (rules.drawn(AUDITED, draw)) claims += BOND;
  const gain = lies * ((AUDITED * inPrices(BOND)) / 10);
  const loss = inPrices(claims < stake / 2n ? claims : stake / 2n);
  return { lies, gain, loss, profit: gain - loss };
}

const verdict = (lies: number, gain: number, loss: number): string => `${lies} lies, gain ${rounded(gain)}, loss ${rounded(loss)}: ${gain > loss ? 'LYING PAYS' : 'does not pay'}`; // prettier-ignore
const UNLIMITED: typeof RULES = { ...RULES, mostHeld: () => 2n ** 96n };

function printStampede(seed: number): void {
  console.log('\none stake, lies to all clients before the first challenge is mined: 1000 questions of each at most, bond 1000, q 0.01, a lie gains 1'); // prettier-ignore
  for (const bonds of [10n, 100n])
    for (const clients of [1, 10, 50, 100, 1_000])
      for (const [name, rules] of [
        ['any exposure', UNLIMITED],
        ['a tenth of the stake', RULES],
      ] as const) {
        const { lies, gain, loss } = stampede(seed, clients, bonds, 1_000, rules);
        console.log(`${bonds} bonds at stake, ${clients} clients, ${name}: ${verdict(lies, gain, loss)}`);
      }
  console.log('\none liar that always lies, 1000 clients, 10 bonds at stake; it answers on while audits wait 600 s, until open challenges cover the stake'); // prettier-ignore
  for (const answersPerSecond of [0.1, 1, 5, 10, 100]) {
    const [{ wrong }] = simulate(onSale(seed, answersPerSecond, 100_000));
    console.log(`${answersPerSecond} answers/s: ${verdict(wrong, wrong, 5 * inPrices(BOND))}`);
  }
}

/** A liar alone, whom everybody asks. */
export const onSale = (seed: number, answersPerSecond: number, answers: number): Terms => ({
  ...{ ...market(seed, AUDITED, BOND, answers), lies: [1], honest: 0, bonds: 10n, answersPerSecond },
});

export function printSimulation(seed: number): void {
  printLine(seed);
  printStampede(seed);
}

// The simulation in small: the line on which lying begins to pay is gain = q · bond with the client's rules as they are, and with one of
// them gone it is not, or liars are asked on.
import { describe, expect, it } from 'vitest';
import { breakEven, market, onSale, stampede } from '#bench/network/simulate.js';
import { BOND, generator, PRICE, RULES, simulate } from '#bench/network/simulation.js';

const SHARE = 0.25;
const line = (more: object = {}) => {
  const nodes = simulate({ ...market(3, SHARE, BOND, 8_000), ...more });
  return { nodes, ...breakEven(nodes, SHARE, BOND) };
};

describe('the break-even line', () => {
  it('is q · bond, within a tenth; no honest node loses anything; the same seed says the same', () => {
    const { nodes, wrong, measured, formula } = line();
    expect(wrong).toBeGreaterThan(1_500);
    expect(Math.abs(measured / formula - 1)).toBeLessThan(0.1);
    for (const { lies, slashed } of nodes) if (lies === null) expect(slashed).toBe(0n);
    expect(line({ answers: 2_000 })).toEqual(line({ answers: 2_000 }));
  });

  it('is nothing where liars see the audit come, or nobody draws', () => {
    const { wrong, measured } = line({ secret: generator(9), guess: generator(9) });
    expect(wrong).toBeGreaterThan(1_500);
    expect(measured).toBe(0);
    expect(line({ rules: { ...RULES, drawn: () => false } }).measured).toBe(0);
  });
});

describe('one stake and many clients', () => {
  it('a liar is not asked any more once challenges cover its stake, long before they are decided', () => {
    const lies = (rules: typeof RULES) => simulate({ ...onSale(1, 2, 8_000), rules })[0].wrong;
    const half = 5 * Number(BOND / PRICE);
    expect(lies(RULES)).toBeLessThan(half);
    expect(lies({ ...RULES, uncovered: (stake, bond) => RULES.uncovered({ ...stake, open: 0 }, bond) })).toBeGreaterThan(half); // prettier-ignore
  });

  it('lies to fifty clients at once do not pay where each trusts a tenth of the stake; to a hundred they do', () => {
    const profit = (clients: number, rules = RULES) => stampede(2, clients, 10n, 1_000, rules).profit;
    expect([profit(1), profit(50)].every((wei) => wei <= 0)).toBe(true);
    expect(profit(50, { ...RULES, mostHeld: () => 2n ** 96n })).toBeGreaterThan(0);
    // what docs/network.md says of a hundred clients, and of a rule for them
    expect(profit(100)).toBeGreaterThan(0);
    expect(profit(100, { ...RULES, mostHeld: (stake) => RULES.mostHeld(stake, stake / 20n) })).toBeLessThanOrEqual(0);
  });
});

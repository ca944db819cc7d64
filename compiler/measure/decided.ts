// What the integers decide beside what the floats decide: the samples whose decision flipped, and how often each takes another's place.
import { agreementOf, judged, judgedPairs, type OutputPair } from './fidelity.js';

export interface Decided {
  /** The output that the agreement is of. */
  readonly output: string;
  /** One per position and sample. */
  readonly decisions: number;
  /** [what the floats decide, what the integers decide, how often]: the most frequent first, MOST_CELLS of them at most. */
  readonly cells: readonly (readonly [float: number, integer: number, count: number])[];
  /** How many decisions flipped; a choice among values that the float model finds equal did not. */
  readonly flipped: number;
  /** The first MOST_FLIPS of them. */
  readonly flips: readonly Flip[];
}

export interface Flip {
  readonly sample: number;
  /** Which of the sample's decisions, 0 where it has one. */
  readonly position: number;
  readonly float: number;
  readonly integer: number;
  /** By how much the float model's value for its own choice is beyond that for the integers'; null for no choice among values. */
  readonly margin: number | null;
}

const MOST_CELLS = 512;
const MOST_FLIPS = 100;

const shareOf = (pair: OutputPair): number => {
  const [equal, of] = agreementOf(pair);
  return equal / of;
};

/** Null where no output decides anything. @param count samples */
export function decidedOf(pairs: readonly OutputPair[], count: number): Decided | null {
  const [pair] = judgedPairs(pairs).sort((a, b) => shareOf(a) - shareOf(b));
  if (pair === undefined) return null;
  const { floats, ours, isEqual, place } = judged(pair);
  const perSample = floats.length / count;
  const cells = new Map<string, [number, number, number]>();
  const flips: Flip[] = [];
  let flipped = 0;
  floats.forEach((float, i) => {
    const [integer, equal] = [ours[i], isEqual(i)];
    const cell: [number, number, number] = [float, equal ? float : integer, 0];
    const key = `${cell[0]} ${cell[1]}`;
    cells.set(key, cells.get(key) ?? cell);
    cells.get(key)![2]++;
    if (equal || ++flipped > MOST_FLIPS) return;
    const margin = place && Math.abs(pair.float[place(i, float)] - pair.float[place(i, integer)]);
    flips.push({ sample: Math.floor(i / perSample), position: i % perSample, float, integer, margin });
  });
  const most = [...cells.values()].sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1]).slice(0, MOST_CELLS);
  return { output: pair.name, decisions: floats.length, cells: most, flipped, flips };
}

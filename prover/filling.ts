// The first phase of a witness, before its proof's turn or in it.
import type { Arrangement } from '../compiler/circuit/arrange.js';
import { fillSteps, type FilledSteps } from '../compiler/circuit/witness.js';
import type { Statement } from './statement.js';

export interface Filling {
  /** Fills it now, so that `take` has it at once. Tries once. */
  readonly ahead: () => void;
  /** How long that took; 0 where it was not done. */
  readonly aheadSeconds: () => number;
  /** What was filled ahead, or a fresh one: what a proof has begun to change is not given to another. */
  readonly take: () => FilledSteps;
}

/** @param onStart called when the filling begins */
export function fillingOf(wires: Arrangement, stored: Statement['stored'], onStart: () => void): Filling {
  let filled: FilledSteps | undefined;
  let tried = false;
  let seconds = 0;
  const fill = (): FilledSteps => {
    onStart();
    return fillSteps(wires, (tensor) => stored.get(tensor) ?? []);
  };
  return {
    ahead: () => {
      if (tried) return;
      tried = true;
      const start = performance.now();
      try {
        filled = fill();
      } catch {
        return; // once more in its turn, where it is reported
      }
      seconds = (performance.now() - start) / 1000;
    },
    aheadSeconds: () => seconds,
    take: () => {
      const made = filled ?? fill();
      filled = undefined;
      return made;
    },
  };
}

/** Lets everything else that can go on do so. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

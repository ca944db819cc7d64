// How much work a model may ask for: counted before it is done, refused in one sentence.
import { InferproofError } from '../verifier/errors.js';
import { SMALL_FILE, WORK } from './limits.js';

/** What is left of the work that a file is allowed: see WORK. */
export interface Budget {
  /** Takes so much of it. Throws 'unsupported' where less is left; `where` is the place, unless the caller names it. */
  spend(terms: number, where?: string): void;
  /** Whether so much is left. */
  affords(terms: number): boolean;
}

/** @param bytes of the model and the files beside it */
export function budgetOf(bytes: number): Budget {
  const most = Math.min(WORK.least + WORK.perByte * Math.max(bytes - SMALL_FILE, 0), WORK.most);
  let spent = 0;
  return {
    affords: (terms) => spent + terms <= most,
    spend(terms, where) {
      if (spent + terms <= most) {
        spent += terms;
        return;
      }
      throw new InferproofError(
        'unsupported',
        `expected at most ${most} terms of work from a model of ${bytes} bytes, got ${spent + terms} up to here`,
        { where, hint: 'use a smaller input, or smaller windows and matrices' },
      );
    },
  };
}

// What the page and its worker say to each other.
import type { InputInfo, Samples } from 'inferproof/compiler';
import type { Reading } from 'inferproof/files';

export type Ask =
  | { readonly ask: 'prove'; readonly samples: Samples; readonly index: number }
  | { readonly ask: 'stop' }
  /** @param text of a proof file */
  | { readonly ask: 'verify'; readonly text: string };

/** What a circuit takes and what is known of its key. */
export interface Model {
  readonly name: string;
  readonly inputs: readonly InputInfo[];
  /** How data is read; what black and white are, where it is said or follows from the input's range. */
  readonly reading: Reading;
  /** Samples to choose from, by input; none where nobody gave some. */
  readonly samples: Samples | null;
  readonly hidesInputs: boolean;
  readonly insecure: boolean;
  /** By the name of an output: whether its largest or its smallest value decides. */
  readonly decides: ReadonlyMap<string, 'largest' | 'smallest'>;
}

export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** Of the places along the last axis, or of the values. */
  readonly names: readonly string[] | null;
}

/** What a proof shows, and what the contract says of it. */
export type Checked =
  | {
      readonly valid: true;
      readonly outputs: readonly Value[];
      readonly inputs: readonly Value[];
      /** null: there is no contract in the page for keys of the plain argument. */
      readonly chain: { readonly accepted: boolean; readonly gas: number } | null;
    }
  | { readonly valid: false; readonly reason: string };

export type Tell =
  | { readonly tell: 'model'; readonly model: Model }
  | { readonly tell: 'loading'; readonly loaded: number; readonly total: number | null }
  /** `why`: behind "one thread proves" */
  | { readonly tell: 'ready'; readonly threads: number; readonly why: string }
  | { readonly tell: 'progress'; readonly share: number }
  | { readonly tell: 'proved'; readonly text: string; readonly seconds: number; readonly bytes: number; readonly checked: Checked } // prettier-ignore
  | { readonly tell: 'checked'; readonly checked: Checked }
  | { readonly tell: 'stopped' }
  | {
      readonly tell: 'failed';
      readonly what: 'load' | 'prove' | 'verify';
      readonly message: string;
      readonly hint: string;
    };

/** What page.json holds; `inferproof page` writes it. */
export interface PageJson {
  readonly name: string;
  readonly reading: Reading;
  readonly samples: Readonly<Record<string, readonly number[]>> | null;
  readonly count: number;
}

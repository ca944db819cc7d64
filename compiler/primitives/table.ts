// table: y = f(x), any function of one bounded value.

/** A function of one real variable, as data. */
export type PointFunction =
  | { readonly name: 'identity' }
  | { readonly name: 'relu' }
  /** x < 0 ? alpha x : x, with 0 <= alpha */
  | { readonly name: 'leakyRelu'; readonly alpha: number }
  /** min(max(x, lo), hi); lo and hi may be infinite */
  | { readonly name: 'clip'; readonly lo: number; readonly hi: number };

/** f over the reals. */
export function applyPoint(f: PointFunction, x: number): number {
  switch (f.name) {
    case 'identity':
      return x;
    case 'relu':
      return Math.max(x, 0);
    case 'leakyRelu':
      return x < 0 ? f.alpha * x : x;
    case 'clip':
      return Math.min(Math.max(x, f.lo), f.hi);
  }
}

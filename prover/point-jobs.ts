// What points.ts asks of its workers. Points are affine unless said otherwise, Montgomery form, little-endian (as zkey
// files hold them); all zero bytes are the point at infinity.

export type GroupName = 'G1' | 'G2';
/** Bytes of an affine and of a Jacobian point. */
export const AFFINE = { G1: 64, G2: 128 } as const;
export const JACOBIAN = { G1: 96, G2: 192 } as const;

/** scalars: 32 bytes little-endian each, below r. Answer: scalar_i * generator. `window`: bits of the table's windows, up to 16. */
export interface FixedBase {
  readonly group: GroupName;
  readonly scalars: Uint8Array;
  readonly window: number;
}
/** Answer: for each class c < n the Jacobian sum of points[i] over classes[i] = c. */
export interface GroupSum {
  readonly group: GroupName;
  readonly points: Uint8Array;
  readonly classes: Uint32Array;
  readonly n: number;
}
/** parts: lists of n Jacobian points. Answer: their sums, affine. */
export interface Join {
  readonly group: GroupName;
  readonly parts: readonly Uint8Array[];
  readonly n: number;
}

export type PointJob =
  | { readonly job: 'fixedBase'; readonly args: FixedBase }
  | { readonly job: 'groupSum'; readonly args: GroupSum }
  | { readonly job: 'join'; readonly args: Join };

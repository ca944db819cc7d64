// What a proof will cost, before anything is made: fitted on whole `prove` commands at domains of 2^11 to 2^19 on two cores, and
// scaled by how fast this machine multiplies field elements.
import { R } from '../../verifier/field.js';

/** All null where a node is refused. */
export interface Estimate {
  readonly rows: number | null;
  /** Peak of the proving process. */
  readonly memoryBytes: number | null;
  /** Inputs to verified proof, in a fresh process. */
  readonly proveSeconds: number | null;
}

const SECONDS = { fixed: 0.4, perRow: 8e-6 };
/** A weight is text, then a number: ResNet-18 (11 million of them, 196,608 rows) takes 0.64 GB, MobileNetV2 (2 million, 524,288) 0.5. */
const BYTES = { fixed: 120e6, perRow: 600, perWeight: 36 };
/** `productsPerSecond` of the machine on which the figures were fitted. */
const REFERENCE = 4e6;
const CALIBRATION_MS = 200;

/** Products of two field elements per second, with BigInt: it runs wherever the compiler does. */
function productsPerSecond(): number {
  let x = R - 5n;
  const start = performance.now();
  for (let products = 2000; ; products += 2000) {
    for (let i = 0; i < 2000; i++) x = (x * x) % R;
    const elapsed = performance.now() - start;
    if (elapsed >= CALIBRATION_MS) return (1000 * products) / elapsed;
  }
}

let measured: number | undefined;
const speed = (): number => (measured ??= productsPerSecond() / REFERENCE);

/** What each row of the domain adds to a proof. */
export interface PerRow {
  readonly memoryBytes: number;
  readonly proveSeconds: number;
}

export const perRow = (): PerRow => ({
  memoryBytes: BYTES.perRow,
  proveSeconds: Number((SECONDS.perRow / speed()).toPrecision(3)),
});

/**
 * The first call takes 0.2 s.
 * @param domain rows, including those that the key adds
 * @param weights coefficients that the circuit stores
 */
export function estimate(rows: number, domain: number, weights: number): Estimate {
  const seconds = (SECONDS.fixed + SECONDS.perRow * domain) / speed();
  return {
    rows,
    memoryBytes: Math.round(BYTES.fixed + BYTES.perRow * domain + BYTES.perWeight * weights),
    proveSeconds: Number(seconds.toFixed(2)),
  };
}

// Whether a compilation meets the accuracy contract, and what its user is told.
import { InferproofError } from '../../verifier/errors.js';
import { floorOf, goalOf, missed, type ContractOptions } from './contract.js';
import type { Fidelity } from './fidelity.js';
import type { LayerReport } from './layer-report.js';
import type { Report } from './report.js';

export interface VerdictOptions extends ContractOptions {
  /** Goes on where the floor is missed, with a warning. */
  readonly allowLoss?: boolean;
  /** Bits that were asked for, so that none were searched. */
  readonly bits?: number;
}

/**
 * The warnings; null: without data.
 * Throws 'accuracy' below the floor of the contract, unless a loss is allowed.
 */
export function verdict(
  report: Report,
  fidelity: Fidelity | null,
  argument: string,
  options: VerdictOptions,
): string[] {
  if (fidelity === null)
    return ['nothing was measured: without data (--calibrate) nobody knows how much accuracy the circuit loses'];
  const [first] = missed(fidelity, floorOf(options));
  const place = lostAt(report.layers);
  if (first !== undefined && options.allowLoss !== true) {
    throw new InferproofError('accuracy', first, {
      where: place === null ? 'accuracy contract' : `most is lost in ${place}`,
      hint: `${whatHelps(report, argument, options)}, or accept it with --allow-loss`,
    });
  }
  const lost = missed(fidelity, { ...goalOf(options), spare: 0 });
  const where = place === null ? '' : `, most of it lost in ${place}`;
  const loud = first === undefined ? '' : 'ACCURACY IS LOST, as --allow-loss permits: ';
  return lost.map((sentence) => `${loud}${sentence}${where}`);
}

/** The layer at which the error, relative to the range of the layer, grows most over the worst one before it. */
function lostAt(layers: readonly LayerReport[]): string | null {
  let most: { readonly layer: LayerReport; readonly growth: number } | null = null;
  let before = 0;
  for (const layer of layers) {
    const growth = (layer.rangeError ?? 0) - before;
    if (growth > (most?.growth ?? 0)) most = { layer, growth };
    before = Math.max(before, layer.rangeError ?? 0);
  }
  if (most === null) return null;
  const { name, operator, rangeError } = most.layer;
  return `${name} (${operator}), with an error of ${Number((100 * (rangeError ?? 0)).toPrecision(2))} % of its range`;
}

function whatHelps(report: Report, argument: string, { minAgreement, bits }: VerdictOptions): string {
  const { agreement, rangeError } = report;
  if (agreement === null && minAgreement !== undefined) return 'say with --decision what the output decides';
  if (bits !== undefined) return 'leave --bits out, and compile searches for the bits that meet it';
  const other = argument === 'lookup' ? ', try --argument plain' : '';
  const figure = (x: number | null): string => (x === null ? 'none' : String(Number(x.toPrecision(4))));
  const decided = agreement === null ? '' : `an agreement of ${figure(agreement)} and `;
  const nearest = `the nearest, ${report.bits} bits, has ${decided}a range error of ${figure(rangeError)}`;
  return `no bits up to 12 meet it: ${nearest}; give data nearer to what the model will see${other}`;
}

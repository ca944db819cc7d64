// What rewriters of a graph recognise in it: the step's own data, or null where it is another one.
import { equal } from '../primitives/equal.js';
import { select } from '../primitives/select.js';
import type { RealStep } from './values.js';
import { division, type DivisionOwn } from './division.js';
import { dynamic } from './dynamic.js';
import { ensemble, type EnsembleOwn } from './ensemble.js';
import type { GroupsOwn } from './groups.js';
import { logsum } from './logsum.js';
import { quotient, type QuotientOwn } from './quotient.js';
import { table, type TableOwn } from './table.js';
import { truncate, type TruncateOwn } from './truncate.js';

type Of<Own> = (step: RealStep | undefined) => Own | null;

const known =
  <Own>(kind: string): Of<Own> =>
  (step) =>
    step?.kind === kind ? (step.own as Own) : null;

export const divisionIn = known<DivisionOwn>(division.kind);
export const ensembleIn = known<EnsembleOwn>(ensemble.kind);
export const logsumIn = known<GroupsOwn>(logsum.kind);
export const quotientIn = known<QuotientOwn>(quotient.kind);
export const tableIn = known<TableOwn>(table.kind);
export const truncateIn = known<TruncateOwn>(truncate.kind);
/** Floats in steps that they decide themselves. */
export const isDynamic = (step: RealStep | undefined): boolean => step?.kind === dynamic.kind;
/** x = 0 */
export const isEqual = (step: RealStep | undefined): boolean => step?.kind === equal.kind;
/** c ? a : b */
export const isSelect = (step: RealStep | undefined): boolean => step?.kind === select.kind;
/** x < 0 ? a x : x */
export const isBend = (step: RealStep | undefined): boolean => tableIn(step)?.f.name === 'leakyRelu';

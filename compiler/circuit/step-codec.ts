// The steps of a circuit in JSON: the forms are alike for all, the rest is written by the record of its kind.
import { choiceOf, entriesOf, fieldsOf, integerOf, itemsOf, nullOr, textOf, type Place } from '../json.js';
import { decodeMap, encodeMap } from '../linear/codec.js';
import { INTEGER, integerOf as integerPrimitive } from '../primitives/index.js';
import type { IntegerForm, IntegerStep } from './circuit.js';

export const encodeStep = (step: IntegerStep): object => ({
  kind: step.kind,
  outs: step.outs,
  forms: step.forms.map(({ map, accLo, accHi, within }) => {
    return { map: encodeMap(map), accLo, accHi, ...(within && { within: { lo: within.lo, hi: within.hi } }) };
  }),
  variant: step.variant,
  own: integerPrimitive(step).codec.encode(step.own),
});

const MAX_INT = Number.MAX_SAFE_INTEGER;
const KINDS = INTEGER.map(({ kind }) => kind);

export function decodeStep(place: Place): IntegerStep {
  const f = fieldsOf(place, ['kind', 'outs', 'forms', 'variant', 'own']);
  const kind = choiceOf(f.kind, KINDS);
  return {
    kind,
    outs: itemsOf(f.outs).map((out) => integerOf(out, 0, MAX_INT)),
    forms: itemsOf(f.forms).map(decodeForm),
    variant: nullOr(f.variant, textOf),
    own: integerPrimitive({ kind }).codec.decode(f.own),
  };
}

function decodeForm(place: Place): IntegerForm {
  const names = ['map', 'accLo', 'accHi'] as const;
  const within = new Map(entriesOf(place)).get('within');
  const { map, accLo, accHi } = within === undefined ? fieldsOf(place, names) : fieldsOf(place, [...names, 'within']);
  return {
    map: decodeMap(map),
    accLo: integerOf(accLo, -MAX_INT, MAX_INT),
    accHi: integerOf(accHi, -MAX_INT, MAX_INT),
    ...(within && { within: decodeWithin(within) }),
  };
}

function decodeWithin(place: Place): NonNullable<IntegerForm['within']> {
  const { lo, hi } = fieldsOf(place, ['lo', 'hi']);
  return { lo: integerOf(lo, -MAX_INT, MAX_INT), hi: integerOf(hi, -MAX_INT, MAX_INT) };
}

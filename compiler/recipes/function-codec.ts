// Functions of one variable in JSON.
import { type Place, choiceOf, entriesOf, fieldsOf, finiteOf, itemsOf, wrong } from '../json.js';
import { decodeTerms, encodeTerm } from './formula.js';
import { type NamedFunction, type PointFunction, FUNCTION_NAMES, formula, functionKind } from './functions.js';

/** Ends of a clip may be infinite: JSON has no number for them. */
const encodeNumber = (x: number): number | string => (Number.isFinite(x) ? x : String(x));
const INFINITE: ReadonlyMap<unknown, number> = new Map([['Infinity', Infinity], ['-Infinity', -Infinity]]); // prettier-ignore

const encodeNamed = ({ name, params }: NamedFunction): object => ({ name, params: params.map(encodeNumber) });

export const encodePoint = (f: PointFunction): object =>
  f.name === 'formula' ? { name: f.name, terms: f.terms.map(encodeTerm(encodeNamed)) } : encodeNamed(f);

function decodeNamed(place: Place): NamedFunction {
  const f = fieldsOf(place, ['name', 'params']);
  const name = choiceOf(f.name, FUNCTION_NAMES);
  const params = itemsOf(f.params).map((item) => INFINITE.get(item.value) ?? finiteOf(item));
  const kind = functionKind(name);
  if (params.length !== kind.params.length) wrong(f.params, `${kind.params.length} parameters`, String(params.length));
  return kind.valid === undefined || kind.valid(params) ? { name, params } : wrong(f.params, `parameters of ${name}`);
}

export function decodePoint(place: Place): PointFunction {
  const isFormula = entriesOf(place).some(([key, { value }]) => key === 'name' && value === 'formula');
  return isFormula ? formula(decodeTerms(fieldsOf(place, ['name', 'terms']).terms, decodeNamed)) : decodeNamed(place);
}

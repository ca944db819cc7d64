// The tensors of a circuit in JSON.
import {
  choiceOf,
  entriesOf,
  fieldsOf,
  finiteOf,
  integerOf,
  itemsOf,
  nullOr,
  textOf,
  wrong,
  type Place,
} from '../json.js';
import { MAX_RANK } from '../limits.js';
import type { CircuitTensor } from './circuit.js';

/** What a tensor does not have is not written. */
export function encodeTensor({ value, name, node, operator, ball, encoding, columns, ...rest }: CircuitTensor): object {
  const { shape, lo, hi, scale, zero, axis } = rest;
  return {
    ...{ value, name, node, operator, shape, lo, hi, scale, zero, axis },
    ...(encoding && { encoding }),
    ...(columns && { columns: { axis: columns.axis, ends: columns.ends } }),
    ...(ball && { ball: { size: ball.size, radius: ball.radius } }),
  };
}

const MAX_INT = Number.MAX_SAFE_INTEGER;

export function decodeTensor(place: Place): CircuitTensor {
  const names = ['value', 'name', 'node', 'operator', 'shape', 'lo', 'hi', 'scale', 'zero', 'axis'] as const;
  const given = new Map(entriesOf(place));
  const [encoding, columns, ball] = [given.get('encoding'), given.get('columns'), given.get('ball')];
  const more = (['encoding', 'columns', 'ball'] as const).filter((name) => given.has(name));
  const f = fieldsOf(place, [...names, ...more]);
  return {
    value: nullOr(f.value, (value) => integerOf(value, 0, MAX_INT)),
    name: textOf(f.name),
    node: textOf(f.node),
    operator: textOf(f.operator),
    shape: itemsOf(f.shape).map((d) => integerOf(d, 1, MAX_INT)),
    lo: integerOf(f.lo, -MAX_INT, MAX_INT),
    hi: integerOf(f.hi, -MAX_INT, MAX_INT),
    scale: oneOrMore(f.scale),
    zero: oneOrMore(f.zero),
    axis: nullOr(f.axis, (axis) => integerOf(axis, 0, MAX_RANK)),
    ...(encoding && { encoding: choiceOf(encoding, ['float32'] as const) }),
    ...(columns && { columns: decodeColumns(columns) }),
    ...(ball && { ball: decodeBall(ball) }),
  };
}

function decodeColumns(place: Place): NonNullable<CircuitTensor['columns']> {
  const { axis, ends } = fieldsOf(place, ['axis', 'ends']);
  const integer = (end: Place): number => integerOf(end, -MAX_INT, MAX_INT);
  const pairOf = (pair: Place): readonly [number, number] => {
    const [lo, hi, ...more] = itemsOf(pair).map(integer);
    return hi === undefined || more.length > 0 ? wrong(pair, 'a pair [lo, hi]') : [lo, hi];
  };
  return { axis: integerOf(axis, 0, MAX_RANK), ends: itemsOf(ends).map(pairOf) };
}

function decodeBall(place: Place): NonNullable<CircuitTensor['ball']> {
  const { size, radius } = fieldsOf(place, ['size', 'radius']);
  return { size: integerOf(size, 1, MAX_INT), radius: finiteOf(radius) };
}

const oneOrMore = (place: Place): number | number[] =>
  Array.isArray(place.value) ? itemsOf(place).map(finiteOf) : finiteOf(place);

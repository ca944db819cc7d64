// Which column of a table is which element of the inputs: the column that was called so in the data of `compile`, else the one that is
// named after the element, else the one at its place.
import { didYouMean, type InputInfo } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import type { Row } from './cells.js';
import type { Reading } from './reading.js';
import { batchHint } from './samples.js';
import { fitter } from './values.js';

/** Names that a note shows. */
const MOST_NAMES = 5;

interface Element {
  /** Of all elements of the inputs side by side. */
  readonly at: number;
  readonly input: InputInfo;
  readonly fits: (value: number) => boolean;
}

export interface Columns {
  readonly elements: readonly (Element & { readonly column: number })[];
  readonly label: number | undefined;
  /** What the user should hear: columns that moved, or that are left out. */
  readonly note?: string;
}

/**
 * @param names what the header calls them; null without one
 * @throws InferproofError 'data' for columns that do not fit
 */
export function columnsOf(
  names: readonly string[] | null,
  { cells: { length: width }, line }: Row,
  inputs: readonly InputInfo[],
  { label, skip = [], ifThere = false, columns }: Pick<Reading, 'label' | 'skip' | 'ifThere' | 'columns'>,
  where: string,
): Columns {
  const slots = elementsOf(inputs);
  const find = (column: string, use: string): number | undefined => {
    if (ifThere && width === slots.length && names?.includes(column) !== true) return undefined;
    const found = findColumn(column, names, width);
    if (found === undefined && !ifThere)
      throw dataError(`expected a column '${column}' ${use}, got ${width} others`, where, {
        hint: didYouMean(column, names ?? [], 'columns'),
      });
    return found;
  };
  const labelAt = label === undefined ? undefined : find(label, 'with the labels');
  const skipped = new Set(skip.map((column) => find(column, 'to skip')));
  const features = Array.from({ length: width }, (_, i) => i).filter((i) => i !== labelAt && !skipped.has(i));
  const known =
    names === null || columns === undefined
      ? undefined
      : asKnown(columns, names, { slots, features, ifThere, where, line });
  if (known !== undefined && !(known instanceof InferproofError)) return { label: labelAt, ...known };
  const named = names === null ? undefined : byName(names, features, inputs, where);
  if (named !== undefined) return { elements: named, label: labelAt };
  if (known !== undefined) throw known;
  if (names !== null && inputs.length > 1)
    throw dataError(
      `expected columns named after the inputs ${inputs.map(({ name }) => name).join(', ')}, got none of these names`,
      where,
      { hint: "name them as the inputs, 'NAME[i]' for element i of one, or give .npz with one array per input" },
    );
  if (features.length !== slots.length) {
    const one = features.length === slots.length + 1;
    const hint = !one
      ? (batchHint(inputs, features.length) ?? 'a row is one sample, a column one element of the input')
      : names !== null && /^(unnamed: ?0|index|)$/i.test(names[0])
        ? 'the first column looks like row numbers: write the table without them, to_csv(FILE, index=False)'
        : 'one column too many: --label COLUMN if it holds the class of each sample, --skip COLUMN if the model does not read it';
    const shapes = inputs.map(({ name, shape }) => `'${name}' [${shape.join(', ')}]`).join(', ');
    throw dataError(`expected ${slots.length} columns of numbers for ${shapes}, got ${features.length}`, where, {
      hint,
    });
  }
  return { elements: slots.map((slot) => ({ column: features[slot.at], ...slot })), label: labelAt };
}

/**
 * The columns that are called as those of the data before, in whatever order; what else there is goes, by name.
 * An error where one is missing, or there twice: taken in their order, others would be proved in silence.
 */
function asKnown(
  known: readonly string[],
  names: readonly string[],
  {
    slots,
    features,
    ifThere,
    where,
    line,
  }: {
    readonly slots: readonly Element[];
    readonly features: readonly number[];
    readonly ifThere: boolean;
    readonly where: string;
    readonly line: number;
  },
): (Partial<Columns> & Pick<Columns, 'elements'>) | InferproofError {
  if (known.length !== slots.length)
    return dataError(`expected ${slots.length} names of columns from compile, got ${known.length}`, where, {
      hint: 'data.json is of another model: compile again',
    });
  if (features.length === known.length && features.every((column, i) => names[column] === known[i]))
    return { elements: slots.map((slot) => ({ column: features[slot.at], ...slot })) };
  const among = ifThere ? names.map((_, i) => i) : features;
  const places = new Map<string, number | 'twice'>();
  for (const column of among) places.set(names[column], places.has(names[column]) ? 'twice' : column);
  const needed = new Set(known);
  const others = features.filter((column) => !needed.has(names[column]));
  const elements: Columns['elements'][number][] = [];
  for (const slot of slots) {
    const name = known[slot.at];
    const column = places.get(name);
    places.delete(name);
    if (typeof column === 'number') {
      elements.push({ column, ...slot });
      continue;
    }
    const got = column === 'twice' ? 'two' : others.length === 0 ? 'none' : `'${names[others[0]]}'`;
    const place = got.startsWith("'") ? `, column ${others[0] + 1}` : '';
    return dataError(
      `expected one column '${name}' as in the data of compile, got ${got}`,
      `${where}, row ${line}${place}`,
      {
        hint: 'name the columns as there, in any order; without a header they are taken in their order',
      },
    );
  }
  const left = others.map((column) => `'${names[column]}'`);
  const more = left.length > MOST_NAMES ? `, and ${left.length - MOST_NAMES} more` : '';
  const isMoved = elements.some(({ column }, i) => i > 0 && column < elements[i - 1].column);
  const notes = [
    ...(isMoved ? ['columns in another order than in the data of compile, taken by name'] : []),
    ...(left.length > 0
      ? [`columns left out, which the data of compile had not: ${left.slice(0, MOST_NAMES).join(', ')}${more}`]
      : []),
  ];
  return {
    elements,
    ...(ifThere && { label: undefined }),
    ...(notes.length > 0 && { note: `${where}: ${notes.join('; ')}` }),
  };
}

/** The elements of all inputs, side by side. */
const elementsOf = (inputs: readonly InputInfo[]): Element[] =>
  inputs
    .flatMap((input) => {
      const fits = fitter(input.dtype);
      return Array.from({ length: input.elements }, () => ({ input, fits }));
    })
    .map((element, at) => ({ ...element, at }));

/** By name first: a column may be called '3'. */
function findColumn(label: string, names: readonly string[] | null, width: number): number | undefined {
  const named = names?.indexOf(label) ?? -1;
  if (named >= 0) return named;
  if (!/^-?\d{1,9}$/.test(label)) return undefined;
  const at = Number(label) < 0 || Object.is(Number(label), -0) ? width + Number(label) : Number(label);
  return at >= 0 && at < width ? at : undefined;
}

/** Where columns are named after inputs, each element's column; undefined where none is. */
function byName(
  names: readonly string[],
  features: readonly number[],
  inputs: readonly InputInfo[],
  where: string,
): Columns['elements'] | undefined {
  const places = new Map<string, Element>();
  const slots = elementsOf(inputs);
  let first = 0;
  for (const { name: input, elements } of inputs) {
    if (elements === 1) places.set(input, slots[first]);
    for (let i = 0; i < elements; i++)
      for (const name of [`${input}[${i}]`, `${input}_${i}`, `${input}.${i}`])
        if (!places.has(name)) places.set(name, slots[first + i]);
    first += elements;
  }
  if (!features.some((column) => places.has(names[column]))) return undefined;
  const taken = new Set<number>();
  const elements = features.map((column) => {
    const place = places.get(names[column]);
    if (place === undefined || taken.has(place.at))
      throw dataError(
        `expected ${place === undefined ? 'columns named after inputs' : 'one column per element'}, got ${place === undefined ? '' : 'another '}'${names[column]}'`,
        `${where}, column ${column + 1}`,
        {
          hint: `${didYouMean(names[column], [...places.keys()], 'columns')}; --label COLUMN names the one with classes, --skip COLUMN one that the model does not read`,
        },
      );
    taken.add(place.at);
    return { column, ...place };
  });
  if (elements.length === slots.length) return elements;
  const missing = inputs.find(({ name }) => !names.some((one) => places.get(one)?.input.name === name))?.name;
  throw dataError(
    `expected ${slots.length} columns, one per element of the inputs, got ${elements.length}${missing === undefined ? '' : `, none for '${missing}'`}`,
    where,
  );
}

const dataError = (message: string, where: string, details: { readonly hint?: string | undefined } = {}) =>
  new InferproofError('data', message, { where, ...details });

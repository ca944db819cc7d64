// A public tensor as a key declares it, from JSON: each field, and that they go together.
import { fitsRank, READ_FUNCTIONS, type Read } from './functions.js';
import { FINITE } from './ordered.js';
import { agree, integer, list, nullable, object, only, pair, unread, where, within, type Reader } from './read.js';
import { DECISION_RULES, elementCount, fitsColumns, fitsLabels, type Columns, type Decision, type Labels, type PublicTensor } from './words.js'; // prettier-ignore

/** Text that has one form in UTF-8. */
const text = where((v): v is string => typeof v === 'string' && !/\p{Surrogate}/u.test(v), 'a string');

interface GivenColumns {
  readonly axis: number;
  readonly ends: unknown;
}
interface Given extends Omit<PublicTensor, 'scale' | 'zero' | 'columns'> {
  readonly scale: unknown;
  readonly zero: unknown;
  readonly columns?: GivenColumns;
}

function columnsOf({ axis, ends }: GivenColumns, shape: readonly number[]): Columns {
  const read = list(pair(integer(Number.MIN_SAFE_INTEGER)), shape[axis]);
  return Object.freeze({ axis, ends: within('.columns.ends', read, ends) });
}

export function readTensor(json: unknown): PublicTensor {
  const real = where((v): v is number => Number.isFinite(v), 'a finite number');
  const index = nullable(integer(0));
  const decision = object<Decision>({ rule: only(...DECISION_RULES), axis: index });
  const [, ...functions] = READ_FUNCTIONS; // softmax has its own field, which is older
  const read = object<Read>({ function: only(...functions), axis: index });
  const required = {
    name: text,
    role: only('input', 'output'),
    shape: list(integer(1)),
    lo: integer(Number.MIN_SAFE_INTEGER),
    hi: integer(Number.MIN_SAFE_INTEGER),
    bits: integer(8),
    scale: unread,
    zero: unread,
    axis: index,
    softmax: nullable(object({ axis: integer(0) })),
  };
  const encoding = only('float32');
  const labels = object<Labels>({ names: list(text), axis: index });
  const columned = object<GivenColumns>({ axis: integer(0), ends: unread });
  const given = object<Given>(required, { read, decision, encoding, labels, columns: columned })(json);
  const { shape, lo, hi, bits, axis, softmax } = given;
  const hasAxis = (one: number | null): boolean => one === null || one < shape.length;
  agree(given, { axis: hasAxis(axis), columns: hasAxis(given.columns?.axis ?? null) });
  const reals: Reader<number | readonly number[]> = axis === null ? real : list(real, shape[axis]);
  const [scale, zero] = [within('.scale', reals, given.scale), within('.zero', reals, given.zero)];
  const columns = given.columns && columnsOf(given.columns, shape);
  const t: PublicTensor = Object.freeze({ ...given, scale, zero, ...(columns && { columns }) }) as PublicTensor;
  return agree(t, {
    shape: Number.isSafeInteger(elementCount(t)),
    hi: lo <= hi,
    bits: bits <= 248 && bits % 8 === 0 && (BigInt(hi) - BigInt(lo)) >> BigInt(bits) === 0n,
    softmax: softmax === null || softmax.axis < shape.length,
    read: !t.read || (softmax === null && fitsRank(t.read, shape.length)),
    encoding: !t.encoding || isOrdered(t),
    decision: !t.decision || decides(t, t.decision),
    labels: !t.labels || fitsLabels(t, t.labels),
    columns: !t.columns || (t.role === 'input' && axis === null && !t.encoding && fitsColumns(t, t.columns)),
    scale: [scale].flat().every((v) => v > 0),
  });
}

/** Whether an output of the tensor's shape can decide so. */
const decides = ({ role, shape }: PublicTensor, { rule, axis }: Decision): boolean =>
  role === 'output' && (rule.startsWith('arg') ? axis !== null && axis < shape.length : axis === null);

/** Whether the integers can be those of finite float32 numbers in 32 bits, and nothing else. */
const isOrdered = ({ role, lo, hi, bits, scale, zero }: PublicTensor): boolean =>
  role === 'input' && lo >= FINITE.least && hi <= FINITE.most && bits === 32 && scale === 1 && zero === 0;

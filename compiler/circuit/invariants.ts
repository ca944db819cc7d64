// What makes a circuit legal: every rule on which the exactness of native integers and the soundness of the linked rows
// rest. The planner keeps them; a file has to show that it does.
import { fitsRank } from '../../verifier/functions.js';
import { fitsColumns, fitsLabels } from '../../verifier/words.js';
import { FINITE } from '../../verifier/ordered.js';
import { ACC_BITS, LIMB_BITS, MAX_CIRCUIT_ELEMENTS } from '../limits.js';
import { checkMap, type Refuse } from '../linear/check.js';
import { hull } from '../linear/intervals.js';
import { integerOf } from '../primitives/index.js';
import { sizeOf } from '../tensor.js';
import type { Circuit, CircuitTensor, IntegerForm, IntegerStep, TensorId } from './circuit.js';
import { batchOf, publicsOf } from './publics.js';
import { accumulatorIntervals, provesRange, withinBalls } from './reach.js';

const MAX_ACC = 2 ** ACC_BITS;

/** Calls `refuse` for the first rule that a circuit breaks. */
export function checkCircuit(circuit: Circuit, refuse: Refuse): void {
  const { tensors, steps, rangeBits } = circuit;
  let elements = 0;
  tensors.forEach((tensor, i) => {
    checkTensor(tensor, `tensors[${i}]`, refuse);
    elements += sizeOf(tensor.shape);
    if (elements > MAX_CIRCUIT_ELEMENTS)
      refuse(`tensors[${i}].shape`, `at most ${MAX_CIRCUIT_ELEMENTS} elements in all`, elements);
  });
  if ((circuit.options.argument === 'lookup') !== (rangeBits !== null))
    refuse('rangeBits', 'bits of a limb exactly in the lookup argument', String(rangeBits));
  const { least, most } = LIMB_BITS;
  if (rangeBits !== null && !(Number.isInteger(rangeBits) && rangeBits >= least && rangeBits <= most))
    refuse('rangeBits', `an integer of [${least}, ${most}]`, rangeBits);
  const defined = new Set<TensorId>();
  const readable = new Map<TensorId, IntegerStep>();
  steps.forEach((step, i) => {
    const path = `steps[${i}]`;
    for (const out of step.outs) {
      if (tensors[out] === undefined) refuse(`${path}.outs`, `a tensor below ${tensors.length}`, out);
      if (defined.has(out)) refuse(`${path}.outs`, 'a tensor that no earlier step defines', out);
      defined.add(out);
    }
    step.forms.forEach((form, k) => checkForm(form, tensors, readable, `${path}.forms[${k}]`, refuse));
    checkStep(step, circuit, path, refuse);
    if (!integerOf(step).isExact) for (const out of step.outs) readable.set(out, step);
  });
  const undefinedTensor = tensors.findIndex((_, id) => !defined.has(id));
  if (undefinedTensor >= 0) refuse(`tensors[${undefinedTensor}]`, 'a step that defines every tensor', 'none');
  checkProved(circuit, refuse);
  checkBorder(circuit, refuse);
}

/** Every element whose range its own step leaves open is proved to be in it by another one. */
function checkProved({ tensors, steps }: Pick<Circuit, 'tensors' | 'steps'>, refuse: Refuse): void {
  const open = new Map<string, string>();
  steps.forEach((step, i) => {
    for (const element of integerOf(step).leaves?.(step) ?? [])
      open.set(`${step.outs[0]} ${element}`, `steps[${i}].own`);
  });
  for (const step of steps)
    for (const proved of integerOf(step).proves?.(step) ?? [])
      if (provesRange(tensors[proved.tensor], proved)) open.delete(`${proved.tensor} ${proved.element}`);
  for (const [element, path] of open) refuse(path, 'elements whose range another step proves', element);
}

/** lo <= hi, less than 2^50 apart; a positive scale and a zero for all elements or for each index of the axis. */
function checkTensor(
  { shape, lo, hi, scale, zero, axis, ball, encoding, columns }: CircuitTensor,
  path: string,
  refuse: Refuse,
): void {
  if (!(lo <= hi && hi - lo < MAX_ACC)) refuse(`${path}.hi`, `lo <= hi < lo + 2^${ACC_BITS}`, `[${lo}, ${hi}]`);
  if (axis !== null && axis >= shape.length) refuse(`${path}.axis`, `an axis of rank ${shape.length}`, axis);
  const uniform = typeof scale === 'number' && typeof zero === 'number';
  if (uniform !== (axis === null))
    refuse(`${path}.axis`, 'an axis exactly where scale or zero are lists', String(axis));
  for (const [name, list] of Object.entries({ scale, zero })) {
    if (typeof list !== 'number' && list.length !== shape[axis ?? 0])
      refuse(`${path}.${name}`, `${shape[axis ?? 0]} numbers, one for each index of axis ${axis}`, list.length);
  }
  if (typeof scale === 'number' ? scale <= 0 : scale.some((s) => s <= 0))
    refuse(`${path}.scale`, 'positive scales', '0 or less');
  if (encoding && !(lo === FINITE.least && hi === FINITE.most && scale === 1 && zero === 0))
    refuse(`${path}.encoding`, 'the integers of all finite float32 numbers', `[${lo}, ${hi}]`);
  if (columns && !(!encoding && scale === 1 && zero === 0 && fitsColumns({ shape, lo, hi }, columns)))
    refuse(`${path}.columns`, `ranges of integers that together are [${lo}, ${hi}], one for each index of an axis`, columns.ends.join(' ')); // prettier-ignore
  if (ball && !(uniform && ball.radius >= 0 && sizeOf(shape) % ball.size === 0))
    refuse(`${path}.ball`, 'a radius from 0 and groups that fill a tensor of one scale', `groups of ${ball.size}`);
}

const integers = { test: Number.isSafeInteger, name: 'integers' };

/** The map reads earlier tensors that have wires, inside their bounds, with integers; [accLo, accHi] holds its interval. */
function checkForm(
  { map, accLo, accHi, within }: IntegerForm,
  tensors: readonly CircuitTensor[],
  readable: ReadonlyMap<TensorId, IntegerStep>,
  path: string,
  refuse: Refuse,
): void {
  const at: Refuse = (place, expected, got) => refuse(`${path}.map.${place}`, expected, got);
  checkMap(map, (id) => (readable.has(id) ? sizeOf(tensors[id].shape) : null), integers, at);
  const { lo, hi } = hull(accumulatorIntervals(map, tensors, (id) => readable.get(id)!));
  if (!(accLo <= lo && hi <= accHi)) refuse(path, `accLo and accHi round [${lo}, ${hi}]`, `[${accLo}, ${accHi}]`);
  const balls = withinBalls(map, { lo: accLo, hi: accHi }, tensors) ?? { lo: accLo, hi: accHi };
  if (within && !(within.lo >= accLo && within.hi <= accHi && within.lo <= balls.lo && balls.hi <= within.hi))
    refuse(`${path}.within`, `what rounds [${balls.lo}, ${balls.hi}] inside accLo and accHi`, `[${within.lo}, ${within.hi}]`); // prettier-ignore
  if (!(Math.abs(accLo) < MAX_ACC && Math.abs(accHi) < MAX_ACC))
    refuse(path, `an accumulator below 2^${ACC_BITS}`, `[${accLo}, ${accHi}]`);
}

/** The tensors' intervals are what the step's gadgets allow, and the hint programs stay exact. */
function checkStep(
  step: IntegerStep,
  { tensors, rangeBits }: Pick<Circuit, 'tensors' | 'rangeBits'>,
  path: string,
  refuse: Refuse,
): void {
  const primitive = integerOf(step);
  const outs = step.outs.map((id) => tensors[id]);
  primitive.check(step, outs, (place, expected, got) => refuse(`${path}.${place}`, expected, got));
  const bounds = primitive.bounds(step, outs);
  bounds.outs.forEach((allowed, k) => {
    const width = outs[k].hi - outs[k].lo;
    if (allowed && width !== allowed.hi - allowed.lo)
      refuse(path, `hi - lo = ${allowed.hi - allowed.lo}, what the rows allow`, width);
  });
  for (const { what, reach, below } of bounds.needs) if (!(reach < below)) refuse(path, what, reach);
  const refusal = rangeBits === null ? (primitive.plain.refusal?.(step) ?? null) : null;
  if (refusal !== null) refuse(path, 'a step that the argument has gadgets for', refusal);
  const variants =
    rangeBits === null ? [] : (primitive.lookup.offers?.(step, outs, rangeBits) ?? []).map(({ variant }) => variant);
  if (variants.length === 0 ? step.variant !== null : !variants.includes(step.variant ?? ''))
    refuse(`${path}.variant`, variants.length === 0 ? 'null' : `one of ${variants.join(', ')}`, String(step.variant));
}

/** Inputs, outputs and publics name the tensors of their steps, each once; publics are what the verifier decodes. */
function checkBorder(circuit: Circuit, refuse: Refuse): void {
  const { options, tensors, steps, inputs, outputs, publics } = circuit;
  for (const [name, isOf, list] of [
    ['input', 'isInput', inputs],
    ['output', 'isExact', outputs],
  ] as const) {
    const open = new Set(steps.filter((step) => integerOf(step)[isOf]).flatMap(({ outs }) => outs));
    if (open.size !== list.length) refuse(`${name}s`, `${open.size}, one per step`, list.length);
    list.forEach(({ tensor }, i) => {
      if (!open.delete(tensor)) refuse(`${name}s[${i}].tensor`, `an ${name} tensor, each once`, tensor);
    });
  }
  for (const field of ['encoding', 'columns'] as const) {
    const other = tensors.findIndex((one, id) => one[field] && !inputs.some(({ tensor }) => tensor === id));
    if (other >= 0) refuse(`tensors[${other}].${field}`, 'an input', 'another tensor');
  }
  if (new Set(inputs.map((input) => input.name)).size !== inputs.length)
    refuse('inputs', 'distinct names', 'a repeated one');
  if (new Set(outputs.map((output) => output.name)).size !== outputs.length)
    refuse('outputs', 'distinct names', 'a repeated one');
  const names = JSON.stringify(outputs.map(({ name }) => name));
  if (options.outputs !== null && JSON.stringify(options.outputs) !== names)
    refuse('options.outputs', `null or ${names}, the names of the outputs`, JSON.stringify(options.outputs));
  const { bitsOf } = options;
  bitsOf.forEach(({ value }, i) => {
    if (i > 0 && value <= bitsOf[i - 1].value) refuse(`options.bitsOf[${i}].value`, 'ascending values', value);
  });
  outputs.forEach(({ tensor, read, labels, decision: { rule, axis } }, i) => {
    const { shape } = tensors[tensor];
    const rank = shape.length;
    if (labels && !fitsLabels({ ...tensors[tensor], role: 'output' }, labels))
      refuse(`outputs[${i}].labels`, 'a name of each place', `${labels.names.length} names`);
    if (read && !fitsRank(read, rank))
      refuse(`outputs[${i}].read.axis`, `what ${read.function} of rank ${rank} takes`, String(read.axis));
    if (rule === 'argmax' || rule === 'argmin' ? axis === null || axis >= rank : axis !== null)
      refuse(`outputs[${i}].decision.axis`, `what ${rule} has in rank ${rank}`, String(axis));
  });
  const batch = batchOf(circuit);
  for (const { name, tensor } of [...inputs, ...outputs])
    if (batch > 1 && tensors[tensor].shape[0] !== batch)
      refuse('options.batch', `the first axis of '${name}', ${tensors[tensor].shape[0] ?? 'none'}`, batch);
  if (JSON.stringify(publics) !== JSON.stringify(publicsOf(circuit)))
    refuse('publics', 'what the tensors say', 'something else');
}

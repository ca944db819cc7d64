// What makes a circuit legal: every rule on which the exactness of native integers and the soundness of the linked rows
// rest. The planner keeps them, a file has to show that it does.
import { mapIntervals, hull } from '../quantize/intervals.js';
import type { LinearMap, LinearPart } from '../primitives/linear.js';
import { leakyReach } from '../primitives/rescale.js';
import { sizeOf } from '../tensor.js';
import type { Circuit, CircuitStep, CircuitTensor, IntegerForm, TensorId } from './circuit.js';
import { bitLength } from './gadget.js';
import { publicTensor, publicTensors } from './publics.js';

/** Accumulators and widths stay below this: exact in float64 with room for a half, an offset and a sign. */
export const MAX_ACC = 2 ** 50;
/** Elements of all tensors together: more wires than rows of the largest domain of the curve can bind. */
export const MAX_ELEMENTS = 2 ** 28;
const EXACT = 2 ** 53;

/** Called with the path of what breaks a rule, as in 'steps[3].form.map'. */
export type Refuse = (path: string, expected: string, got: string | number) => never;

/** Calls `refuse` for the first rule that a circuit breaks. */
export function checkCircuit(circuit: Circuit, refuse: Refuse): void {
  const { tensors, steps } = circuit;
  let elements = 0;
  tensors.forEach((tensor, i) => {
    checkTensor(tensor, `tensors[${i}]`, refuse);
    elements += sizeOf(tensor.shape);
    if (elements > MAX_ELEMENTS) refuse(`tensors[${i}].shape`, `at most ${MAX_ELEMENTS} elements in all`, elements);
  });
  const kinds = new Map<TensorId, CircuitStep['kind']>();
  steps.forEach((step, i) => {
    const path = `steps[${i}]`;
    const tensor = tensors[step.out] ?? refuse(`${path}.out`, `a tensor below ${tensors.length}`, step.out);
    if (kinds.has(step.out)) refuse(`${path}.out`, 'a tensor that no earlier step defines', step.out);
    if (step.kind !== 'input') checkForm(step.form, tensors, kinds, `${path}.form`, refuse);
    checkStep(step, tensor, path, refuse);
    kinds.set(step.out, step.kind);
  });
  const undefinedTensor = tensors.findIndex((_, id) => !kinds.has(id));
  if (undefinedTensor >= 0) refuse(`tensors[${undefinedTensor}]`, 'a step that defines every tensor', 'none');
  checkBorder(circuit, kinds, refuse);
  checkLookup(circuit, refuse);
}

/** lo <= hi, less than 2^50 apart; a positive scale and a zero for all elements or for each index of the axis. */
function checkTensor({ shape, lo, hi, scale, zero, axis }: CircuitTensor, path: string, refuse: Refuse): void {
  if (!(lo <= hi && hi - lo < MAX_ACC)) refuse(`${path}.hi`, 'lo <= hi < lo + 2^50', `[${lo}, ${hi}]`);
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
}

/** The map reads earlier tensors that have wires, inside their bounds, with integers; [accLo, accHi] holds its interval. */
function checkForm(
  { map, accLo, accHi }: IntegerForm,
  tensors: readonly CircuitTensor[],
  kinds: ReadonlyMap<TensorId, CircuitStep['kind']>,
  path: string,
  refuse: Refuse,
): void {
  const sources = new Set<TensorId>();
  map.parts.forEach((part, i) => {
    const at = `${path}.map.parts[${i}]`;
    const kind = kinds.get(part.from);
    if (kind === undefined || kind === 'output') refuse(`${at}.from`, 'an earlier tensor that is no output', part.from);
    if (sources.has(part.from)) refuse(`${at}.from`, 'one part a source', part.from);
    sources.add(part.from);
    checkPart(part, map, sizeOf(tensors[part.from].shape), at, refuse);
  });
  if (!map.bias.every(Number.isSafeInteger)) refuse(`${path}.map.bias`, 'integers', 'others');
  const { lo, hi } = hull(mapIntervals(map, (id) => ({ lo: 0, hi: tensors[id].hi - tensors[id].lo })));
  if (!(accLo <= lo && hi <= accHi)) refuse(path, `accLo and accHi round [${lo}, ${hi}]`, `[${accLo}, ${accHi}]`);
  if (!(Math.abs(accLo) < MAX_ACC && Math.abs(accHi) < MAX_ACC))
    refuse(path, 'an accumulator below 2^50', `[${accLo}, ${accHi}]`);
}

function checkPart(part: LinearPart, { size }: LinearMap, source: number, path: string, refuse: Refuse): void {
  const { base, pattern, kernel, patterns, kernels } = part;
  for (const [name, list] of Object.entries({ base, pattern, kernel }))
    if (list.length !== size) refuse(`${path}.${name}`, `${size} numbers, one an element`, list.length);
  kernels.forEach((weights, i) => {
    if (!weights.every(Number.isSafeInteger)) refuse(`${path}.kernels`, 'integers', `others in list ${i}`);
  });
  const reach = patterns.map((offsets, i) => {
    if (new Set(offsets).size !== offsets.length)
      refuse(`${path}.patterns`, 'distinct offsets', `a repeated one in list ${i}`);
    return {
      lo: offsets.reduce((a, b) => Math.min(a, b), Infinity),
      hi: offsets.reduce((a, b) => Math.max(a, b), -Infinity),
    };
  });
  for (let o = 0; o < size; o++) {
    const [p, k] = [pattern[o], kernel[o]];
    if (!(p >= 0 && p < patterns.length)) refuse(`${path}.pattern[${o}]`, `a pattern below ${patterns.length}`, p);
    if (!(k >= 0 && k < kernels.length)) refuse(`${path}.kernel[${o}]`, `a kernel below ${kernels.length}`, k);
    if (patterns[p].length !== kernels[k].length)
      refuse(`${path}.kernel[${o}]`, `as many coefficients as offsets, ${patterns[p].length}`, kernels[k].length);
    if (base[o] + reach[p].lo < 0 || base[o] + reach[p].hi >= source)
      refuse(
        `${path}.base[${o}]`,
        `positions in [0, ${source})`,
        `[${base[o] + reach[p].lo}, ${base[o] + reach[p].hi}]`,
      );
  }
}

/** The tensor's interval is what the step's gadget allows, and the hint programs stay exact. */
function checkStep(step: CircuitStep, { shape, lo, hi }: CircuitTensor, path: string, refuse: Refuse): void {
  const width = hi - lo;
  const size = sizeOf(shape);
  const mustBe = (expected: number, what: string): void => {
    if (width !== expected) refuse(path, `hi - lo = ${expected}, ${what}`, width);
  };
  if (step.kind === 'input') return;
  const { map, accLo, accHi } = step.form;
  if (step.kind === 'rescale' || step.kind === 'output') {
    if (map.size !== size) refuse(`${path}.form.map`, `a map to ${size} elements, the shape of its tensor`, map.size);
  } else {
    checkGroups(step.starts, size, map.size, `${path}.starts`, refuse);
    if (accLo < 0) refuse(`${path}.form.accLo`, '0 or more under a maximum', accLo);
  }
  switch (step.kind) {
    case 'rescale':
      // Rescale saturates at 2^n - 1: any other width would let a value pass that no interval counts with
      mustBe(2 ** Math.max(bitLength(width), 1) - 1, 'a full number of bits');
      checkRescale(step, width, path, refuse);
      return;
    case 'max':
    case 'output':
      if (accLo !== 0) refuse(`${path}.form.accLo`, '0, stored values', accLo);
      mustBe(accHi, 'the largest accumulator');
      return;
    case 'argmax': {
      const longest = longestGroup(step.starts);
      if (longest < 2) refuse(`${path}.starts`, 'a group of 2 or more', longest);
      if (lo !== 0) refuse(path, 'lo = 0, a position', lo);
      mustBe(longest - 1, 'the last position of the longest group');
      if ((accHi + 1) * 2 ** bitLength(longest - 1) > EXACT) refuse(`${path}.form.accHi`, 'keys below 2^53', accHi);
      return;
    }
  }
}

function checkRescale(step: CircuitStep & { kind: 'rescale' }, width: number, path: string, refuse: Refuse): void {
  const { shift, f } = step;
  const { accLo, accHi } = step.form;
  if (shift > 48) refuse(`${path}.shift`, 'at most 48', shift);
  if (f.kind === 'clamp') return;
  if (f.k < 1 || f.k > 32) refuse(`${path}.f.k`, 'an integer of [1, 32]', f.k);
  if (f.slope < 0) refuse(`${path}.f.slope`, '0 or more', f.slope);
  const reach = leakyReach({ accLo, accHi, shift, width, f });
  if (!(reach < EXACT / 4)) refuse(`${path}.f`, 'a scaled floor below 2^51', reach);
}

/** A choice of gadgets exactly where the argument is lookup; wide ones are rescales that clamp, in ascending order. */
function checkLookup({ options, steps, lookup }: Circuit, refuse: Refuse): void {
  if ((options.argument === 'lookup') !== (lookup !== undefined))
    refuse('lookup', 'a choice of gadgets exactly in the lookup argument', lookup ? 'one' : 'none');
  if (!lookup) return;
  const { rangeBits, wide } = lookup;
  if (!(Number.isInteger(rangeBits) && rangeBits >= 1 && rangeBits <= 16))
    refuse('lookup.rangeBits', 'an integer of [1, 16]', rangeBits);
  wide.forEach((index, i) => {
    const step = steps[index];
    if (step?.kind !== 'rescale' || step.f.kind !== 'clamp')
      refuse(`lookup.wide[${i}]`, 'the number of a rescale that clamps', index);
    if (i > 0 && wide[i - 1] >= index) refuse(`lookup.wide[${i}]`, 'a number above the one before', index);
  });
  steps.forEach((step, i) => {
    if (step.kind === 'rescale' && step.shift < 1) refuse(`steps[${i}].shift`, '1 or more', step.shift);
  });
}

/** Ascending from 0 to the size of the map, no group empty. */
function checkGroups(starts: Int32Array, groups: number, members: number, path: string, refuse: Refuse): void {
  if (starts.length !== groups + 1) refuse(path, `${groups + 1} numbers, one more than elements`, starts.length);
  if (starts[0] !== 0) refuse(`${path}[0]`, '0', starts[0]);
  for (let g = 0; g < groups; g++)
    if (starts[g + 1] <= starts[g]) refuse(`${path}[${g + 1}]`, `more than ${starts[g]}`, starts[g + 1]);
  if (starts[groups] !== members) refuse(`${path}[${groups}]`, `${members}, the elements of the map`, starts[groups]);
}

/** Elements of the longest group. */
const longestGroup = (starts: Int32Array): number =>
  starts.reduce((longest, start, g) => (g === 0 ? 0 : Math.max(longest, start - starts[g - 1])), 0);

/** Inputs, outputs and publics name the tensors of their steps, each once; publics are what the verifier decodes. */
function checkBorder(circuit: Circuit, kinds: ReadonlyMap<TensorId, CircuitStep['kind']>, refuse: Refuse): void {
  const { tensors, inputs, outputs, publics } = circuit;
  for (const [name, kind, list] of [
    ['inputs', 'input', inputs],
    ['outputs', 'output', outputs],
  ] as const) {
    const ids = new Set<TensorId>();
    list.forEach(({ tensor }, i) => {
      if (kinds.get(tensor) !== kind || ids.has(tensor))
        refuse(`${name}[${i}].tensor`, `an ${kind} tensor, each once`, tensor);
      ids.add(tensor);
    });
    const steps = [...kinds.values()].filter((k) => k === kind).length;
    if (steps !== list.length) refuse(name, `${steps}, one a step`, list.length);
  }
  if (new Set(inputs.map((input) => input.name)).size !== inputs.length)
    refuse('inputs', 'distinct names', 'a repeated one');
  if (new Set(outputs.map((output) => output.name)).size !== outputs.length)
    refuse('outputs', 'distinct names', 'a repeated one');
  outputs.forEach(({ tensor, softmax }, i) => {
    const rank = tensors[tensor].shape.length;
    if (softmax && !(softmax.axis >= 0 && softmax.axis < rank))
      refuse(`outputs[${i}].softmax.axis`, `an axis of rank ${rank}`, softmax.axis);
  });
  const described = publicTensors(circuit).map((id) => publicTensor(circuit, id));
  if (JSON.stringify(publics) !== JSON.stringify(described))
    refuse('publics', 'what the tensors say', 'something else');
}

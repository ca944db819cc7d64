// Random nodes with graphs inside: branches, loops and scans, whose bodies read what is around them and hide names of it.
import { TensorProto_DataType as Type } from 'onnx-buf';
import { bools, floats, valueInfo, type BodyInit, type NodeInit } from '../onnx-models.js';
import { maybe, shapeOf, type Case, type CaseOf } from './case.js';

const scalar = (value: number) => ({ dims: [], dataType: Type.INT64, int64Data: [BigInt(value)] });

/** A chain of nodes from `from` to `to` that keep its shape; their names are those of every other chain. */
function chain(c: Case, from: string, to: string, around: string): NodeInit[] {
  const count = c.random.int(1, 3);
  return Array.from({ length: count }, (_, i): NodeInit => {
    const [x, y] = [i === 0 ? from : `inner${i - 1}`, i === count - 1 ? to : `inner${i}`];
    const op = c.random.pick(['Add', 'Sub', 'Relu', 'Neg', 'Max']);
    return { op, in: ['Relu', 'Neg'].includes(op) ? [x] : [x, around], out: [y] };
  });
}

const If: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 3);
  const [x, around] = [c.live(shape), c.either(shape)];
  const isLive = c.random.chance(0.4);
  const condition = isLive ? c.flags([]) : c.add('b', bools([], [c.random.int(0, 1)]));
  const branch = (): { body: BodyInit } =>
    c.random.chance(0.2)
      ? { body: { nodes: [], initializers: { own: floats([...shape], shape.length === 0 ? [1] : new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0.5)) }, outputs: ['own'] } } // prettier-ignore
      : { body: { nodes: chain(c, x, 'out', around), outputs: ['out'] } };
  const [then_branch, else_branch] = [branch(), branch()];
  if (!c.random.chance(0.3)) return { in: [condition], attributes: { then_branch, else_branch } };
  // one If in another
  const inner: NodeInit = { op: 'If', in: [condition], out: ['picked'], attributes: { then_branch, else_branch } };
  const nested = { body: { nodes: [inner, ...chain(c, 'picked', 'last', around)], outputs: ['last'] } };
  return { in: [condition], attributes: { then_branch: nested, else_branch: branch() } };
};

const Loop: CaseOf = (c) => {
  const shape = shapeOf(c, 0, 2, 3);
  const [x, around] = [c.live(shape), c.either(shape)];
  const count = c.random.int(1, 5);
  const least = c.random.int(1, 5);
  const stops = c.opset >= 9 && c.random.chance(0.3);
  const nodes: NodeInit[] = [
    // goes on while the number of the round is below `least`
    stops ? { op: 'Less', in: ['round', 'least'], out: ['goes'] } : { op: 'Identity', in: ['on'], out: ['goes'] },
    ...chain(c, 'state', 'next', around),
    { op: 'Cast', in: ['round'], out: ['number'], attributes: { to: 1 } },
    { op: 'Add', in: ['next', 'number'], out: ['added'] },
  ];
  const body = { inputs: [valueInfo('round', [], Type.INT64), valueInfo('on', [], Type.BOOL), valueInfo('state', shape)], nodes, initializers: { least: scalar(least) }, outputs: ['goes', 'next', 'added'] }; // prettier-ignore
  const limit = stops && c.random.chance(0.5) ? '' : c.add('m', scalar(count));
  const on = c.random.chance(0.5) && limit !== '' ? '' : c.add('on', bools([], [1]));
  return { in: [limit, on, x], attributes: { body: { body } }, outs: 2 };
};

const Scan: CaseOf = (c) => {
  const length = c.random.int(1, 4);
  const slice = shapeOf(c, 1, 2, 3);
  const [batch, isOld] = [c.random.int(1, 2), c.opset < 9];
  const lead = isOld ? [batch] : [];
  const axis = isOld ? 0 : c.random.int(0, slice.length);
  const [first, xs] = [c.live([...lead, ...slice]), c.live([...lead, ...slice.toSpliced(axis, 0, length)])];
  const nodes: NodeInit[] = [
    { op: 'Add', in: ['state', 'x'], out: ['sum'] },
    ...chain(c, 'sum', 'next', 'x'),
    { op: 'Sub', in: ['next', 'x'], out: ['added'] },
  ];
  const body = { body: { inputs: ['state', 'x'], nodes, outputs: ['next', 'added'] } };
  const direction = maybe(c, () => [c.random.int(0, 1)]);
  if (isOld) return { in: ['', first, xs], attributes: { body, num_scan_inputs: 1, directions: direction }, outs: 2 };
  const negative = c.opset >= 11 && c.random.chance(0.3);
  const attributes = {
    body,
    num_scan_inputs: 1,
    scan_input_axes: axis === 0 && c.random.chance(0.5) ? undefined : [negative ? axis - slice.length - 1 : axis],
    scan_input_directions: direction,
    scan_output_directions: maybe(c, () => [c.random.int(0, 1)]),
    scan_output_axes: maybe(c, () => [c.random.int(0, slice.length)]),
  };
  return { in: [first, xs], attributes, outs: 2 };
};

export const CONTROL: Readonly<Record<string, CaseOf>> = { If, Loop, Scan };

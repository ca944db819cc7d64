// Every operator that can be lowered, with the first opset whose form its lowering knows. A new operator is one function
// in its family's file and one line here.
import type { Operator } from '../site.js';
import { Constant, ConstantOfShape, Range, Shape } from './constants.js';
import { Add, Cast, Clip, Div, Dropout, Identity, LeakyRelu, Mul, Neg, Relu, Sub, Sum } from './elementwise.js';
import { AveragePool, BatchNormalization, Conv, Gemm, GlobalAveragePool, MatMul } from './matrix.js';
import { ArgMax, GlobalMaxPool, Max, MaxPool, Min, Softmax } from './selection.js';
import { Concat, Expand, Flatten, Gather, Pad, Reshape, Slice, Squeeze, Transpose, Unsqueeze } from './shape.js';

/** The newest opset whose operators were read; a later one may give an operator another meaning. */
export const NEWEST_OPSET = 28;

export const OPERATORS: readonly Operator[] = [
  { op: 'Add', since: 7, lower: Add },
  { op: 'ArgMax', since: 1, lower: ArgMax },
  { op: 'AveragePool', since: 1, lower: AveragePool },
  { op: 'BatchNormalization', since: 7, lower: BatchNormalization },
  { op: 'Cast', since: 6, lower: Cast },
  { op: 'Clip', since: 6, lower: Clip },
  { op: 'Concat', since: 1, lower: Concat },
  { op: 'Constant', since: 1, lower: Constant },
  { op: 'ConstantOfShape', since: 9, lower: ConstantOfShape },
  { op: 'Conv', since: 1, lower: Conv },
  { op: 'Div', since: 7, lower: Div },
  { op: 'Dropout', since: 7, lower: Dropout },
  { op: 'Expand', since: 8, lower: Expand },
  { op: 'Flatten', since: 1, lower: Flatten },
  { op: 'Gather', since: 1, lower: Gather },
  { op: 'Gemm', since: 7, lower: Gemm },
  { op: 'GlobalAveragePool', since: 1, lower: GlobalAveragePool },
  { op: 'GlobalMaxPool', since: 1, lower: GlobalMaxPool },
  { op: 'Identity', since: 1, lower: Identity },
  { op: 'LeakyRelu', since: 6, lower: LeakyRelu },
  { op: 'MatMul', since: 1, lower: MatMul },
  { op: 'Max', since: 8, lower: Max },
  { op: 'MaxPool', since: 1, lower: MaxPool },
  { op: 'Min', since: 8, lower: Min },
  { op: 'Mul', since: 7, lower: Mul },
  { op: 'Neg', since: 6, lower: Neg },
  { op: 'Pad', since: 2, lower: Pad },
  { op: 'Range', since: 11, lower: Range },
  { op: 'Relu', since: 6, lower: Relu },
  { op: 'Reshape', since: 1, lower: Reshape },
  { op: 'Shape', since: 1, lower: Shape },
  { op: 'Slice', since: 1, lower: Slice },
  { op: 'Softmax', since: 1, lower: Softmax },
  { op: 'Squeeze', since: 1, lower: Squeeze },
  { op: 'Sub', since: 7, lower: Sub },
  { op: 'Sum', since: 8, lower: Sum },
  { op: 'Transpose', since: 1, lower: Transpose },
  { op: 'Unsqueeze', since: 1, lower: Unsqueeze },
];

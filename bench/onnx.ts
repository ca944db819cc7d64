// What the models that a bench writes have in common: attributes of integers, tensors of a declared shape.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType as AttributeType, type AttributeProtoSchema, type TensorProto_DataType as DataType } from 'onnx-buf'; // prettier-ignore

/** An integer, or a list of them. */
export type Attribute = number | readonly number[];

export const attributesOf = (attributes: Readonly<Record<string, Attribute>>): MessageInitShape<typeof AttributeProtoSchema>[] =>
  Object.entries(attributes).map(([name, value]) =>
    typeof value === 'number'
      ? { name, type: AttributeType.INT, i: BigInt(value) }
      : { name, type: AttributeType.INTS, ints: value.map(BigInt) },
  ); // prettier-ignore

/** An input or an output. */
export function declared(name: string, elemType: DataType, dims: readonly number[]) {
  const dim = dims.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }));
  return { name, type: { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } } };
}

/** Normal numbers of mean 0 and deviation 1 from uniform ones (Box and Muller). */
export const normalFrom = (random: () => number) => (): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

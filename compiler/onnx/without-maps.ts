// A model whose outputs are tensors: each ZipMap left out, so that its output is the tensor of scores. For runtimes that give
// tensors alone.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataType, type GraphProto } from 'onnx-buf';

/**
 * The file with every ZipMap an Identity; null where it has none, or is none that can be read.
 * @example
 * ```ts
 * withoutMaps(model); // → null
 * ```
 */
export function withoutMaps(bytes: Uint8Array): Uint8Array | null {
  let model;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch {
    return null;
  }
  const names = new Set(model.graph === undefined ? [] : cut(model.graph));
  if (names.size === 0) return null;
  for (const { name, type } of model.graph?.output ?? [])
    if (names.has(name) && type !== undefined)
      type.value = { case: 'tensorType', value: { $typeName: 'onnx.TypeProto.Tensor', elemType: TensorProto_DataType.FLOAT } }; // prettier-ignore
  return toBinary(ModelProtoSchema, model);
}

function cut({ node }: GraphProto): string[] {
  const maps = node.filter(({ opType, domain }) => opType === 'ZipMap' && domain === 'ai.onnx.ml');
  for (const map of maps) [map.opType, map.domain, map.attribute] = ['Identity', '', []];
  return maps.flatMap(({ output }) => output);
}

// The form of a node's operator in its opset.
import { hintFor } from './hints.js';
import type { Model, ModelNode } from './model.js';
import { OWN_DOMAIN } from './layers.js';
import { NEWEST_OPSET, OPERATORS } from './operators/index.js';
import { refusal, type Operator } from './site.js';

/** @throws 'unsupported' for an operator that is not known, or not in this opset */
export function operatorOf(node: ModelNode, { functions }: Model): Operator {
  const isWritable = node.domain !== OWN_DOMAIN || node.marks !== undefined;
  const forms = OPERATORS.filter(({ op, domain = '' }) => isWritable && op === node.op && domain === node.domain);
  if (forms.length === 0) {
    const name = node.domain === '' ? node.op : `${node.domain}.${node.op}`;
    const hint = hintFor(node, functions.has(`${node.domain}.${node.op}`));
    throw refusal(node, `expected a supported operator, got ${name} of opset ${node.opset}`, hint);
  }
  if (node.opset > NEWEST_OPSET)
    throw refusal(
      node,
      `expected opset ${NEWEST_OPSET} or older, got ${node.opset}`,
      `export with opset ${NEWEST_OPSET} or older`,
    );
  const operator = forms.findLast(({ since }) => since <= node.opset);
  if (operator === undefined) {
    throw refusal(
      node,
      `expected opset ${forms[0].since} or later for ${node.op}, got ${node.opset}`,
      'convert the model to a current opset with onnx.version_converter',
    );
  }
  return operator;
}

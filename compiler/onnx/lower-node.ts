// One node lowered: its operator must know every attribute, input and output that it has.
import { InferproofError } from '../../verifier/errors.js';
import type { ModelNode } from './model.js';
import { markName, named, siteOf, type Surroundings } from './site-of.js';
import { placeOf, refusal, type Operator, type Result } from './site.js';

/** Lowers one node: reads it through a Site and refuses attributes, inputs and outputs that its operator does not have. */
export function lowerNode(node: ModelNode, operator: Operator, surroundings: Surroundings): readonly Result[] {
  refuseOtherCounts(node, operator);
  const { lower } = operator;
  const seen = new Set<string>();
  const outputs = [lower(siteOf(node, seen, surroundings))].flat();
  const unread = Object.keys(node.marks ?? {}).find((mark) => !seen.has(markName(mark)));
  if (unread !== undefined)
    throw new InferproofError('internal', `expected a reader of '${unread}', got none`, { where: placeOf(node) });
  for (const name of [...node.attributes.keys(), ...node.bodies.keys()]) {
    if (!seen.has(name))
      throw refusal(
        node,
        `expected no attribute '${name}' in opset ${node.opset}, got one`,
        'export the model again for a current opset',
      );
  }
  return outputs;
}

function refuseOtherCounts(node: ModelNode, { inputs: [least, most], outputs }: Operator): void {
  const counts = [
    ['input', named(node.inputs).length, least, most],
    ['output', named(node.outputs).length, 0, outputs],
  ] as const;
  for (const [what, count, fewest, greatest] of counts) {
    if (count >= fewest && count <= greatest) continue;
    const bounds =
      fewest === greatest || what === 'output'
        ? `${greatest}`
        : greatest === Infinity
          ? `${fewest} or more`
          : `${fewest} to ${greatest}`;
    const plural = bounds === '1' ? '' : 's';
    throw refusal(
      node,
      `expected ${bounds} ${what}${plural} of ${node.op} in opset ${node.opset}, got ${count}`,
      'the node is not valid ONNX: check the model with onnx.checker',
    );
  }
}

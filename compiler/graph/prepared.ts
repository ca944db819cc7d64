// What is done to a lowered graph before its linear maps are composed: what the verifier reads, what trees compare, functions of bytes
// and of points.
import { listBytes } from './bytes.js';
import type { Graph } from './graph.js';
import { lastSoftmax } from './last-softmax.js';
import { withFloatJumps } from './jumps.js';
import { fusePoints } from './points.js';
import { pulledBack } from './pulled-back.js';

/** @param hasTables whether the argument has tables for functions */
export function prepared(graph: Graph, hasTables: boolean): Graph {
  const whole = pulledBack(lastSoftmax(graph));
  return hasTables ? withFloatJumps(fusePoints(listBytes(whole), true)) : fusePoints(whole, false);
}

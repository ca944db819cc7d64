// Random graphs against onnxruntime: compiled in seconds to what the floats are, or refused with the name of a node; never to a
// constant, another shape, or an input that cannot be proved. INFERPROOF_FULL=1 tries 2,000; INFERPROOF_SEED=N tries the one that a
// failure names.
import { beforeAll, describe, expect, it } from 'vitest';
import { arrange, type Arrangement } from '#compiler/circuit/arrange.js';
import { fillChallenge, fillMultiplicities } from '#compiler/circuit/challenge.js';
import type { TensorId } from '#compiler/circuit/circuit.js';
import { definitions } from '#compiler/circuit/determined.js';
import { link, stampedGadgets } from '#compiler/circuit/link.js';
import { violations } from '#compiler/circuit/violations.js';
import { fillSteps, witness } from '#compiler/circuit/witness.js';
import { run, type Argument } from '#compiler/index.js';
import { gadgetKey } from '#compiler/primitives/gadget.js';
import { stampsOf } from '#prover/circom/link.js';
import { legal, someCorners, type Stored } from '../lies/ends.js';
import { floatOutputs } from './random-graphs/floats.js';
import { randomGraph, type RandomGraph } from './random-graphs/graph.js';
import { judge, type Verdict } from './random-graphs/verdict.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const ONE = process.env['INFERPROOF_SEED'];
const COUNT = FULL ? 2000 : 200;
const CHUNK = ONE === undefined ? 200 : 1;
/** Shares of what may be refused, and of what is too sensitive to be compared. */
const MOST_REFUSED = 0.1;
const MOST_SENSITIVE = 0.05;
/** Graphs whose model.quant.onnx is run. */
const QUANTISED = 20;

type Judged = Verdict & { readonly graph: RandomGraph };

const line = ({ seed, description }: RandomGraph, what: string): string => `seed ${seed}: ${what} (${description})`;

function wholeWitness(wires: Arrangement, stored: Stored): Uint8Array {
  const inputs = (tensor: TensorId): ArrayLike<number> => stored.get(tensor) ?? [];
  if (!wires.challenge) return witness(wires, inputs, 0n).witness.bytes;
  const filled = fillSteps(wires, inputs);
  fillMultiplicities(wires, filled);
  expect(fillChallenge(wires, filled, 3n ** 150n)).not.toBeNull();
  return filled.witness.bytes;
}

/** Rows that corners break, with one run of circom for the gadgets of all circuits. */
async function brokenRows(judged: readonly Judged[], argument: Argument): Promise<string[]> {
  const all = judged.flatMap(({ made, graph }) =>
    made && graph.options.argument === argument ? [{ graph, circuit: made.circuit, wires: arrange(made.circuit) }] : [],
  );
  const gadgets = [
    ...new Map(all.flatMap(({ wires }) => stampedGadgets(wires)).map((g) => [gadgetKey(g), g])).values(),
  ];
  const stamps = await stampsOf(gadgets);
  return all.flatMap(({ graph, circuit, wires }) => {
    const system = link(wires, stamps);
    if (wires.challenge) definitions(system);
    const broken = someCorners(circuit, graph.seed).map((stored) => violations(system, wholeWitness(wires, stored), 1));
    return broken.flat().map((row) => line(graph, `a corner of the inputs breaks row ${row}`));
  });
}

const first = Number(ONE ?? 1);
const chunks = Array.from({ length: ONE === undefined ? COUNT / CHUNK : 1 }, (_, i) => first + CHUNK * i);

describe.each(chunks)(`${CHUNK} random graphs from seed %i`, (from) => {
  const judged: Judged[] = [];
  beforeAll(async () => {
    for (let seed = from; seed < from + CHUNK; seed++) {
      const graph = randomGraph(seed);
      judged.push({ graph, ...(await judge(graph)) });
    }
  });

  it('come out as in onnxruntime, or are refused by name', () => {
    expect(judged.flatMap(({ graph, failures }) => failures.map((what) => line(graph, what)))).toEqual([]);
  });

  it.runIf(ONE === undefined)('are seldom refused', () => {
    const refused = judged.flatMap(({ graph, refused: why }) => (why === null ? [] : [line(graph, why)]));
    const sensitive = judged.filter((one) => one.sensitive > 0).length;
    console.log(`${refused.length} refused, ${sensitive} too sensitive to compare\n${refused.join('\n')}`);
    expect(refused.length / CHUNK).toBeLessThanOrEqual(MOST_REFUSED);
    expect(sensitive / CHUNK).toBeLessThanOrEqual(MOST_SENSITIVE);
  });

  it('have one meaning at the corners of their inputs', () => {
    for (const { graph, made } of judged) if (made) legal(made.circuit, someCorners(made.circuit, graph.seed));
  });

  it.each(['lookup', 'plain'] as const)('%s: satisfy every row there', async (argument) => {
    expect(await brokenRows(judged, argument)).toEqual([]);
  });

  it('are computed to the very integers by onnxruntime on model.quant.onnx', async () => {
    for (const { graph, made } of judged.filter((one) => one.made).slice(0, QUANTISED)) {
      if (!made) continue;
      const [theirs] = await floatOutputs(made.quantisedModel, graph.inputs, [graph.samples]);
      const { outputs } = await run(made.circuit, graph.samples);
      for (const { name } of made.circuit.outputs) {
        const ours = Float64Array.from(outputs.flatMap((sample) => sample[name].ints.map(Number)));
        expect(theirs.get(`${name}_int`)?.data, line(graph, name)).toEqual(ours);
      }
    }
  });
});

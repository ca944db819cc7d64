// audit finds whatever is planted in what compile writes: in circuit.json and in each file beside it. INFERPROOF_FULL=1 plants
// thousands; INFERPROOF_SEED=N the one that a failure names.
import { describe, expect, it } from 'vitest';
import { compile, decodeCircuit, encodeCircuit, encodeGraph, encodeReport, type Compilation } from '#compiler/index.js';
import { InferproofError } from '#verifier/errors.js';
import { audit } from '#prover/index.js';
import { randomGraph } from '../compiler/random-graphs/graph.js';
import { leavesOf, plantedBytes, plantedCircuit } from './planted.js';

const FULL = process.env['INFERPROOF_FULL'] === '1';
const ONE = process.env['INFERPROOF_SEED'];
const seeds = (few: number, many: number): number[] =>
  ONE === undefined ? Array.from({ length: FULL ? many : few }, (_, i) => i + 1) : [Number(ONE)];
const PER_MODEL = FULL ? 60 : 25;

/** Models that compile, one for each seed. */
async function compiled(seed: number): Promise<{ readonly bytes: Uint8Array; readonly made: Compilation }> {
  for (let next = seed; ; next += 1000) {
    const { bytes, options } = randomGraph(next);
    const made = await compile(bytes, { ...options, allowLoss: true }).catch((error: unknown) => {
      if (error instanceof InferproofError) return null;
      throw error;
    });
    if (made !== null) return { bytes, made };
  }
}

const files = ({ circom, graph, quantisedModel, report }: Compilation) => {
  const text = { circom, graph: encodeGraph(graph), report: encodeReport(report) };
  return { ...text, quantisedModel };
};

it('circuits: what changes one is found, and its place is named', async () => {
  const counts = { planted: 0, illegal: 0 };
  for (const seed of seeds(4, 60)) {
    const { bytes, made } = await compiled(seed);
    const text = encodeCircuit(made.circuit);
    for (let k = 0; k < PER_MODEL; k++) {
      const { what, text: edited } = plantedCircuit(text, 1000 * seed + k);
      let circuit;
      try {
        circuit = decodeCircuit(edited, 'circuit.json');
      } catch (error) {
        expect(error, what).toMatchObject({ code: 'format' });
        counts.illegal++;
        continue;
      }
      if (encodeCircuit(circuit) === text) continue;
      counts.planted++;
      const answer = await audit(circuit, bytes);
      expect(answer, `seed ${seed}, ${what}`).toMatchObject({ circuit: 'different' });
      expect(answer.firstDifference, what).toMatch(/^circuit\.json\./);
    }
  }
  console.log(counts);
  if (ONE === undefined) expect(counts.planted).toBeGreaterThan(20);
}, 600_000);

it('files: a byte that changes is found, and no other file is named', async () => {
  for (const seed of seeds(4, 60)) {
    const { bytes, made } = await compiled(seed);
    const whole = files(made);
    for (const [field, name] of [
      ['circom', 'model.circom'],
      ['graph', 'graph.json'],
      ['quantisedModel', 'model.quant.onnx'],
    ] as const)
      // prettier-ignore
      for (let k = 0; k < 3; k++) {
        const content = plantedBytes(Buffer.from(whole[field]), 1000 * seed + k);
        const { circuit, differences } = await audit(made.circuit, bytes, { ...whole, [field]: content });
        expect([circuit, differences.length], `seed ${seed}, ${name}`).toEqual(['different', 1]);
        expect(differences[0]).toMatch(new RegExp(`^${name}\\b`));
      }
  }
}, 600_000);

describe('report.json', () => {
  /** What audit cannot make again, as docs/data.md lists it. */
  const MEASURED =
    /^((estimate|perRow)\.proveSeconds|agreement|maxError|rangeError|decided(\.[\w.[\]]+)?|accuracy\.\w+|outputs\[\d+\]\.(rangeError|worst(\.\w+)?)|search(\[\d+\]\.\w+)?|gain(\.[\w.]+)?|warnings(\[\d+\])?|seconds|floatSource|layers\[\d+\]\.(maxError|rangeError|(errors|saturated)(\.[\w.[\]]+)?))$/;

  it('each value is found that is changed, but for those that come from data and clocks', async () => {
    let measured = 0;
    for (const seed of seeds(2, 20)) {
      const { bytes, made } = await compiled(seed);
      const report = encodeReport({ ...made.report, accuracy: { float: 0.5, quantised: 0.25 }, warnings: ['careful'] });
      const given = (text: string) => audit(made.circuit, bytes, { report: text, circom: null });
      expect((await given(report)).differences).toEqual(['model.circom: missing']);
      for (const [i, { path, value }] of leavesOf(JSON.parse(report) as object).entries()) {
        const edited = JSON.parse(report) as object;
        leavesOf(edited)[i].set(typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}x` : 7);
        const { differences } = await given(encodeReport(edited as Compilation['report']));
        const free = MEASURED.test(path);
        if (free) measured++;
        expect(differences, path).toEqual(free ? ['model.circom: missing'] : ['model.circom: missing', `report.json.${path}`]); // prettier-ignore
      }
    }
    expect(measured).toBeGreaterThan(10);
  }, 600_000);

  it('is its text: other spellings, more fields, fewer, a field twice, and what is no report', async () => {
    const { bytes, made } = await compiled(1);
    const report = encodeReport(made.report);
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const text of [
      report.trimEnd(),
      `\ufeff${report}`,
      report.replaceAll('\n', '\r\n'),
      report.replace('{', '{"agreement": 1,'),
      report.replace('"agreement": ', '"agreement": 1, "audited": '),
      report.replace(/"agreement": .*,/, ''),
      report.replace(/"agreement": .*,/, `"agreement": ${deep},`),
      report.replace(/"seconds": /, '"seconds": 0'),
      '{"agreement":1,"accuracy":{"quantised":1,"float":1}}',
      '[]',
      'null',
      '',
      deep,
    ]) {
      expect(text).not.toBe(report);
      const { circuit, differences } = await audit(made.circuit, bytes, { report: text });
      expect([circuit, differences.length], text.slice(0, 80)).toEqual(['different', 1]);
      expect(differences[0]).toMatch(/^report\.json\b/);
    }
  });
});

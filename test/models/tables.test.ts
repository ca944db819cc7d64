// Tables of scikit-learn with raw columns, as they stand in a database: sizes from 10^-3 to 10^3 side by side. What is proved of rows
// that calibration has not seen is what the float model says of them.
import { describe, expect, it } from 'vitest';
import { compile, run, type Samples } from '#compiler/index.js';
import { evaluateGraph } from '#compiler/graph/evaluate.js';
import { check } from '#prover/index.js';
import { fitted, readTable, samplesOf, type Task } from './tables/fit.js';

const cases: readonly {
  readonly table: string;
  readonly task: Task;
  readonly hidden: readonly number[];
  readonly least: number;
}[] = [
  { table: 'diabetes', task: 'number', hidden: [], least: 0.3 },
  { table: 'diabetes', task: 'number', hidden: [12], least: 0.3 },
  { table: 'wine', task: { scores: 3 }, hidden: [], least: 0.9 },
  { table: 'wine', task: { scores: 3 }, hidden: [12], least: 0.9 },
  { table: 'breast_cancer', task: 'logit', hidden: [], least: 0.95 },
  { table: 'breast_cancer', task: { scores: 2 }, hidden: [16, 8], least: 0.95 },
];

const TRAINED = 0.7;

/** Class of each row; none for a number. */
function decisions(task: Task, outputs: readonly (readonly number[])[]): number[] {
  if (task === 'number') return [];
  return outputs.map((y) => (task === 'logit' ? Number(y[0] > 0) : y.indexOf(Math.max(...y))));
}

/** Accuracy, or the share of the variance that is explained. */
function quality(task: Task, outputs: readonly (readonly number[])[], targets: readonly number[]): number {
  if (task !== 'number') return decisions(task, outputs).filter((d, i) => d === targets[i]).length / targets.length;
  const mean = targets.reduce((a, b) => a + b) / targets.length;
  const square = (of: (i: number) => number): number => targets.reduce((sum, t, i) => sum + (t - of(i)) ** 2, 0);
  return 1 - square((i) => outputs[i][0]) / square(() => mean);
}

describe.each(cases)('$table, hidden layers $hidden', ({ table, task, hidden, least }) => {
  const [train, heldOut] = readTable(table, TRAINED);
  const bytes = fitted(task, hidden, train);
  const [calibration, rows] = [samplesOf(train), samplesOf(heldOut)];
  const columns = train.rows[0].length;
  const row = ({ inputs }: Samples, i: number): Float32Array =>
    inputs['x'].subarray(i * columns, (i + 1) * columns) as Float32Array;

  it.each(['lookup', 'plain'] as const)('%s: held-out rows come out as in floats, and are proved', async (argument) => {
    const { circuit, graph } = await compile(bytes, { argument, calibration });
    const floats = heldOut.rows.map((_, i) => [
      ...evaluateGraph(graph, { x: Float64Array.from(row(rows, i)) })[graph.outputs[0].value],
    ]);
    expect(quality(task, floats, heldOut.targets)).toBeGreaterThan(least);

    const { outputs } = await run(circuit, rows);
    const quantised = outputs.map(({ y }) => [...y.floats]);
    floats[0].forEach((_, o) => {
      const column = floats.map((y) => y[o]);
      const error = column.reduce((sum, y, i) => sum + Math.abs(y - quantised[i][o]), 0) / column.length;
      expect(error / (Math.max(...column) - Math.min(...column)), `output ${o}`).toBeLessThan(0.005);
    });
    const [wanted, got] = [decisions(task, floats), decisions(task, quantised)];
    expect(wanted.filter((d, i) => d !== got[i]).length).toBeLessThanOrEqual(Math.ceil(wanted.length / 100));

    const inside: Float32Array[] = [];
    for (let i = 0; i < rows.count; i++) {
      const one = { count: 1, inputs: { x: row(rows, i) } };
      if ((await run(circuit, one)).clamped === 0) inside.push(row(rows, i));
    }
    expect(inside.length / rows.count).toBeGreaterThanOrEqual(0.99);
    const provable = {
      count: inside.length,
      inputs: { x: Float32Array.from(inside.flatMap((values) => [...values])) },
    };
    expect(await check(circuit, provable)).toMatchObject({ satisfied: true, violations: 0 });
  });
});

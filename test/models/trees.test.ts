// A boosted ensemble of a thousand splits on a table of scikit-learn, exported as people export it: a ZipMap and labels that are strings.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { compile, run, withoutMaps } from '#compiler/index.js';
import { arrange } from '#compiler/circuit/arrange.js';
import { floatOf, orderOf } from '#verifier/ordered.js';
import { boosted } from './tables/boosted.js';
import { readTable, samplesOf } from './tables/fit.js';

it('takes at most two rows a split, tables included, and decides as onnxruntime at thresholds and beside them', async () => {
  const [table] = readTable('breast_cancer', 1);
  const { bytes, splits } = boosted(table, 120, 6);
  expect(splits).toBeGreaterThan(1000);
  const { circuit, report } = await compile(bytes);
  expect(report.rows / splits).toBeLessThan(2);
  expect(arrange(circuit).rows).toBe(report.rows);

  const { count, inputs } = samplesOf(table);
  const x = inputs['x'] as Float32Array;
  // many of the numbers are thresholds: a third of the rows has the next float of each, a third the one before
  const near = x.map((v, i) => floatOf(orderOf(v) + (Math.floor(i / (x.length / 3)) - 1)));
  const session = await InferenceSession.create(withoutMaps(bytes)!, { logSeverityLevel: 4 });
  const columns = x.length / count;
  let right = 0;
  for (const data of [x, near]) {
    const { outputs } = await run(circuit, { count, inputs: { x: data } });
    for (let i = 0; i < count; i++) {
      const row = data.slice(i * columns, (i + 1) * columns);
      const wanted = await session.run({ x: new Tensor('float32', row, [1, columns]) });
      const { label, probabilities } = outputs[i];
      expect(label.labels, `row ${i}`).toEqual(wanted['label'].data);
      expect(Math.abs(probabilities.read!.values[1] - Number(wanted['probabilities'].data[1]))).toBeLessThan(1e-5);
      right += Number(label.ints[0] === table.targets[i]);
    }
  }
  expect(right / (2 * count)).toBeGreaterThan(0.95);
  await session.release();
});

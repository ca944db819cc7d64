// One reader behind all commands: what compile was told of tables and pictures, the next commands know.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { expect, it } from 'vitest';
import { parseNpy, parseNpz } from '#files/index.js';
import { commandLine } from './in-process.js';

const example = 'examples/mnist-mlp';
const [digits] = parseNpz(readFileSync(`${example}/calibration.npz`), 'digits').values();
const classes = parseNpy(readFileSync(`${example}/labels.npy`), 'labels').data;
const folder = mkdtempSync(join(tmpdir(), 'inferproof-cli-data-'));
const at = (name: string) => join(folder, name);

const digit = (i: number) => Array.from(digits.data.subarray(784 * i, 784 * i + 784));

it('compiles on a table with labels, and reads tables and pictures alike afterwards', async () => {
  const rows = Array.from({ length: 60 }, (_, i) => [...digit(i), classes[i]].join(','));
  writeFileSync(at('digits.csv'), [[...digit(0).map((_, i) => `p${i}`), 'digit'].join(','), ...rows].join('\n'));
  const png = new PNG({ width: 28, height: 28, colorType: 0 });
  digit(0).forEach((v, i) => png.data.set([v * 255, v * 255, v * 255, 255].map(Math.round), 4 * i));
  writeFileSync(at('digit.png'), PNG.sync.write(png, { colorType: 0 }));
  writeFileSync(at('digit.csv'), digit(0).join(';'));

  const model = `${example}/model.onnx`;
  const flags = ['--input-range', '0,1', '--pixels', '0,1', '--json'];
  const made = await commandLine(['compile', model, '-o', at('out'), '--calibrate', at('digits.csv'), '--label', 'digit', ...flags]); // prettier-ignore
  expect(made.status, made.stderr).toBe(0);
  const { accuracy } = JSON.parse(made.stdout) as { readonly accuracy: { readonly float: number } };
  expect(accuracy.float).toBeGreaterThan(0.9);
  expect(JSON.parse(readFileSync(at('out/data.json'), 'utf8'))).toMatchObject({ label: 'digit', pixels: [0, 1] });

  const outputs = async (name: string) => {
    const { status, stdout, stderr } = await commandLine(['run', at('out'), '--input', at(name), '--json', '--quiet']);
    expect(status, stderr).toBe(0);
    return (JSON.parse(stdout) as { readonly outputs: readonly unknown[] }).outputs;
  };
  const whole = await outputs('digits.csv');
  expect(whole).toHaveLength(60);
  expect(await outputs('digit.csv')).toEqual([whole[0]]);
  expect(await outputs('digit.png')).toEqual([whole[0]]);

  // columns that moved are found by their names, and one that has another name is none of the model's
  const [names, first] = [digit(0).map((_, i) => `p${i}`), digit(0)].map((row) => row.toReversed().join(','));
  writeFileSync(at('moved.csv'), `${names}\n${first}`);
  const moved = await commandLine(['run', at('out'), '--input', at('moved.csv'), '--json']);
  expect([JSON.parse(moved.stdout), moved.stderr]).toEqual([expect.objectContaining({ outputs: [whole[0]] }), expect.stringContaining('taken by name')]); // prettier-ignore
  writeFileSync(at('renamed.csv'), `${names.replace('p7,', 'id,')}\n${first}`);
  const renamed = await commandLine(['check', at('out'), '--input', at('renamed.csv'), '--json']);
  expect([renamed.status, renamed.stdout]).toEqual([2, expect.stringContaining("'p7'")]);

  // compiled again without: what was said of the old data is gone
  const again = await commandLine(['compile', model, '-o', at('out'), '--input-range', '0,1', '--json']);
  expect(again.status, again.stderr).toBe(0);
  const refused = await commandLine(['run', at('out'), '--input', at('digit.png'), '--json']);
  expect([refused.status, refused.stdout]).toEqual([2, expect.stringContaining('--pixels')]);
});

it('refuses flags that say nothing', async () => {
  const run = (...flags: readonly string[]) => commandLine(['run', 'out', '--input', 'x.png', ...flags, '--json']);
  for (const [flag, value] of [
    ['--pixels', '0'],
    ['--pixels', '1,1'],
    ['--mean', 'x'],
    ['--std', '0'],
    ['--std', '1,1,1,1,1'],
    ['--layout', 'CHW'],
  ])
    // prettier-ignore
    expect((await run(flag, value)).status, `${flag} ${value}`).toBe(2);
});

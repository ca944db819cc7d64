// The image and the workflow are tried elsewhere; what they rest on here is.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string): string => readFileSync(path, 'utf8');
const workflow = read('.github/workflows/ci.yml');

it('the image and the workflow have one version of Node, which the package accepts', () => {
  const inImage = Array.from(read('Dockerfile').matchAll(/^FROM node:([\d.]+)-/gm), ([, version]) => version);
  const inWorkflow = Array.from(workflow.matchAll(/node-version: ([\d.]+)/g), ([, version]) => version);
  const versions = new Set([...inImage, ...inWorkflow]);
  expect(inImage).toHaveLength(2);
  expect(inWorkflow.length).toBeGreaterThan(0);
  expect(versions.size).toBe(1);
  const [major, minor] = [...versions][0].split('.').map(Number);
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const [least, leastMinor] = /^>=(\d+)\.(\d+)$/.exec(engines.node)!.slice(1).map(Number);
  expect(major > least || (major === least && minor >= leastMinor)).toBe(true);
});

it('the workflow runs what there is', () => {
  const runs = Array.from(workflow.matchAll(/- run: (.*)$/gm), ([, command]) => command);
  const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
  for (const command of runs) {
    const [, script] = /npm run ([\w:]+)/.exec(command) ?? [];
    if (script !== undefined) expect(scripts).toHaveProperty(script);
    else if (command.startsWith('.')) expect(existsSync(command), command).toBe(true);
    else expect(command).toMatch(/^(docker (build|run) |npm ci$)/);
  }
});

it('what is built here does not go into the image', () => {
  expect(read('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '.git']));
});

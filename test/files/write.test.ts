import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { draftFolder } from '#files/draft.js';
import { externalDataReader } from '#files/read.js';
import { refuseUnwritable, removeTemporaries, writeFileAtomic } from '#files/write.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inferproof-files-'));
});
const at = (...names: readonly string[]) => join(root, ...names);
const text = (...names: readonly string[]) => readFileSync(at(...names), 'utf8');
const fileError = (words: string) =>
  expect.objectContaining({ code: 'file', message: expect.stringContaining(words) as string }) as Error;

describe('writeFileAtomic', () => {
  it('writes and replaces, and leaves nothing else', async () => {
    await writeFileAtomic(at('a'), 'one');
    await writeFileAtomic(at('a'), 'two');
    expect(readdirSync(root)).toEqual(['a']);
    expect(text('a')).toBe('two');
  });

  it('refuses a folder of the name and a place that cannot be written, and leaves the old file', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('file'), 'old');
    await expect(writeFileAtomic(at('folder'), 'x')).rejects.toThrow(fileError('a folder'));
    await expect(writeFileAtomic(at('none', 'a'), 'x')).rejects.toThrow(fileError('no such file or folder'));
    await expect(writeFileAtomic(at('file', 'a'), 'x')).rejects.toThrow(fileError('not a folder'));
    expect(readdirSync(root).sort()).toEqual(['file', 'folder']);
    expect(text('file')).toBe('old');
  });
});

describe('refuseUnwritable', () => {
  it('says before the work what writing would say after it, and leaves everything as it is', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('file'), 'old');
    await expect(refuseUnwritable(at('folder'))).rejects.toThrow(fileError('a folder'));
    await expect(refuseUnwritable(at('none', 'a'))).rejects.toThrow(fileError('no such file or folder'));
    await expect(refuseUnwritable(at('file', 'a'))).rejects.toThrow(fileError('not a folder'));
    for (const name of ['file', 'new', 'folder/new']) await refuseUnwritable(at(name));
    await refuseUnwritable('/dev/null', { followLinks: true });
    expect(readdirSync(root).sort()).toEqual(['file', 'folder']);
    expect(readdirSync(at('folder'))).toEqual([]);
    expect(text('file')).toBe('old');
  });
});

describe('writeFileAtomic where something else than a file stands', { skip: process.platform !== 'linux' }, () => {
  const named = { followLinks: true };

  it('writes what a link points to, and leaves the link, where the user named it', async () => {
    writeFileSync(at('file'), 'old');
    symlinkSync('file', at('link'));
    await writeFileAtomic(at('link'), 'new', named);
    expect([lstatSync(at('link')).isSymbolicLink(), text('file')]).toEqual([true, 'new']);
  });

  it('replaces a link, a link to a folder or nowhere, and a pipe, where it did not', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('victim'), 'precious');
    for (const target of ['victim', 'folder', 'nowhere', '/dev/full']) {
      symlinkSync(target, at('link'));
      await refuseUnwritable(at('link'));
      await writeFileAtomic(at('link'), 'new');
      expect([lstatSync(at('link')).isFile(), text('link')]).toEqual([true, 'new']);
      rmSync(at('link'));
    }
    execFileSync('mkfifo', [at('pipe')]);
    await refuseUnwritable(at('pipe'));
    await writeFileAtomic(at('pipe'), 'new');
    expect(text('pipe')).toBe('new');
    expect(readdirSync(root).sort()).toEqual(['folder', 'pipe', 'victim']);
    expect([text('victim'), readdirSync(at('folder'))]).toEqual(['precious', []]);
  });

  it('writes to a device, and leaves it what it is', async () => {
    symlinkSync('/dev/full', at('full'));
    symlinkSync('/dev/null', at('null'));
    await expect(writeFileAtomic(at('full'), 'x', named)).rejects.toThrow(fileError('a full disk'));
    await writeFileAtomic(at('null'), 'x', named);
    for (const device of ['/dev/full', '/dev/null']) expect(lstatSync(device).isCharacterDevice()).toBe(true);
  });
});

describe('draftFolder', () => {
  it('shows nothing before it is committed', async () => {
    const draft = await draftFolder(at('deep', 'dir'), 'circuit.json');
    await draft.write('circuit.json', '{}');
    expect(() => readdirSync(at('deep', 'dir'))).toThrow();
    await draft.commit([]);
    expect(readdirSync(at('deep'))).toEqual(['dir']);
    expect(text('deep', 'dir', 'circuit.json')).toBe('{}');
  });

  it('replaces what compile wrote, keeps the rest, drops what it is told', async () => {
    mkdirSync(at('dir', 'sub'), { recursive: true });
    for (const name of ['circuit.json', 'vkey.json', 'mine.txt', 'sub/x']) writeFileSync(at('dir', name), 'old');
    const draft = await draftFolder(at('dir'), 'circuit.json');
    await draft.write('circuit.json', 'new');
    expect(text('dir', 'circuit.json')).toBe('old');
    await draft.commit(['vkey.json']);
    expect(readdirSync(root)).toEqual(['dir']);
    expect(readdirSync(at('dir')).sort()).toEqual(['circuit.json', 'mine.txt', 'sub']);
    expect([text('dir', 'circuit.json'), text('dir', 'mine.txt'), text('dir', 'sub', 'x')]).toEqual([
      'new',
      'old',
      'old',
    ]);
  });

  it('leaves the old folder when it is discarded, interrupted or fails', async () => {
    mkdirSync(at('dir'));
    writeFileSync(at('dir', 'circuit.json'), 'old');
    const discarded = await draftFolder(at('dir'), 'circuit.json');
    await discarded.write('circuit.json', 'new');
    await discarded.discard();
    const interrupted = await draftFolder(at('dir'), 'circuit.json');
    await interrupted.write('circuit.json', 'new');
    removeTemporaries();
    const failed = await draftFolder(at('dir'), 'circuit.json');
    await expect(failed.write('no/such/folder', 'new')).rejects.toThrow(fileError('no such file or folder'));
    expect(readdirSync(root)).toEqual(['dir']);
    expect(text('dir', 'circuit.json')).toBe('old');
  });

  it('writes through a link to a folder', async () => {
    mkdirSync(at('real'));
    symlinkSync(at('real'), at('link'), 'junction');
    const draft = await draftFolder(at('link'), 'circuit.json');
    await draft.write('circuit.json', 'new');
    await draft.commit([]);
    expect(text('real', 'circuit.json')).toBe('new');
    expect(readdirSync(root).sort()).toEqual(['link', 'real']);
  });

  it("refuses somebody else's folder, the current one, and a place that cannot be written", async () => {
    mkdirSync(at('other'));
    writeFileSync(at('other', 'thesis.doc'), 'years of work');
    writeFileSync(at('file'), '');
    await expect(draftFolder(at('other'), 'circuit.json')).rejects.toThrow(fileError('one that compile made'));
    await expect(draftFolder('.', 'circuit.json')).rejects.toThrow(fileError('the current one'));
    await expect(draftFolder(at('file'), 'circuit.json')).rejects.toThrow(fileError('not a folder'));
    await expect(draftFolder(at('file', 'dir'), 'circuit.json')).rejects.toThrow(fileError('not a folder'));
    expect(readdirSync(root).sort()).toEqual(['file', 'other']);
  });
});

describe('what a killed command has left', () => {
  it('is removed by the next one that writes that name: what is half-written, of processes that are no more', async () => {
    const { pid: gone } = spawnSync(process.execPath, ['--version']);
    const left = (name: string, pid: number | string, ending = 'tmp') => `.${name}.${pid}-0123abcd.${ending}`;
    const stays = [
      left('a', process.pid),
      left('a', gone, 'old'), // a folder that was to be replaced, keys and all
      left('b', gone),
      left('a', `x${gone}`),
      left('a', `${gone}-1`),
      left('a', 0),
    ];
    for (const name of [...stays, left('a', gone)]) writeFileSync(at(name), '');
    mkdirSync(at(left('dir', gone)));
    writeFileSync(at(left('dir', gone), 'circuit.json'), '{}');
    mkdirSync(at('kept'));
    writeFileSync(at('kept', 'file'), '');
    symlinkSync(at('kept'), at(`.a.${gone}-89abcdef.tmp`));
    await refuseUnwritable(at('a'));
    const draft = await draftFolder(at('dir'), 'circuit.json');
    await draft.discard();
    expect(readdirSync(root).sort()).toEqual([...stays, 'kept'].sort());
    expect(readdirSync(at('kept'))).toEqual(['file']);
  });
});

describe('externalDataReader', () => {
  it("reads files of the model's folder and nothing outside it, links followed", () => {
    mkdirSync(at('model', 'data'), { recursive: true });
    writeFileSync(at('model', 'data', 'w.bin'), 'w');
    writeFileSync(at('secret'), 's');
    symlinkSync(at('secret'), at('model', 'link'));
    const read = externalDataReader(at('model', 'm.onnx'));
    expect(Buffer.from(read('data/w.bin')).toString()).toBe('w');
    expect(read('data/w.bin')).toBe(read('data/w.bin')); // once
    for (const location of ['../secret', 'link', at('secret'), '..', '', 'none']) {
      expect(() => read(location), location).toThrow(expect.objectContaining({ code: 'file' }) as Error);
    }
  });
});

// Pictures as a data set: one file, or a folder of them, whose sub-folders are their classes.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InputInfo } from '../compiler/index.js';
import { InferproofError } from '../verifier/errors.js';
import { naturalOrder, type Labels } from './classes.js';
import { MAX_ELEMENTS, otherKind, type DataArray } from './npy.js';
import { frameOf, placePicture, refuseOtherSize, scaleOf, type Picture, type PictureSize } from './pictures.js';
import { fileError, isFile, readBytes } from './read.js';
import type { Reading } from './reading.js';

/** Most bytes of one picture's file. */
const MAX_PICTURE = 2 ** 26;

interface Format {
  readonly is: (bytes: Uint8Array) => boolean;
  readonly size: (bytes: Uint8Array, where: string) => PictureSize;
  readonly read: (bytes: Uint8Array, where: string) => Picture;
}

/** The decoders, loaded for who has pictures. */
async function formats(): Promise<readonly Format[]> {
  const [png, jpeg] = await Promise.all([import('./png.js'), import('./jpeg.js')]);
  return [
    { is: png.isPng, size: png.pngSize, read: png.readPng },
    { is: jpeg.isJpeg, size: jpeg.jpegSize, read: jpeg.readJpeg },
  ];
}

export interface Pictures {
  readonly arrays: ReadonlyMap<string, DataArray>;
  /** What the pictures were read by, the layout that the shape shows included. */
  readonly reading: Reading;
}

/** What hands over the file of picture i. */
type Files = (i: number) => Promise<{ readonly bytes: Uint8Array; readonly where: string }>;

/**
 * Reads pictures for a model of one input.
 * @throws InferproofError 'format' for a damaged file, 'data' for one that does not fit the input, 'usage' where a flag is missing
 */
export async function readPictures(
  count: number,
  file: Files,
  inputs: readonly InputInfo[],
  reading: Reading,
  where: string,
): Promise<Pictures> {
  if (inputs.length !== 1)
    throw dataError(`expected data for ${inputs.length} inputs, got pictures`, where, 'use .npz: one array per input');
  const [input] = inputs;
  if (count * input.elements > MAX_ELEMENTS)
    throw dataError(`expected at most ${Math.floor(MAX_ELEMENTS / input.elements)} pictures, got ${count}`, where);
  const known = await formats();
  const open = async (i: number) => {
    const { bytes, where: place } = await file(i);
    const format = known.find(({ is }) => is(bytes));
    if (format === undefined) throw otherKind('a PNG or JPEG picture', bytes, place);
    if (bytes.length > MAX_PICTURE)
      throw dataError(`expected a picture below ${MAX_PICTURE} bytes, got ${bytes.length}`, place);
    return { bytes, place, format };
  };
  await open(0); // flags for pictures are asked for where there are some
  const frame = frameOf(input, reading.layout, where);
  const scale = scaleOf(input, frame, reading, where);
  const data = new Float64Array(count * input.elements);
  for (let i = 0; i < count; i++) {
    const { bytes, place, format } = await open(i);
    refuseOtherSize(format.size(bytes, place), frame, input.elements, place);
    const picture = format.read(bytes, place);
    const into = data.subarray(i * input.elements, (i + 1) * input.elements);
    placePicture(picture, frame, scale(picture.full), reading.channels ?? 'rgb', input.dtype, into, place);
  }
  const layout = reading.layout ?? frame.layout;
  return {
    arrays: new Map([[input.name, { shape: [count, input.elements], data }]]),
    reading: { ...reading, ...(layout === undefined ? {} : { layout }) },
  };
}

export interface PictureFolder {
  /** Paths, class by class, each in natural order. */
  readonly paths: readonly string[];
  readonly labels?: Labels;
}

/**
 * Lists a folder of pictures, or of folders of them, one per class. What begins with a dot is left out.
 * @throws InferproofError 'data' for an empty folder, one of files and folders, and folders in folders
 */
export async function listPictures(folder: string): Promise<PictureFolder> {
  const top = await list(folder);
  if (top.folders.length === 0) return { paths: top.files };
  if (top.files.length > 0)
    throw dataError(`expected pictures or a folder per class, got both: '${top.files[0]}' beside '${top.folders[0]}'`, folder); // prettier-ignore
  const classes = await Promise.all(top.folders.map(async (name) => list(join(folder, name))));
  const nested = classes.findIndex(({ folders, files }) => folders.length > 0 || files.length === 0);
  if (nested >= 0)
    throw dataError(
      `expected pictures in the folder of a class, got ${classes[nested].folders.length > 0 ? 'folders' : 'none'}`,
      join(folder, top.folders[nested]),
    );
  return {
    paths: classes.flatMap(({ files }, c) => files.map((file) => join(top.folders[c], file))),
    labels: { labels: classes.flatMap(({ files }, c) => files.map(() => c)), classes: top.folders },
  };
}

async function list(path: string): Promise<{ readonly files: string[]; readonly folders: string[] }> {
  const found = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    throw fileError(cause, 'a folder of pictures', path);
  });
  const entries = found.filter(({ name }) => !name.startsWith('.')).sort((a, b) => naturalOrder(a.name, b.name));
  if (entries.length === 0) throw dataError('expected pictures, got an empty folder', path);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return { folders, files: entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name) };
}

/** The files of a folder one by one; a pipe or a device among them is refused. */
export const filesOf =
  (folder: string, paths: readonly string[]): Files =>
  async (i) => {
    const where = join(folder, paths[i]);
    if (!(await isFile(where))) throw dataError('expected a PNG or JPEG picture, got no file', where);
    return { bytes: await readBytes(where, 'a picture'), where };
  };

const dataError = (message: string, where: string, hint?: string): InferproofError =>
  new InferproofError('data', message, { where, hint });

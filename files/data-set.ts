// Data as people have it, in one reader for all commands: .npy, .npz, JSON, CSV, PNG, JPEG, a folder of pictures, or any file of
// these on standard input. What a file is, its first bytes tell, not its name.
import type { InputInfo, Samples } from '../compiler/index.js';
import { fileKind } from '../compiler/onnx/file-kinds.js';
import { parseArrays } from './arrays.js';
import type { Labels } from './classes.js';
import { listPictures, filesOf, readPictures } from './picture-set.js';
import { isFolder, readBytes, readStdin, STDIN } from './read.js';
import type { Reading } from './reading.js';
import { bindSamples, ofOne, together } from './samples.js';

export interface DataSet {
  readonly samples: Samples;
  /** The class of each sample, where the data says it: a column of a table, the folders of pictures. */
  readonly labels?: Labels;
  /** How the data was read: what the next data of this model should be read by. */
  readonly reading: Reading;
  /** What the user should hear: columns of a table that moved, or that are left out. */
  readonly note?: string;
}

/** What a model says of pictures; asked for pictures alone. */
type OfModel = () => Reading;

const WHAT = 'data (.npy, .npz, JSON, CSV, PNG, JPEG or a folder of pictures)';

/**
 * Reads a data set for the given inputs: those of `modelInputs` or `circuitInputs`. Samples that a circuit takes together are one of
 * the result.
 * @param path a file, a folder of pictures, or `-` for standard input
 * @param ofModel what stands in for what `reading` does not say of pictures
 * @throws InferproofError 'file' when it cannot be read, 'format' when it is damaged, 'data' when names, counts or values do not fit,
 *   'usage' where a flag must tell how it is meant
 * @example
 * ```ts
 * const { samples, labels } = await readDataSet('iris.csv', inputs, { label: 'species' });
 * show(labels?.classes);
 * ```
 */
export async function readDataSet(
  path: string,
  inputs: readonly InputInfo[],
  reading: Reading = {},
  ofModel: OfModel = () => ({}),
): Promise<DataSet> {
  const { samples, ...rest } = await readOnes(path, inputs.map(ofOne), reading, ofModel);
  return { ...rest, samples: together(samples, inputs[0]?.batch ?? 1, path === '-' ? STDIN : path) };
}

async function readOnes(
  path: string,
  inputs: readonly InputInfo[],
  reading: Reading,
  ofModel: OfModel,
): Promise<DataSet> {
  const isStdin = path === '-';
  const where = isStdin ? STDIN : path;
  if (!isStdin && (await isFolder(path))) {
    const { paths, labels } = await listPictures(path);
    const read = await readPictures(paths.length, filesOf(path, paths), inputs, { ...ofModel(), ...reading }, where);
    return { samples: bindSamples(read.arrays, inputs, where), reading: read.reading, ...(labels ? { labels } : {}) };
  }
  const bytes = isStdin ? await readStdin(WHAT) : await readBytes(path, WHAT);
  const kind = fileKind(bytes);
  if (kind?.isPicture === true) {
    const one = () => Promise.resolve({ bytes, where });
    const read = await readPictures(1, one, inputs, { ...ofModel(), ...reading }, where);
    return { samples: bindSamples(read.arrays, inputs, where), reading: read.reading };
  }
  if (kind?.isTable === true) {
    const { parseTable } = await import('./table.js');
    const { arrays, columns, ...rest } = parseTable(bytes, inputs, reading, where);
    return {
      ...rest,
      samples: bindSamples(arrays, inputs, where),
      reading: { ...reading, ...(columns && { columns }) },
    };
  }
  return { samples: bindSamples(parseArrays(bytes, where, inputs), inputs, where), reading };
}

/**
 * The samples of a data set alone.
 * @example
 * ```ts
 * const samples = await readSamples('data.npy', modelInputs(model));
 * ```
 */
export const readSamples = async (
  path: string,
  inputs: readonly InputInfo[],
  reading: Reading = {},
): Promise<Samples> => (await readDataSet(path, inputs, reading)).samples;

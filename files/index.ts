// inferproof/files: data sets, models and the folder of a compiled model, from disk and to it; in Node. browser.ts is what of it needs
// no disk, for browsers.
export { frameOf, sampleOfPicture, samplesOf, type Frame, type Picture, type ReadSamples } from './browser.js';
export { readDataSet, readSamples, type DataSet } from './data-set.js';
export { readLabels, readLabelSet } from './labels.js';
export type { Labels } from './classes.js';
export type { Reading } from './reading.js';
export { readRanges } from './ranges.js';
export { parseNpy, type DataArray } from './npy.js';
export { parseNpz } from './npz.js';
export {
  FILES,
  provingKeyPath,
  readCircuit,
  readFolder,
  readGraph,
  readKey,
  readMatchingKey,
  readProof,
  readProvingKey,
  readReading,
  refuseOtherCircuit,
  type Folder,
} from './folder.js';
export { beginFolder, beginPage, commitCompilation, writeCompilation, writeKeys, type WriteOptions } from './save.js';
export type { FolderDraft } from './draft.js';
export {
  externalDataReader,
  isFile,
  isFolder,
  readBytes,
  readModel,
  readText,
  refuseSpecial,
  refuseUnreadable,
} from './read.js';
export { refuseUnwritable, removeTemporaries, writeFileAtomic, type LinkOptions } from './write.js';
export { toJson } from './json-text.js';
export { InferproofError, type ErrorCode } from '../verifier/errors.js';
export {
  addStep,
  readCeremony,
  readTranscript,
  refuseExisting,
  writeCeremony,
  writeTranscript,
  type CeremonyTexts,
} from './ceremony.js';

// What a file is that is not what it should be, by its first bytes: people give what they have, and want to hear what it is and
// how it becomes a model or data. Asked only after a file was refused, so nothing that can be read is judged by it.

export interface FileKind {
  /** With its article: 'a PNG picture'. */
  readonly name: string;
  /** How an ONNX model comes of it; undefined where none does. */
  readonly model?: string;
  /** How a data set comes of it. */
  readonly data?: string;
  /** It is one. */
  readonly isData?: true;
  /** PNG or JPEG, which are data. */
  readonly isPicture?: true;
  /** Text that may be a table, which is data. */
  readonly isTable?: true;
}

const EXPORT = "load the model in PyTorch and call torch.onnx.export(model, example_input, 'model.onnx')";
const KERAS = 'load the model in Keras and call model.export(PATH, format="onnx"), or use tf2onnx';
const PICTURE = 'save it as PNG, or load it as the array that the model takes, scaled as in training, and np.save that';
const TABLE = "np.save('data.npy', np.loadtxt(FILE, delimiter=',', skiprows=1)), the columns as in training";
const UNPACK = { model: 'unpack it and give the .onnx file in it', data: 'unpack it and give the data file in it' };
const WEIGHTS = `it holds weights without the network: ${EXPORT}`;

/** Bytes at the start, or at an offset; the first that fits counts. */
const BYTES: readonly (readonly [start: string, kind: FileKind, offset?: number])[] = [
  ['\x89HDF\r\n\x1a\n', { name: 'an HDF5 file (.h5, as Keras saves models)', model: KERAS, data: 'load the array with h5py and np.save it' }],
  ['\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19', { name: 'a PyTorch file (.pt, .pth) of the old form', model: EXPORT, data: 'np.save(FILE, tensor.numpy())' }],
  ['TFL3', { name: 'a TensorFlow Lite model', model: 'python -m tf2onnx.convert --tflite MODEL.tflite --output model.onnx, from the float model' }, 4],
  ['ORTM', { name: "a model in onnxruntime's own form (.ort)", model: 'give the .onnx file that it was made from' }, 4],
  ['ftrt', { name: 'a TensorRT engine', model: 'give the .onnx file that it was built from' }],
  ['GGUF', { name: 'a GGUF file of a language model' }],
  ['\x89PNG\r\n\x1a\n', { name: 'a PNG picture', isPicture: true, data: PICTURE }],
  ['\xff\xd8\xff', { name: 'a JPEG picture', isPicture: true, data: PICTURE }],
  ['GIF8', { name: 'a GIF picture', data: PICTURE }],
  ['BM', { name: 'a BMP picture', data: PICTURE }],
  ['WEBP', { name: 'a WebP picture', data: PICTURE }, 8],
  ['%PDF', { name: 'a PDF document' }],
  ['\x93NUMPY', { name: 'a NumPy array (.npy)', isData: true, model: 'an array is data: give it with --calibrate or --input' }],
  ['PAR1', { name: 'a Parquet table', data: 'read it with pandas and write it with to_csv(FILE, index=False)' }],
  ['\x1f\x8b', { name: 'a gzip archive', ...UNPACK }],
  ['BZh', { name: 'a bzip2 archive', ...UNPACK }],
  ['\xfd7zXZ\0', { name: 'an xz archive', ...UNPACK }],
  ['\x28\xb5\x2f\xfd', { name: 'a Zstandard archive', ...UNPACK }],
  ["7z\xbc\xaf'\x1c", { name: 'a 7z archive', ...UNPACK }],
  ['Rar!', { name: 'a RAR archive', ...UNPACK }],
  ['ustar', { name: 'a tar archive', ...UNPACK }, 257],
]; // prettier-ignore

/** Names of files in a ZIP archive; the first that fits counts. */
const ARCHIVES: readonly (readonly [names: RegExp, kind: FileKind])[] = [
  [/(^|\n)[^\n]*code\/|constants\.pkl/, { name: 'a TorchScript model', model: `${EXPORT}, from the network that was scripted` }],
  [/data\.pkl/, { name: 'a PyTorch file (.pt, .pth)', model: EXPORT, data: 'np.save(FILE, tensor.numpy())' }],
  [/model\.weights\.h5/, { name: 'a Keras model (.keras)', model: KERAS }],
  [/saved_model\.pb/, { name: 'a ZIP archive of a TensorFlow model', model: 'unpack it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx' }],
  [/(^|\n)xl\//, { name: 'an Excel table', data: 'save it as CSV' }],
  [/\.npy(\n|$)/, { name: 'a NumPy archive (.npz)', isData: true, model: 'arrays are data: give it with --calibrate or --input' }],
  [/\.onnx(\n|$)/, { name: 'a ZIP archive with an ONNX model', model: 'unzip it and give the .onnx file in it' }],
  [/(?:)/, { name: 'a ZIP archive', ...UNPACK }],
]; // prettier-ignore

/** Texts, by how they begin. */
const TEXTS: readonly (readonly [start: RegExp, kind: FileKind])[] = [
  [/^version https:\/\/git-lfs/, { name: 'a Git LFS pointer', model: 'the file itself was not fetched: run git lfs pull', data: 'the file itself was not fetched: run git lfs pull' }],
  [/^\s*<(!doctype html|html|head|body)/i, { name: 'an HTML page', model: 'the page was saved instead of the file: download the raw file', data: 'the page was saved instead of the file: download the raw file' }],
  [/^\s*<(\?xml|svg|net)/i, { name: 'an XML file', model: 'if it describes a network for OpenVINO, give the .onnx file that it was made from' }],
  [/^\s*[{[]/, { name: 'a JSON text', model: 'JSON is data, or a model of another kind (XGBoost, Keras, tf.js): export that as ONNX' }],
  [/^(ir_version|producer_name|graph) ?[:{]/m, { name: 'an ONNX model written as text', model: "onnx.save(onnx.parser.parse_model(text), 'model.onnx'), or save it as protobuf" }],
  [/^[^\n,;\t]*([,;\t])[^\n]*\n/, { name: 'a CSV table', isTable: true, model: 'a table is data: give it with --calibrate or --input', data: TABLE }],
  [/(?:)/, { name: 'a text', isTable: true }],
]; // prettier-ignore

const PICKLE: FileKind = {
  name: 'a Python pickle (.pkl, .pt, .joblib)',
  model: `load it in Python and export it: skl2onnx.to_onnx(model, X) for scikit-learn, torch.onnx.export for PyTorch`,
  data: 'load it in Python and np.save the array',
};
const SAVED_MODEL: FileKind = {
  name: "TensorFlow's saved_model.pb",
  model: 'python -m tf2onnx.convert --saved-model FOLDER --output model.onnx',
};
const FROZEN: FileKind = {
  name: 'a TensorFlow graph (.pb)',
  model: 'python -m tf2onnx.convert --graphdef MODEL.pb --inputs NAMES --outputs NAMES --output model.onnx',
};
const SAFETENSORS: FileKind = { name: 'a safetensors file', model: WEIGHTS };

/** How much of a file tells what it is. */
const HEAD = 1024;
/** Where the names in an archive are looked for, at either end of it. */
const NAMES = 2 ** 16;

/** What the bytes are; undefined for an empty file and for bytes that tell nothing. */
export function fileKind(bytes: Uint8Array): FileKind | undefined {
  if (bytes.length === 0) return undefined;
  const head = latin1(bytes.subarray(0, HEAD));
  const known = BYTES.find(([start, , offset = 0]) => head.startsWith(start, offset))?.[1];
  if (known !== undefined) return known;
  if (head.startsWith('PK')) {
    const names = namesIn(bytes);
    return ARCHIVES.find(([pattern]) => pattern.test(names))?.[1];
  }
  if (head.startsWith('\x80') && bytes[1] >= 2 && bytes[1] <= 5) return PICKLE;
  if (head.startsWith('{"', 8) && bytes[6] === 0) return SAFETENSORS;
  const has = (...names: string[]): boolean => names.some((name) => head.includes(name));
  if (head.startsWith('\x08\x01\x12') && has('\x05serve', 'serving_default')) return SAVED_MODEL;
  if (head.startsWith('\n') && has('\x12\x05Const', '\x12\x0bPlaceholder')) return FROZEN;
  const text = textOf(bytes.subarray(0, HEAD), bytes.length > HEAD);
  return text === undefined ? undefined : TEXTS.find(([start]) => start.test(text))?.[1];
}

/** Each byte as the character of its number. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** How each entry of a ZIP archive begins, and where after that its name and the length of it are: locally, in the directory. */
const RECORDS = [
  { magic: 'PK\x03\x04', length: 22, name: 26 },
  { magic: 'PK\x01\x02', length: 24, name: 42 },
];

/** The names of an archive's first and last entries, a line each. */
function namesIn(bytes: Uint8Array): string {
  const ends = bytes.length <= 2 * NAMES ? [bytes] : [bytes.subarray(0, NAMES), bytes.subarray(-NAMES)];
  const found = ends.flatMap((part) => {
    const text = latin1(part);
    return RECORDS.flatMap(({ magic, length, name }) =>
      text
        .split(magic)
        .slice(1)
        .map((record) => {
          const size = record.charCodeAt(length) + 256 * record.charCodeAt(length + 1);
          return record.slice(name, name + size);
        }),
    );
  });
  return found.join('\n');
}

/** UTF-8 without control characters; `isCut` where the last character may be a part of one. */
function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
    return bytes.some((byte) => byte < 9 || (byte > 13 && byte < 32)) ? undefined : text;
  } catch {
    return undefined;
  }
}

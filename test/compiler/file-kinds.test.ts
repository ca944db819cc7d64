// A file of another kind is named as what it is, with a way to the file that was meant: as a model and as data.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inspect, modelInputs } from '#compiler/index.js';
import { fileKind } from '#compiler/onnx/file-kinds.js';
import { parseNpy } from '#files/npy.js';
import { parseArrays } from '#files/arrays.js';
import { ascii, concat, floats, zip } from '../files/arrays.js';
import { modelBytes } from './onnx-models.js';

const archive = (...names: string[]): Uint8Array => zip(names.map((name) => ({ name, content: ascii('content') })));
const at = (offset: number, text: string): Uint8Array => concat(new Uint8Array(offset).fill(32), ascii(text));

type Case = [what: string, bytes: Uint8Array, name: RegExp, model: RegExp | undefined, data: RegExp | undefined];
const CASES: readonly Case[] = [
  ['pytorch', archive('net/data.pkl', 'net/data/0', 'net/version'), /PyTorch file/, /torch\.onnx\.export/, /tensor/],
  ['pytorch, large', concat(zip([{ name: 'n/data.pkl', content: new Uint8Array(2 ** 18) }])), /PyTorch/, /torch/, /./],
  ['pytorch, old', ascii('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M'), /PyTorch file/, /torch/, /tensor/],
  ['torchscript', archive('net/data.pkl', 'net/code/__torch__.py', 'net/constants.pkl'), /TorchScript/, /torch/, undefined],
  ['pickle', ascii('\x80\x04\x95\x1a\0\0\0\0\0\0\0\x8c\x0fsklearn'), /pickle/, /skl2onnx/, /np\.save/],
  ['keras 2', ascii('\x89HDF\r\n\x1a\n\0\0\0\0'), /HDF5/, /Keras/, /h5py/],
  ['keras 3', archive('metadata.json', 'config.json', 'model.weights.h5'), /Keras/, /tf2onnx/, undefined],
  ['saved model', ascii('\x08\x01\x12\x8a\x01\n\x05serve\x12\x04test'), /saved_model/, /--saved-model/, undefined],
  ['saved model, zipped', archive('m/saved_model.pb', 'm/variables/variables.index'), /TensorFlow/, /tf2onnx/, undefined],
  ['frozen graph', ascii('\n\x2a\n\x05input\x12\x0bPlaceholder*\x0b\n\x05dtype'), /TensorFlow graph/, /--graphdef/, undefined],
  ['tflite', ascii('\x1c\0\0\0TFL3\x14\0'), /TensorFlow Lite/, /tf2onnx/, undefined],
  ['safetensors', ascii('\x3c\0\0\0\0\0\0\0{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'), /safetensors/, /weights without/, undefined],
  ['ort', ascii('\x20\0\0\0ORTM'), /onnxruntime/, /\.onnx/, undefined],
  ['lfs', ascii('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'), /Git LFS pointer/, /git lfs pull/, /git lfs pull/],
  ['html', ascii('\n<!DOCTYPE html>\n<html><body>404</body>'), /HTML page/, /download the raw/, /download/],
  ['gzip', new Uint8Array(gzipSync('x')), /gzip/, /unpack/, /unpack/],
  ['zip with a model', archive('model.onnx'), /ZIP archive with an ONNX model/, /unzip/, undefined],
  ['zip', archive('readme.txt'), /ZIP archive/, /unpack/, /unpack/],
  ['tar', at(257, 'ustar\x0000'), /tar archive/, /unpack/, /unpack/],
  ['png', ascii('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), /PNG picture/, undefined, /np\.save/],
  ['jpeg', ascii('\xff\xd8\xff\xe0\0\x10JFIF'), /JPEG picture/, undefined, /np\.save/],
  ['csv', ascii('length,width\n5.1,3.5\n'), /CSV table/, /--calibrate/, /np\.loadtxt/],
  ['csv of numbers', ascii('5.1;3.5\n4.9;3\n'), /CSV table/, /--calibrate/, /np\.loadtxt/],
  ['text', ascii('see the wiki'), /a text$/, undefined, undefined],
  ['unknown bytes', ascii('\xf3\xf3\xf3\xf3\0\x01'), /6 bytes|another kind/, /exporter/, undefined],
]; // prettier-ignore

const input = [{ name: 'x', dtype: 'float32', shape: [1, 2], elements: 2 }];
const matching = (code: string, name: RegExp, hint: RegExp | undefined) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(name) as string,
    ...(hint ? { hint: expect.stringMatching(hint) as string } : {}),
  }) as Error;

describe('a file of another kind', () => {
  it.each(CASES)('as a model: %s', (_, bytes, name, model) => {
    expect(() => inspect(bytes)).toThrow(matching('format', name, model ?? /\.onnx/));
    expect(() => modelInputs(bytes)).toThrow(matching('format', name, undefined));
  });

  it.each(CASES)('as data: %s', (_, bytes, name, __, data) => {
    expect(() => parseArrays(bytes, 'data', input)).toThrow(matching('format', name, data));
    expect(() => parseNpy(bytes, 'labels.npy')).toThrow(matching('format', name, data));
  });

  it('as a model: data, JSON and nothing', () => {
    expect(() => inspect(floats([1, 2]))).toThrow(matching('format', /NumPy array/, /--calibrate/));
    expect(() => inspect(zip([{ name: 'x.npy', content: floats([1]) }]))).toThrow(matching('format', /NumPy archive/, /--calibrate/)); // prettier-ignore
    expect(() => inspect(ascii('{"learner": {}}'))).toThrow(matching('format', /JSON/, /ONNX/));
    expect(() => inspect(new Uint8Array(0))).toThrow(matching('format', /an empty file/, undefined));
    expect(() => parseArrays(new Uint8Array(0), 'data', input)).toThrow(matching('format', /an empty file/, undefined));
  });

  it('is none of a model, whole or cut, and none of data', () => {
    const model = modelBytes({ inputs: { x: [1, 2] }, nodes: [{ op: 'Relu', in: ['x'] }] });
    for (let end = 1; end <= model.length; end++) expect(fileKind(model.subarray(0, end))?.name).toBeUndefined();
    expect(fileKind(floats([1]))?.isData).toBe(true);
    expect(fileKind(zip([{ name: 'x.npy', content: floats([1]) }]))?.isData).toBe(true);
  });
});

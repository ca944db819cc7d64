// What the demo carries, next to its source in cli/demo: model.onnx, digit.json and verifier.json. They are files of
// the package, so the demo runs from an installed one as from the repository.
//   digit.json     {"input_data": [[784 pixels in [0, 1]]], "label": 0..9}
//   verifier.json  by argument: {"templateKey": vkey.json of the template, "code": runtime bytecode of its contract, 0x…}
import { fileURLToPath } from 'node:url';
import type { Argument } from '../../compiler/index.js';
import { readBytes, readText } from '../../files/index.js';
import { InferproofError } from '../../verifier/errors.js';
import { parseVerificationKey, type VerificationKey } from '../../verifier/index.js';

export interface DemoAssets {
  readonly model: Uint8Array;
  /** Row-major pixels, 0 black to 1 white, and the digit that they show. */
  readonly digit: { readonly pixels: Float64Array; readonly label: number };
  /** The template's contract for each argument. */
  readonly verifiers: Readonly<Record<Argument, Template>>;
}

export interface Template {
  readonly templateKey: VerificationKey;
  readonly code: Uint8Array;
}

/** dist/cli/demo/assets.js -> cli/demo/NAME in the root of the package. */
const assetPath = (name: string): string => fileURLToPath(new URL(`../../../cli/demo/${name}`, import.meta.url));

const broken = (where: string, cause?: unknown) =>
  new InferproofError('internal', 'expected an asset of the demo, got another file', {
    where,
    hint: 'install inferproof again',
    cause,
  });

async function readJson(name: string): Promise<Readonly<Record<string, unknown>>> {
  const path = assetPath(name);
  const text = readText(await readBytes(path, 'an asset of the demo', 'install inferproof again'), path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw broken(path, cause);
  }
  throw broken(path);
}

export async function readAssets(): Promise<DemoAssets> {
  const { input_data: data, label } = await readJson('digit.json');
  const pixels: unknown = Array.isArray(data) ? data[0] : undefined;
  if (!Array.isArray(pixels) || !pixels.every((p) => typeof p === 'number') || typeof label !== 'number')
    throw broken('digit.json');
  const { lookup, plain } = await readJson('verifier.json');
  return {
    model: await readBytes(assetPath('model.onnx'), 'the model of the demo', 'install inferproof again'),
    digit: { pixels: Float64Array.from(pixels), label },
    verifiers: { lookup: template(lookup), plain: template(plain) },
  };
}

function template(json: unknown): Template {
  const { templateKey, code } = Object(json) as { templateKey?: unknown; code?: unknown };
  if (typeof code !== 'string' || !/^0x([0-9a-f]{2})+$/i.test(code)) throw broken('verifier.json');
  return {
    templateKey: parseVerificationKey(templateKey, 'verifier.json'),
    code: Uint8Array.from(Buffer.from(code.slice(2), 'hex')),
  };
}

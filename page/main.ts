// The page: an input, its proof, and what the proof shows. All work is done in worker.ts.
import { frameOf, sampleOfPicture, samplesOf, type Frame, type Picture, type ReadSamples } from 'inferproof/files';
import type { Samples } from 'inferproof/compiler';
import { board, type Board } from './board.js';
import type { Ask, Model, Tell } from './messages.js';
import { BROWSERS } from './needs.js';
import { numbers } from './outputs.js';
import { show } from './result.js';

const $ = (id: string): HTMLElement => document.getElementById(id)!;
const input = (id: string): HTMLInputElement => $(id) as HTMLInputElement;
const select = $('sample') as HTMLSelectElement;
const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
const ask = (message: Ask): void => worker.postMessage(message);

let model: Model;
let pad: Board | undefined;
let size: { readonly width: number; readonly height: number } | undefined;
/** What is proved next; undefined: what is drawn. */
let chosen: { readonly samples: Samples; readonly index: number } | undefined;
let proof = '';
let ready = false;

const status = (text: string): void => void ($('status').textContent = text);
const shown = (id: string, is: boolean): void => void ($(id).hidden = !is);

// ---- the input

/** The frame of pictures that the model takes, if it takes one. */
function frame(): Frame | undefined {
  try {
    return model.inputs.length === 1 ? frameOf(model.inputs[0], model.reading.layout, 'the model') : undefined;
  } catch {
    return undefined;
  }
}

function begin(): void {
  $('title').textContent = `Prove what ${model.name} says`;
  document.title = `Prove: ${model.name}`;
  shown('insecure', model.insecure);
  const taken = model.inputs.map(({ name, shape, dtype }) => `${name} [${shape.join(', ')}] ${dtype}`);
  $('takes').textContent = `The model takes ${taken.join(' and ')}. ${model.hidesInputs ? 'Its proofs hide the input.' : 'Its proofs show the input.'}`; // prettier-ignore
  const picture = frame();
  const side = Math.sqrt(model.inputs[0]?.elements ?? 0);
  size = picture?.size ?? (picture !== undefined && Number.isInteger(side) && side >= 8 ? { width: side, height: side } : undefined); // prettier-ignore
  const editable = size !== undefined && picture?.channels === 1 && model.reading.pixels !== undefined;
  if (size !== undefined && (editable || picture?.channels === 3)) {
    pad = board($('board') as HTMLCanvasElement, size, editable, drawn);
    shown('drawing', true);
    for (const id of ['draw-help', 'clear', 'cursor']) shown(id, editable);
    if (!editable) {
      $('board').removeAttribute('tabindex');
      $('board').setAttribute('role', 'img');
    }
  }
  const { samples } = model;
  if (samples !== null) {
    for (let i = 0; i < samples.count; i++) select.add(new Option(`sample ${i}`, String(i)));
    shown('samples', true);
    choose(samples, 0, 'sample 0');
    select.value = '0';
  }
}

function drawn(): void {
  if (chosen === undefined) return;
  chosen = undefined;
  $('chosen').textContent = 'what is drawn';
  note(undefined);
  select.value = '';
}

function choose(samples: Samples, index: number, name: string): void {
  chosen = { samples, index };
  const [{ name: first, elements }] = model.inputs;
  const values = Array.from(samples.inputs[first]).slice(index * elements, (index + 1) * elements);
  $('chosen').textContent = pad === undefined ? `${name}, ${numbers(values)}` : name;
  pad?.show(pixelsOf(values));
}

/** Values of the first input as pixels, by the ends of its range. */
function pixelsOf(values: readonly number[]): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = size!;
  const picture = frame()!;
  const [low, high] = model.reading.pixels ?? [
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
  ];
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 4; c++) {
        const { channel, row, column } = picture.stride;
        const at = Math.min(c, picture.channels - 1) * channel + y * (Number.isNaN(row) ? width : row) + x * column;
        rgba[4 * (y * width + x) + c] = c === 3 ? 255 : (255 * (values[at] - low)) / (high - low);
      }
  return rgba;
}

/** An opaque picture as it is in its file: nothing is resized. */
async function decoded(file: Blob): Promise<Picture> {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const { width, height } = bitmap;
  const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return { width, height, full: 255, rgba: context.getImageData(0, 0, width, height).data };
}

async function fromFile(file: File): Promise<void> {
  const samples: ReadSamples = file.type.startsWith('image/')
    ? sampleOfPicture(await decoded(file), model.inputs, model.reading, file.name)
    : await samplesOf(new Uint8Array(await file.arrayBuffer()), model.inputs, model.reading, file.name);
  take(samples, file.name);
}

/** What was done to a file so that it fits: by the file as long as it is chosen, and once in the status, which is read aloud. */
function note(text: string | undefined): void {
  $('noted').textContent = text ?? '';
  shown('noted', text !== undefined);
  if (text !== undefined) status(text);
}

function take(samples: ReadSamples, name: string): void {
  const row = input('row');
  shown('rows', samples.count > 1);
  row.max = String(samples.count - 1);
  row.value = '0';
  row.oninput = () => choose(samples, Math.min(samples.count - 1, Math.max(0, Math.floor(row.valueAsNumber || 0))), `${name}, row ${row.value}`); // prettier-ignore
  choose(samples, 0, name);
  note(samples.note);
}

function refused(thrown: unknown): void {
  const { message = String(thrown), hint = '', where = '' } = thrown as { message?: string; hint?: string; where?: string }; // prettier-ignore
  status([message, where, hint].filter((part) => part !== '').join('. '));
}

select.addEventListener('change', ({ target }) => {
  const { value } = target as HTMLSelectElement;
  note(undefined);
  if (model.samples !== null && value !== '') choose(model.samples, Number(value), `sample ${value}`);
});
input('file').addEventListener('change', ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (file !== undefined) void fromFile(file).catch(refused);
});
$('use').addEventListener('click', () => {
  const bytes = new TextEncoder().encode(($('values') as HTMLTextAreaElement).value);
  void samplesOf(bytes, model.inputs, { ...model.reading, header: false }, 'the row').then((samples) => take(samples, 'the row'), refused); // prettier-ignore
});
$('clear').addEventListener('click', () => {
  pad?.clear();
  drawn();
});

// ---- the proof

$('prove').addEventListener('click', () => {
  try {
    const what = chosen ?? { samples: sampleOfPicture(pad!.picture(), model.inputs, model.reading, 'the drawing'), index: 0 }; // prettier-ignore
    busy(true);
    status('proving');
    ask({ ask: 'prove', ...what });
  } catch (error) {
    busy(false);
    refused(error);
  }
});
$('stop').addEventListener('click', () => ask({ ask: 'stop' }));
$('save').addEventListener('click', () => {
  const href = URL.createObjectURL(new Blob([proof], { type: 'application/json' }));
  Object.assign(document.createElement('a'), { href, download: 'proof.json' }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // Safari asks first
});

const check = async (file: Blob): Promise<void> => ask({ ask: 'verify', text: await file.text() });
input('proof').addEventListener('change', ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (file !== undefined) void check(file);
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer?.files ?? [];
  if (file !== undefined) void check(file);
});

function busy(is: boolean): void {
  shown('stop', is);
  ($('prove') as HTMLButtonElement).disabled = is || !ready;
  bar(is ? 0 : undefined);
}

/** @param share undefined hides the bar */
function bar(share: number | undefined): void {
  shown('bar', share !== undefined);
  ($('bar') as HTMLProgressElement).value = share ?? 0;
}

// ---- what the worker says

const drawInput = (canvas: HTMLCanvasElement, values: readonly number[]): void =>
  board(canvas, size!, false, () => undefined).show(pixelsOf(values));

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

worker.onmessage = ({ data }: MessageEvent<Tell>) => {
  switch (data.tell) {
    case 'model':
      model = data.model;
      begin();
      break;
    case 'loading':
      bar(data.total === null ? 0 : data.loaded / data.total);
      if (data.loaded === 0 || data.loaded === data.total)
        status(`loading the key${data.total === null ? '' : `, ${mebibytes(data.total)}`}`);
      break;
    case 'ready':
      ready = true;
      busy(false);
      status(data.threads > 1 ? `ready: ${data.threads} threads prove` : `ready: one thread proves${data.why}`); // prettier-ignore
      break;
    case 'progress':
      bar(data.share);
      break;
    case 'proved':
      proof = data.text;
      busy(false);
      shown('save', true);
      status(`proved in ${data.seconds.toFixed(2)} s: ${data.bytes} bytes`);
      show(data.checked, model.decides, pad === undefined ? undefined : drawInput);
      break;
    case 'checked':
      status('checked the proof of the file');
      show(data.checked, model.decides, pad === undefined ? undefined : drawInput);
      break;
    case 'stopped':
      busy(false);
      status('stopped');
      break;
    case 'failed':
      if (data.what !== 'verify') busy(false); // a proof may be in the making
      status([data.message, data.hint].filter((part) => part !== '').join('. '));
  }
};
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('sw.js').catch(() => undefined); // then it works offline

worker.onerror = ({ message }) =>
  status(`the worker of this page did not start: ${message || 'its script was refused'}. ${BROWSERS} run it`);

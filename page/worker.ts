// The page's worker: it loads the model, proves and verifies, so that the page itself stays fluid. The prover starts its own threads.
import { circuitInputs, decodeCircuit, type Circuit } from 'inferproof/compiler';
import { fetchKey, forgetKey, openProver, type Prover, type ProveResult } from 'inferproof/prover';
import { InferproofError, parseVerificationKey, verify, type PublicValues, type VerificationKey } from 'inferproof/verifier'; // prettier-ignore
import { withKept } from './kept.js';
import type { Ask, Checked, Model, PageJson, Tell, Value } from './messages.js';
import { BROWSERS, lacking, whyOneThread } from './needs.js';

const port = globalThis as unknown as {
  onmessage: (event: { readonly data: Ask }) => void;
  postMessage(message: Tell): void;
};
const tell = (message: Tell): void => port.postMessage(message);

const failed = (what: 'load' | 'prove' | 'verify', thrown: unknown): void => {
  const { message, hint, where } = thrown as { message?: string; hint?: string; where?: string };
  const place = where === undefined ? '' : ` (${where})`;
  tell({ tell: 'failed', what, message: `${message ?? String(thrown)}${place}`, hint: hint ?? '' });
};

interface Loaded {
  readonly vkey: VerificationKey;
  prover: Prover;
  /** With a key that is loaded again, if that is needed. */
  readonly open: (fresh: boolean) => Promise<Prover>;
  readonly forget: () => Promise<void>;
}

async function text(name: string): Promise<string> {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`expected ${name} beside this page, got status ${response.status}`);
  return response.text();
}

/** A name to keep the key under; none in a page that is not from https, where nothing is kept. */
async function nameOf(keyText: string): Promise<string | undefined> {
  const digest = await (crypto as Partial<Crypto>).subtle?.digest('SHA-256', new TextEncoder().encode(keyText));
  return digest && Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function load(): Promise<Loaded> {
  const lacks = lacking();
  if (lacks.length > 0)
    throw new InferproofError('resource', `expected a browser with ${lacks.join(' and ')}, got one without`, { hint: `${BROWSERS} have it` }); // prettier-ignore
  const [circuitText, keyText, pageText] = await Promise.all(['circuit.json', 'vkey.json', 'page.json'].map(text));
  const circuit = decodeCircuit(circuitText, 'circuit.json');
  const vkey = parseVerificationKey(JSON.parse(keyText), 'vkey.json');
  tell({ tell: 'model', model: modelOf(circuit, vkey, JSON.parse(pageText) as PageJson) });
  const keep = await nameOf(keyText);
  const open = async (fresh: boolean): Promise<Prover> => {
    const key = await fetchKey('proving.key', {
      ...(keep === undefined ? {} : { keep }),
      ...(fresh ? { cache: 'reload' as const } : {}),
      onProgress: (loaded, total) => tell({ tell: 'loading', loaded, total: total ?? null }),
    });
    return openProver(circuit, key, vkey);
  };
  const forget = async (): Promise<void> => (keep === undefined ? undefined : forgetKey(keep));
  const prover = await withKept(open, forget);
  const shares = typeof SharedArrayBuffer !== 'undefined';
  tell({ tell: 'ready', threads: shares ? Math.min(64, navigator.hardwareConcurrency) : 1, why: whyOneThread() });
  return { vkey, prover, open, forget };
}

function modelOf(circuit: Circuit, vkey: VerificationKey, { name, reading, samples, count }: PageJson): Model {
  const inputs = circuitInputs(circuit);
  const range = circuit.options.ranges[inputs[0]?.name ?? ''];
  const pixels = reading.pixels ?? (range?.axis === null ? range.ends[0] : undefined);
  const decides = circuit.outputs.flatMap(({ name: output, tensor, decision: { rule, axis } }) => {
    const { shape } = circuit.tensors[tensor];
    if (axis === null || shape.some((size, i) => i !== axis && size !== 1)) return [];
    return [[output, rule === 'argmin' ? 'smallest' : 'largest'] as const];
  });
  return {
    name,
    inputs,
    reading: pixels === undefined ? reading : { ...reading, pixels },
    samples:
      samples === null
        ? null
        : { count, inputs: Object.fromEntries(Object.entries(samples).map(([k, v]) => [k, Float64Array.from(v)])) },
    hidesInputs: !vkey.publics.some(({ role }) => role === 'input'),
    insecure: vkey.insecure,
    decides: new Map(decides),
  };
}

async function checked({ vkey }: Loaded, proof: unknown): Promise<Checked> {
  const answer = verify(vkey, proof, { allowInsecureKey: true });
  if (!answer.valid) return { valid: false, reason: answer.reason };
  const chain = vkey.argument === 'lookup' ? await (await import('./chain.js')).onChain(vkey, proof) : null;
  return { valid: true, outputs: valuesOf(answer.outputs), inputs: valuesOf(answer.inputs), chain };
}

const valuesOf = (tensors: PublicValues): Value[] =>
  Object.entries(tensors).map(([name, { shape, floats, read, labels, names }]) => ({
    name,
    shape,
    values: read?.values ?? floats,
    names: labels ?? names?.names ?? null,
  }));

let stop: AbortController | undefined;
const loaded = load();
loaded.catch((error: unknown) => failed('load', error));

async function answer(message: Exclude<Ask, { readonly ask: 'stop' }>): Promise<void> {
  const all = await loaded;
  if (message.ask === 'verify') {
    let proof: unknown;
    try {
      proof = JSON.parse(message.text);
    } catch {
      proof = undefined; // verify says what it is not
    }
    tell({ tell: 'checked', checked: await checked(all, proof) });
    return;
  }
  stop = new AbortController();
  const { signal } = stop;
  try {
    const prove = async (fresh: boolean): Promise<ProveResult> => {
      if (fresh) {
        const damaged = all.prover;
        all.prover = await all.open(true);
        await damaged.close();
      }
      return all.prover.prove(message.samples, {
        index: message.index,
        signal,
        onProgress: (_, done, total) => tell({ tell: 'progress', share: total === 0 ? 0 : done / total }),
      });
    };
    const { proof, seconds, proofBytes } = await withKept(prove, all.forget);
    const text = `${JSON.stringify(proof, undefined, 2)}\n`;
    tell({ tell: 'proved', text, seconds, bytes: proofBytes, checked: await checked(all, proof) });
  } catch (error) {
    if (signal.aborted) tell({ tell: 'stopped' });
    else throw error;
  }
}

port.onmessage = ({ data }) => {
  if (data.ask === 'stop') stop?.abort(new Error('stopped'));
  else void answer(data).catch((error: unknown) => failed(data.ask, error));
};

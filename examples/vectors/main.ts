// Writes docs/vectors: a key, a proof, all values of the transcript and a list of proofs with their verdicts, for each argument,
// for who writes a verifier of their own. Keys and proofs are drawn afresh by each run. From the repository's root:
//
//   npm run build:vectors
import { bn254 } from '@noble/curves/bn254.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { mkdirSync, writeFileSync } from 'node:fs';
import { compile } from 'inferproof/compiler';
import { prove, setup } from 'inferproof/prover';
import {
  challenge,
  contextSignal,
  decodeProof,
  encodeProof,
  fingerprint,
  InferproofError,
  serializeVerificationKey,
  verify,
  vkDigest,
  type LookupKey,
  type LookupProof,
  type Proof,
  type ProofJson,
  type VerificationKey,
} from 'inferproof/verifier';
import { verifyCalldata } from 'inferproof/verifier/solidity';
import { encodeOnnx, gemm } from '../train/onnx.js';
import { corrupted, type Case } from './corrupted.js';

const folder = 'docs/vectors';
const context = bytesToHex(keccak_256(utf8ToBytes('an example of a context')));

/** 33 inputs (two words), 4 hidden values, 3 outputs (one word); weights from a fixed recurrence. */
function model(): Uint8Array {
  let state = 1;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
  const layer = (name: string, from: number, to: number) => [
    { name: `${name}.weight`, dims: [to, from], data: Float32Array.from({ length: to * from }, random) },
    { name: `${name}.bias`, dims: [to], data: Float32Array.from({ length: to }, random) },
  ];
  return encodeOnnx({
    inputShape: [1, 33],
    outputShape: [1, 3],
    initializers: [...layer('fc1', 33, 4), ...layer('fc2', 4, 3)],
    nodes: [
      gemm('fc1', 'input', 'hidden'),
      { name: '/Relu', op: 'Relu', inputs: ['hidden'], output: 'relu' },
      gemm('fc2', 'relu', 'output'),
    ],
  });
}

const be = (v: bigint): Uint8Array => hexToBytes(v.toString(16).padStart(64, '0'));
const hash = (...parts: readonly Uint8Array[]): Uint8Array => keccak_256(concatBytes(...parts));

/** Every value between the words and the equation, as docs/proof-system.md names them. */
function transcript(key: LookupKey, { words, D }: LookupProof): Record<string, string> {
  const { circuit, contributions, committed, publics } = key;
  const tensors = publics.map((t) => {
    const { name, role, shape, lo, hi, bits, scale, zero, axis, softmax, read, decision } = t;
    const more = [
      ...(read ? [['read', read.function, read.axis]] : []),
      ...(decision ? [['decision', decision.rule, decision.axis]] : []),
    ];
    return [name, role, shape, lo, hi, bits, scale, zero, axis, softmax && softmax.axis, ...more];
  });
  const publicsText = JSON.stringify([circuit, contributions, committed, tensors]);
  const items = [hash(utf8ToBytes('inferproof/lookup/challenge/1')), vkDigest(key), hexToBytes(context)];
  const seed = hash(...items, ...[BigInt(words.length), ...words, ...D].map(be));
  const X = challenge(key, words, D, context);
  if (BigInt(`0x${bytesToHex(seed)}`) % bn254.fields.Fr.ORDER !== X) throw new Error('expected X to be seed mod r');
  return {
    publicsText,
    publicsDigest: bytesToHex(hash(utf8ToBytes(publicsText))),
    vkDigest: bytesToHex(vkDigest(key)),
    seed: bytesToHex(seed),
    X: `${X}`,
    F: `${fingerprint(words, X)}`,
  };
}

/** Through the binary form, which is part of what the vectors show. */
function parsed(key: VerificationKey, json: ProofJson): Proof {
  const { words, proof } = verifyCalldata(key, json, context);
  const publics = [...(key.argument === 'plain' ? [contextSignal(context)] : []), ...words.map(BigInt)];
  return decodeProof(concatBytes(...proof.map((v) => be(BigInt(v)))), publics);
}

/** The reason of a refusal; 'format' where the key itself is refused. */
function verdictOf(key: unknown, { proof, allowInsecureKey, context }: Case): string {
  try {
    const answer = verify(key, proof, { allowInsecureKey, context });
    return answer.valid ? 'valid' : answer.reason;
  } catch (error) {
    if (error instanceof InferproofError) return error.code;
    throw error;
  }
}

const samples = { count: 1, inputs: { input: Float64Array.from({ length: 33 }, (_, i) => ((i * 37) % 101) / 100) } };
mkdirSync(folder, { recursive: true });
for (const argument of ['plain', 'lookup'] as const) {
  const { circuit } = await compile(model(), { argument, inputRanges: { '': [0, 1] } });
  const { provingKey, vkey } = await setup(circuit, { dev: true });
  const make = async () => (await prove(circuit, provingKey, vkey, samples, { context })).proof;
  const [proof, other] = [parsed(vkey, await make()), parsed(vkey, await make())];
  const cases = corrupted(vkey, proof, other, context).map(({ change, ...given }) => {
    const key = { ...serializeVerificationKey(vkey), ...change };
    return { ...given, ...(change ? { change } : {}), verdict: verdictOf(key, given) };
  });
  const [{ proof: json }] = cases;
  const answer = verify(vkey, json, { context, allowInsecureKey: true });
  if (!answer.valid) throw new Error(`expected a valid proof, got ${answer.reason}`);
  const ints = Object.fromEntries(
    Object.entries({ ...answer.inputs, ...answer.outputs }).map(([name, tensor]) => [name, tensor.ints]),
  );
  const values =
    vkey.argument === 'lookup' && proof.argument === 'lookup'
      ? transcript(vkey, proof)
      : { contextSignal: `${contextSignal(context)}` };
  const bytes = bytesToHex(encodeProof(proof));
  const file = { vkey: serializeVerificationKey(vkey), context, proof: json, bytes, transcript: values, ints, cases };
  writeFileSync(`${folder}/${argument}.json`, `${JSON.stringify(file, null, 1)}\n`);
  console.log(argument, cases.map(({ verdict }) => verdict).join(' '));
}

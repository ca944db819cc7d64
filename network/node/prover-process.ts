// The program of a prover process: proofs of words, as its parent asks for them. A model is opened when it is first asked for.
import { join } from 'node:path';
import type { ErrorCode } from 'inferproof/verifier';
import { InferproofError } from 'inferproof/verifier';
import { universalCalldata } from 'inferproof/verifier/solidity';
import { FILES, readFolder } from 'inferproof/files';
import { openProver, type Prover } from 'inferproof/prover';
import type { Answer, Question } from './prover.js';
import type { Proved, Ten } from './queue/queue.js';

interface Open {
  readonly prover: Prover;
  readonly vkey: unknown;
}
const opened = new Map<string, Promise<Open>>();

async function open(folder: string, threads: number): Promise<Open> {
  const { circuit, vkey, provingKey } = await readFolder(folder);
  if (vkey === undefined || provingKey === undefined)
    throw new InferproofError('file', 'expected the keys of a model', { where: join(folder, FILES.vkey) });
  return { prover: await openProver(circuit, provingKey, vkey, { threads }), vkey };
}

async function prove({ folder, threads, words, context }: Question): Promise<Proved> {
  const known = opened.get(folder) ?? open(folder, threads);
  opened.set(folder, known);
  known.catch(() => opened.delete(folder));
  const { prover, vkey } = await known;
  const { proof, seconds } = await prover.prove({ words }, { context });
  const call = universalCalldata(vkey, proof, context);
  return { words: call.words.map(BigInt), proof: call.proof.map(BigInt) as unknown as Ten, seconds };
}

const send = (answer: Answer): unknown => process.send?.(answer);
process.on('message', (question) => {
  prove(question as Question).then(
    (made) => send({ made }),
    (error: unknown) => {
      const { message, code = 'internal', where, hint } = error as Error & { code?: ErrorCode; where?: string; hint?: string }; // prettier-ignore
      send({ error: { code, message, where, hint } });
    },
  );
});
process.on('disconnect', () => process.exit());
// of a terminal, which sends it to parent and child alike: the parent decides
process.on('SIGINT', () => undefined);

// ceremony: keys that nobody alone made, from the first key to the finished one.
import { join } from 'node:path';
import {
  addStep,
  FILES,
  isFile,
  readCeremony,
  readCircuit,
  readTranscript,
  refuseExisting,
  refuseOtherCircuit,
  refuseUnreadable,
  refuseUnwritable,
  writeCeremony,
  writeKeys,
  writeTranscript,
} from '../../files/index.js';
import type { CeremonyStatus } from '../../prover/index.js';
import { defineCommand } from '../command.js';
import { DONE, NEGATIVE, usageError, type ExitCode } from '../errors.js';
import type { Output } from '../output.js';
import { count, facts, plural } from '../text.js';

/** The words of each action behind its name, and the flags that it takes. */
const FORMS = {
  start: { words: ['DIR'], flags: ['ptau', 'output'], usage: 'start DIR --ptau FILE -o CEREMONY' },
  contribute: { words: ['CEREMONY'], flags: ['name', 'entropy'], usage: 'contribute CEREMONY --name NAME [--entropy TEXT]' }, // prettier-ignore
  beacon: { words: ['CEREMONY', 'HEX', 'LOG2_ITERATIONS'], flags: [], usage: 'beacon CEREMONY HEX LOG2_ITERATIONS' },
  verify: { words: ['CEREMONY', 'DIR'], flags: ['ptau'], usage: 'verify CEREMONY DIR --ptau FILE' },
  finish: { words: ['CEREMONY'], flags: ['output'], usage: 'finish CEREMONY -o DIR' },
  status: { words: ['CEREMONY'], flags: [], usage: 'status CEREMONY' },
} as const;
type Action = keyof typeof FORMS;
const ACTIONS = Object.keys(FORMS) as Action[];
const OPTIONAL: readonly string[] = ['entropy'];

interface Args {
  readonly ptau?: string | undefined;
  readonly output?: string | undefined;
  readonly name?: string | undefined;
  readonly entropy?: string | undefined;
}
type Run = (words: readonly string[], flags: Readonly<Record<keyof Args, string>>, output: Output) => Promise<ExitCode>;

const prover = () => import('../../prover/index.js');

const RUN: Readonly<Record<Action, Run>> = {
  start: async ([dir], { ptau, output: to }, output) => {
    const circuit = await readCircuit(dir);
    await refuseUnreadable(ptau, 'a powers-of-tau file');
    await refuseExisting(to);
    const { ceremonyStatus, startCeremony } = await prover();
    const { ceremony, key, rows, domain } = await startCeremony(circuit, ptau, { onProgress: output.progress });
    await writeCeremony(to, ceremony, key);
    show(await ceremonyStatus({ ceremony, steps: [] }), output);
    output.note(`${count(rows)} rows in a domain of ${count(domain)}: those of powers of tau are powers of two`);
    output.note('anybody can forge under this key until somebody has contributed');
    return DONE;
  },

  contribute: async ([dir], { name, entropy }, output) => {
    const { texts, key } = await readCeremony(dir);
    const { contribute } = await prover();
    const onProgress = (done: number, total: number) => output.progress('contribute', done, total);
    const added = await contribute(texts, key, { name, entropy, onProgress });
    await addStep(dir, texts, added.step, added.key);
    return told(added, `the contribution of ${name}`, output);
  },

  beacon: async ([dir, value, iterations], _, output) => {
    const { texts, key } = await readCeremony(dir);
    const { applyBeacon } = await prover();
    const onProgress = (done: number, total: number) => output.progress('beacon', done, total);
    const log2 = /^\d{1,2}$/.test(iterations) ? Number(iterations) : NaN;
    const added = await applyBeacon(texts, key, { value: value.replace(/^0x/, '').toLowerCase(), log2 }, onProgress);
    await addStep(dir, texts, added.step, added.key);
    return told(added, 'the beacon', output);
  },

  verify: async ([ceremony, dir], { ptau }, output) => {
    const { texts, key } = await readCeremony(ceremony);
    const circuit = await readCircuit(dir);
    await refuseUnreadable(ptau, 'a powers-of-tau file');
    const { verifyCeremony } = await prover();
    const answer = await verifyCeremony(texts, key, circuit, ptau, { onProgress: output.progress });
    output.result(answer, () =>
      answer.valid ? ['valid', ...lines(answer)] : [`invalid: ${answer.wrong}: ${answer.reason}`],
    );
    if (answer.valid && answer.contributions === 0)
      output.note('nobody has contributed: everybody knows delta and eta, and forges under this key');
    return answer.valid ? DONE : NEGATIVE;
  },

  finish: async ([ceremony], { output: to }, output) => {
    const { texts, key } = await readCeremony(ceremony);
    const { finishCeremony } = await prover();
    const { provingKey, vkey, status } = await finishCeremony(texts, key);
    if (await isFile(join(to, FILES.circuit))) await refuseOtherCircuit(await readCircuit(to), vkey, ceremony);
    await writeTranscript(join(to, FILES.transcript), texts);
    for (const name of [FILES.provingKey, FILES.vkey]) await refuseUnwritable(join(to, name));
    await writeKeys(to, provingKey, vkey);
    if (!status.closed) output.note('without a beacon, the last contributor had the last word');
    show(status, output);
    output.note('verify the ceremony before much depends on it: finish checks its steps, not its first key');
    return DONE;
  },

  status: async ([dir], _, output) => {
    const { ceremonyStatus } = await prover();
    show(await ceremonyStatus(await readTranscript(dir)), output);
    return DONE;
  },
};

const show = (status: CeremonyStatus, output: Output): void => output.result(status, () => lines(status));

const lines = ({ argument, circuit, ptau, contributions, closed, steps, transcript }: CeremonyStatus): string[] =>
  facts([
    ['argument', argument],
    ['circuit', circuit],
    ['powers', ptau],
    ['so far', `${plural(contributions, 'contribution')}${closed ? ' and a beacon' : ''}`],
    ...steps.map(({ index, name, hash }) => [`${index}`, `${hash} ${name ?? '(beacon)'}`] as const),
    ['transcript', transcript],
  ]);

function told({ index, hash }: { index: number; hash: string }, what: string, output: Output): ExitCode {
  output.result({ index, hash }, () => facts([['step', `${index}, ${what}`], ['fingerprint', hash]])); // prettier-ignore
  output.note('publish the fingerprint where others can check that it is yours: it fixes the ceremony up to here');
  return DONE;
}

export const ceremonyCommand = defineCommand({
  name: 'ceremony',
  positionals: {
    action: ACTIONS.join(', '),
    dir: 'CEREMONY, the folder of a ceremony; for start DIR, the folder of a compiled model',
    other: { optional: 'verify: DIR; beacon: a public value in HEX' },
    log2: { optional: 'beacon: LOG2_ITERATIONS, 10 to 24' },
  },
  options: {
    ptau: { type: 'string', requiresArg: true, describe: 'start, verify: the powers-of-tau FILE' },
    output: {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'start: the new folder; finish: where the keys go',
    },
    name: { type: 'string', requiresArg: true, describe: 'contribute: your NAME, for all to see' },
    entropy: {
      type: 'string',
      requiresArg: true,
      describe: "contribute: TEXT that is mixed with the system's entropy",
    },
  },
  run: (args, output) => {
    const { action, dir, other, log2, ptau, output: to, name, entropy } = args;
    const known = ACTIONS.find((one) => one === action);
    if (known === undefined) throw usageError(`expected one of ${ACTIONS.join(', ')}, got '${action}'`);
    const { words, flags, usage } = FORMS[known];
    const given = [dir, other, log2].filter((word) => word !== undefined);
    const all: Args = { ptau, output: to, name, entropy };
    const hint = `inferproof ceremony ${usage}`;
    if (given.length !== words.length)
      throw usageError(`expected ${plural(words.length, 'word')} after ${known}, got ${given.length}`, hint);
    const takes = (flag: string) => (flags as readonly string[]).includes(flag);
    const dashed = (flag: string) => (flag === 'output' ? '-o' : `--${flag}`);
    for (const [flag, value] of Object.entries(all)) {
      if (value !== undefined && !takes(flag))
        throw usageError(`expected no ${dashed(flag)} with ${known}, got one`, hint);
      if (value === undefined && takes(flag) && !OPTIONAL.includes(flag))
        throw usageError(`expected ${dashed(flag)} with ${known}, got none`, hint);
    }
    return RUN[known](given, all as Record<keyof Args, string>, output);
  },
});

// What the files of a ceremony say: who took part, and whether it is closed.
import { checked } from './checked.js';
import { isBeacon, parseTranscript, type CeremonyFiles, type Step, type Transcript } from './transcript.js';

/** Who took part. */
export interface StepLine {
  readonly index: number;
  /** null for the beacon. */
  readonly name: string | null;
  readonly hash: string;
}

export interface CeremonyStatus {
  readonly argument: 'plain' | 'lookup';
  readonly circuit: string;
  readonly ptau: string;
  readonly contributions: number;
  readonly closed: boolean;
  readonly steps: readonly StepLine[];
  /** Of the last step: what a finished key carries. */
  readonly transcript: string;
}

/**
 * What the files say, every step checked but for the key. Throws as `contribute` does.
 * @example
 * ```ts
 * const { ceremony } = await startCeremony(circuit, 'powers.ptau');
 * const { contributions, closed } = await ceremonyStatus({ ceremony, steps: [] });
 * ```
 */
export async function ceremonyStatus(files: CeremonyFiles): Promise<CeremonyStatus> {
  const transcript = parseTranscript(files);
  await checked(transcript);
  return statusOf(transcript);
}

export function statusOf({ head: { argument, circuit, ptau }, steps, hashes }: Transcript): CeremonyStatus {
  const lines = steps.map((step, i) => ({
    index: i + 1,
    name: isBeacon(step) ? null : step.name,
    hash: hashes[i + 1],
  }));
  const closed = steps.some(isBeacon);
  return { argument, circuit, ptau, contributions: contributors(steps), closed, steps: lines, transcript: hashes[steps.length] }; // prettier-ignore
}

export const contributors = (steps: readonly Step[]): number => steps.filter((step) => !isBeacon(step)).length;

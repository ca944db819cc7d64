// Drives lagrange.c.
import { FIELD_BYTES, fieldBytes, power } from '../../compiler/circuit/field.js';
import { R } from '../../verifier/field.js';
import { put, ranges, type Job, type Machine } from './machine.js';
import { PAIR } from './quotient.js';

const JOB = 1 << 12; // elements

/** factor * x_i / (tau - x_i) for x_i = first * root^i, i in [0, size), size even, for each first; tau is none of them. All in [0, r). */
export interface BasisInput {
  readonly tau: bigint;
  readonly firsts: readonly bigint[];
  readonly root: bigint;
  readonly size: number;
  readonly factor: bigint;
}

/** 32 bytes each. */
export async function lagrangeBasis(machine: Machine, input: BasisInput): Promise<Uint8Array> {
  const { tau, firsts, root, size, factor } = input;
  const mark = machine.mark();
  const bytes = firsts.length * size * FIELD_BYTES;
  const out = machine.alloc(bytes);
  const scratch = Array.from({ length: machine.threads }, () => [0, 0].map(() => machine.alloc((JOB / 2) * PAIR)));
  const step = power(root, BigInt(JOB));
  const jobs = firsts.flatMap((first, coset) => {
    let start = first;
    return ranges(size, Math.ceil(size / JOB), JOB).map(([from, to]): Job => {
      const scalars = put(machine, fieldBytes([tau, start, (start * root) % R, (root * root) % R, factor]));
      start = (start * step) % R;
      const at = out + (coset * size + from) * FIELD_BYTES;
      return (slot) => [['lagrange', scalars, to - from, ...scratch[slot], at]];
    });
  });
  await machine.run(jobs);
  const basis = machine.bytes(out, bytes).slice();
  machine.release(mark);
  return basis;
}

// Differences planted in what compile writes, by a seed: in circuit.json where a change still gives a legal circuit, and anywhere in
// the files beside it.
import { generator } from '../compiler/circuits.js';
import { encodeNumbers, numbersOf } from '#compiler/json.js';

type Random = () => number;
const below = (random: Random, n: number): number => Math.floor(random() * n);

interface Leaf {
  readonly path: string;
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

/** Every value of a JSON tree that holds no others; `skip` leaves paths out. */
export function leavesOf(root: object, skip: (path: string) => boolean = () => false): Leaf[] {
  const leaves: Leaf[] = [];
  const walk = (holder: Record<string, unknown>, path: string): void => {
    for (const [name, value] of Object.entries(holder)) {
      const here = Array.isArray(holder) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      if (skip(here)) continue;
      if (typeof value === 'object' && value !== null) walk(value as Record<string, unknown>, here);
      else leaves.push({ path: here, value, set: (other) => (holder[name] = other) });
    }
  };
  walk(root as Record<string, unknown>, '');
  return leaves;
}

/** Another value of the same kind, near to it. */
function other(value: unknown, random: Random): unknown {
  const near = (x: number): number => (Number.isInteger(x) ? x + (random() < 0.5 ? 1 : -1) : x * (1 + 2 ** -50));
  if (typeof value === 'number') return near(value);
  if (typeof value === 'boolean') return !value;
  if (value === null) return 0;
  if (typeof value !== 'string') throw new Error('expected a value of JSON');
  const text = value;
  if (!/^(i32|f64):./.test(text)) return random() < 0.3 ? text.slice(1) : `${text}x`;
  const numbers = numbersOf({ file: '', path: '', value: text });
  if (numbers.length === 0) return encodeNumbers(Float64Array.of(1));
  const at = below(random, numbers.length);
  numbers[at] = near(numbers[at]);
  return encodeNumbers(numbers);
}

export interface Planted {
  readonly what: string;
  readonly text: string;
}

/**
 * circuit.json with one value changed. Options are left alone: audit repeats those that stand there, and where they make the same
 * circuit there is no difference.
 */
export function plantedCircuit(text: string, seed: number): Planted {
  const random = generator(seed);
  const file = JSON.parse(text) as object;
  const leaves = leavesOf(file, (path) => /^(format|version|options)\b/.test(path));
  const { path, value, set } = leaves[below(random, leaves.length)];
  const fresh = other(value, random);
  set(fresh);
  return { what: `${path}: ${String(value).slice(0, 40)} as ${String(fresh).slice(0, 40)}`, text: `${JSON.stringify(file)}\n` };
} // prettier-ignore

/** A file with one byte changed, left out, or put in. */
export function plantedBytes(bytes: Uint8Array, seed: number): Uint8Array {
  const random = generator(seed);
  const at = below(random, bytes.length);
  const [before, behind] = [bytes.subarray(0, at), bytes.subarray(at + 1)];
  const byte = Uint8Array.of(bytes[at] ^ (1 << below(random, 7)));
  const parts = [[before, byte, behind], [before, behind], [before, byte, bytes.subarray(at)]][below(random, 3)]; // prettier-ignore
  return Uint8Array.from(Buffer.concat(parts));
}

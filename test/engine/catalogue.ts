// The catalogue of lies about one gadget: what a dishonest prover writes instead of the honest values. Each lie is completed
// by the rows themselves (solve.ts), so that the rest of the witness fits it as well as it can.
import { R } from '#verifier/field.js';
import type { Lie } from './solve.js';
import { inverse, mod, type System, type Wires } from './system.js';

/** The sums of bits of a system: for each, its wires from the lowest bit up. Told from names: bit[3], gap[2][3]. */
export function bitGroups({ names, bits }: System): number[][] {
  const groups = new Map<string, number[]>();
  names.forEach((name, wire) => {
    if (!bits.has(wire)) return;
    const group = name.replace(/\[\d+\]$/, '');
    groups.set(group, [...(groups.get(group) ?? []), wire]);
  });
  return [...groups.values()];
}

export const groupValue = (group: readonly number[], wires: Wires): bigint =>
  group.reduce((sum, wire, i) => sum + (wires[wire] << BigInt(i)), 0n);

const claimBits = (group: readonly number[], value: bigint): Map<number, bigint> =>
  new Map(group.map((wire, i) => [wire, (value >> BigInt(i)) & 1n]));

/** One wire other than it should be: 0, 1, 1/2, its negative, its complement, moved by 1, by powers of two and by halves. */
function* moved(wire: number, value: bigint, { p, bits }: System): Generator<Lie> {
  const half = inverse(2n, p);
  const by = bits.has(wire)
    ? [1n, 1n << 64n] // its own row refuses all but two values
    : [1n, 2n, 1n << 7n, 1n << 31n, 1n << 64n, 1n << 200n, half, value === 0n ? 0n : inverse(value, p)];
  const to = new Set(
    [0n, 1n, half, -value, 1n - value, ...by.flatMap((d) => [value + d, value - d])].map((x) => mod(x, p)),
  );
  to.delete(value);
  for (const lie of to) yield { claims: new Map([[wire, lie]]) };
}

/** The bits of another integer: its neighbours, one bit flipped, neighbours swapped, all 0, all 1, those of value + r. */
function* otherBits(group: readonly number[], value: bigint, more: readonly bigint[]): Generator<Lie> {
  const all = 1n << BigInt(group.length);
  const others = new Set([value + 1n, value - 1n, 0n, all - 1n, (value + R) % all, all - value, ...more]);
  for (let i = 0n; i < BigInt(group.length); i++) {
    others.add(value ^ (1n << i));
    others.add(value ^ (3n << i));
  }
  others.delete(value);
  for (const other of others) if (other >= 0n && other < all) yield { claims: claimBits(group, other) };
}

/**
 * For a bit that no row holds to 0 and 1: the others of its sum say one integer, and it takes what is missing to the sum.
 * @param sums what the sum shall be
 */
export function* carried(system: System, carrier: number, truth: Wires, sums: readonly bigint[]): Generator<Lie> {
  const group = bitGroups(system).find((bits) => bits.includes(carrier)) ?? [];
  const share = inverse(1n << BigInt(group.indexOf(carrier)), system.p);
  const honest = groupValue(group, truth);
  for (const { claims } of otherBits(group, honest, sums)) {
    for (const sum of [honest, ...sums]) {
      const said = group.reduce(
        (v, wire, i) => v + (wire === carrier ? 0n : (claims.get(wire) ?? 0n) << BigInt(i)),
        0n,
      );
      yield { claims: new Map([...claims, [carrier, mod((sum - said) * share, system.p)]]) };
    }
  }
}

/**
 * All lies about one honest assignment.
 * @param values integers that a group of bits might pretend to be, beside what every group is tried with
 */
export function* lies(system: System, truth: Wires, values: readonly bigint[] = []): Generator<Lie> {
  for (let wire = system.ports; wire < system.names.length; wire++) yield* moved(wire, truth[wire], system);
  for (const group of bitGroups(system)) yield* otherBits(group, groupValue(group, truth), values);
}

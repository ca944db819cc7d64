// The scalars of the H sum against naive polynomials over bigints, and against ffjavascript; over 3·2^k places by the definition alone.
import { afterAll, describe, expect, it } from 'vitest';
import { domainOf } from '#compiler/circuit/domain.js';
import { fieldBytes, power, readField, rootOfUnity, writeField } from '#compiler/circuit/field.js';
import { inverse, mod, R } from '#verifier/field.js';
import { RowBuilder, type Matrix } from '#compiler/circuit/rows.js';
import type { BinFile } from '#prover/files/binfile.js';
import { singleMachine, threadMachine } from '#prover/kernel/node.js';
import type { Machine } from '#prover/kernel/machine.js';
import { powerTables, quotientScalars } from '#prover/kernel/quotient.js';
import { keyFile } from '#prover/setup/layout.js';
import { closeCurve, stockCurve } from './stock.js';
import { generator } from './systems.js';

const threads = await threadMachine(3);
const machines: readonly (readonly [string, Machine])[] = [
  ['one thread', await singleMachine()],
  ['three threads', threads],
];
afterAll(() => threads.close());
afterAll(closeCurve);

interface Term {
  readonly matrix: number;
  readonly row: number;
  readonly wire: number;
  readonly coefficient: bigint;
}

function encode(terms: readonly Term[]): Uint8Array {
  const out = new Uint8Array(4 + 44 * terms.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, terms.length, true);
  terms.forEach(({ matrix, row, wire, coefficient }, i) => {
    [matrix, row, wire].forEach((x, k) => view.setUint32(4 + 44 * i + 4 * k, x, true));
    writeField(view, 16 + 44 * i, mod(coefficient << 512n));
  });
  return out;
}

/** A lookup key of these terms in so many rows, without points. */
function lookupOf(terms: readonly Term[], nWires: number, domain: number, rows: number): BinFile {
  const builder = new RowBuilder({ nCommitted: 1, nPublic: 2, nPrivate: nWires - 4 });
  for (let i = 0; i < rows; i++) {
    builder.begin();
    for (const { matrix, row, wire, coefficient } of terms)
      if (row === i) builder.term(matrix as Matrix, wire, coefficient);
  }
  const [g1, g2] = [64, 128].map((length) => new Uint8Array(length).fill(1));
  const infinity = (count: number, size = 64): Uint8Array => new Uint8Array(count * size);
  const ends = { alpha1: g1, beta1: g1, delta1: g1, beta2: g2, gamma2: g2, delta2: g2, ic: infinity(3) };
  const b = { b1: infinity(nWires), b2: infinity(nWires, 128) };
  const lists = { ...b, a: infinity(nWires), c: infinity(nWires - 4), h: infinity(domain) };
  const commitment = { basis: infinity(1), eta1: g1, eta2: g2 };
  return keyFile(builder.seal(), [], domain, { ...ends, ...lists, commitment });
}

/** @param rows of a lookup key; absent for the terms of a zkey */
async function kernel(
  machine: Machine,
  terms: readonly Term[],
  wires: readonly bigint[],
  domain: number,
  rows?: number,
) {
  const mark = machine.mark();
  const witness = fieldBytes(wires);
  const key: BinFile =
    rows === undefined
      ? { type: 'zkey', version: 1, sections: [{ id: 4, parts: [encode(terms)] }] }
      : lookupOf(terms, wires.length, domain, rows);
  const tables = await powerTables(machine, domain);
  const at = await quotientScalars(machine, { key, witness, nWires: wires.length, domain, tables });
  const view = new DataView(machine.bytes(at, 32 * domain).slice().buffer);
  machine.release(mark);
  return Array.from({ length: domain }, (_, i) => readField(view, 32 * i));
}

function sides(terms: readonly Term[], wires: readonly bigint[], domain: number): [bigint[], bigint[], bigint[]] {
  const [a, b] = [0, 1].map((matrix) => {
    const values = new Array<bigint>(domain).fill(0n);
    for (const t of terms) if (t.matrix === matrix) values[t.row] = mod(values[t.row] + t.coefficient * wires[t.wire]);
    return values;
  });
  return [a, b, a.map((x, i) => (x * b[i]) % R)];
}

/** The places of a domain in their order. */
const placesOf = (size: number): bigint[] => {
  const { firsts, root, lg } = domainOf(size);
  return firsts.flatMap((first) => Array.from({ length: 2 ** lg }, (_, t) => (first * power(root, BigInt(t))) % R));
};

/** Interpolates by the definition and evaluates by Horner's rule. */
function naive(terms: readonly Term[], wires: readonly bigint[], domain: number): bigint[] {
  const places = placesOf(domain);
  const inverses = places.map(inverse);
  const g = rootOfUnity(domainOf(domain).lg + 1);
  const onCoset = (values: readonly bigint[]): bigint[] => {
    let sums = [...values]; // value times place^-j
    const coefficients = places.map(() => {
      const sum = sums.reduce((s, v) => s + v, 0n);
      sums = sums.map((v, i) => (v * inverses[i]) % R);
      return (mod(sum) * inverse(BigInt(domain))) % R;
    });
    return places.map((place) => {
      const x = (place * g) % R;
      return coefficients.reduceRight((sum, c) => (sum * x + c) % R, 0n);
    });
  };
  const [a, b, c] = sides(terms, wires, domain).map(onCoset);
  return a.map((x, i) => mod(x * b[i] - c[i]));
}

function randomTerms(seed: number, domain: number, count: number): { terms: Term[]; wires: bigint[] } {
  const next = generator(seed);
  const element = (): bigint => {
    const small = [0n, 1n, R - 1n, BigInt(next() % 256)][next() % 4];
    return next() % 2 === 0 ? small : mod((BigInt(next()) << 230n) * BigInt(next()) + BigInt(next()));
  };
  const wires = Array.from({ length: 20 }, element);
  const terms = Array.from({ length: count }, () => {
    return { matrix: next() % 2, row: next() % domain, wire: next() % wires.length, coefficient: element() };
  });
  return { terms, wires };
}

describe.each(machines)('on %s', (_, machine) => {
  it.each([4, 8, 16, 32, 64])('is (A B - C)(g w^i) for a domain of %i', async (domain) => {
    for (const count of [0, 1, 2, 3 * domain + 1]) {
      const { terms, wires } = randomTerms(domain + count, domain, count);
      expect(await kernel(machine, terms, wires, domain)).toEqual(naive(terms, wires, domain));
    }
  });

  it.each([12, 24, 48, 96])('is that for the terms of a lookup key over %i places', async (domain) => {
    for (const count of [1, 3 * domain + 1]) {
      const { terms, wires } = randomTerms(domain + count, domain, count);
      for (const used of [domain, domain - 1, domain / 2, 1]) {
        const inside = terms.filter(({ row }) => row < used);
        expect(await kernel(machine, inside, wires, domain, used)).toEqual(naive(inside, wires, domain));
      }
    }
  });

  it('adds up rows of thousands of the largest terms', async () => {
    const wires = [R - 1n, R - 2n];
    const terms = Array.from({ length: 6001 }, (_, i) => {
      return { matrix: i % 2, row: i % 3, wire: i % 2, coefficient: i % 5 === 0 ? -1n : R - 3n };
    });
    expect(await kernel(machine, terms, wires, 8)).toEqual(naive(terms, wires, 8));
  });

  it('is what ffjavascript gives at 2^10 and where blocks leave the cache', async () => {
    const { Fr } = await stockCurve();
    for (const lg of [10, 14]) {
      const domain = 2 ** lg;
      const { terms, wires } = randomTerms(lg, domain, 2 * domain);
      const onCoset = async (values: readonly bigint[]): Promise<Uint8Array> => {
        const coefficients = await Fr.ifft(await Fr.batchToMontgomery(fieldBytes(values)));
        return Fr.batchFromMontgomery(await Fr.fft(await Fr.batchApplyKey(coefficients, Fr.e(1n), Fr.w[lg + 1])));
      };
      const [a, b, c] = await Promise.all(sides(terms, wires, domain).map(onCoset));
      const element = (bytes: Uint8Array, i: number): bigint =>
        readField(new DataView(bytes.buffer, bytes.byteOffset), 32 * i);
      const got = await kernel(machine, terms, wires, domain);
      expect(got).toEqual(got.map((_, i) => mod(element(a, i) * element(b, i) - element(c, i))));
    }
  });

  it('refuses terms of rows, wires or matrices that do not exist', async () => {
    const good = { matrix: 0, row: 0, wire: 0, coefficient: 1n };
    for (const bad of [{ row: 8 }, { row: 2 ** 31 }, { wire: 2 }, { wire: 2 ** 32 - 1 }, { matrix: 2 }]) {
      await expect(kernel(machine, [good, { ...good, ...bad }], [1n, 2n], 8)).rejects.toMatchObject({ code: 'format' });
    }
  });
});

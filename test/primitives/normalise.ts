// normalise: a power of two that moves the highest bit of v to place M - 1, and a function of the p highest bits.
import type { NormaliseOwn } from '#compiler/primitives/normalise.js';
import type { Meaning } from './primitive.js';

export const normalise: Meaning<NormaliseOwn> = {
  kind: 'normalise',
  naive({ exponent, M, p, values, logs }, [acc]) {
    const [top, dropped] = [1n << BigInt(M), BigInt(M - p)];
    const factor = exponent === 'root' ? 4n : 2n;
    const least = exponent === 'root' ? 1n << BigInt(p - 2) : 1n << BigInt(p - 1);
    const each = acc.map((v) => {
      let k = 0;
      while (v * factor ** BigInt(k + 1) < top) k++;
      const m = (v * factor ** BigInt(k)) >> dropped;
      return [BigInt(values[Number(m - least)]), exponent === 'log' ? BigInt(logs[k]) : 1n << BigInt(k)];
    });
    return [each.map(([y]) => y), each.map(([, second]) => second)];
  },
  // it has no gadget in bits; test/lookup tries the others
  ladder: {},
  random: [],
};

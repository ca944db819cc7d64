// bitwise: and, or, xor of two live integers, nibble by nibble. Numbers below 0 are two's complement: they are held above the least of
// as many bits, and their highest nibble counts as a signed one.
import { greatest } from '../extremes.js';
import { choiceOf, fieldsOf } from '../json.js';
import { ACC_BITS } from '../limits.js';
import { mapBuilder } from '../linear/builder.js';
import { BITWISE, type BitwiseOwn, bitwise } from '../primitives/bitwise.js';
import { bitLength } from '../primitives/gadget.js';
import { wholeForm } from './integers.js';
import type { RealPrimitive } from './real.js';

export const realBitwise: RealPrimitive<Pick<BitwiseOwn, 'op'>> = {
  kind: bitwise.kind,
  check(_, { sources, outs }, fail) {
    if (sources.length !== 2 || outs.length !== 1) fail('two operands and one value');
    if (!sources.every((size) => size === outs[0])) fail(`operands of ${outs[0]} elements`);
  },
  evaluate: ({ op }, [a, b]) => [
    a.map((x, o) => {
      const [u, v] = [BigInt(x), BigInt(b[o])];
      return Number(op === 'and' ? u & v : op === 'or' ? u | v : u ^ v);
    }),
  ],
  codec: {
    encode: (own) => own,
    decode: (place) => ({ op: choiceOf(fieldsOf(place, ['op']).op, BITWISE) }),
  },
  plan({ sources, outs: [out], own: { op } }, to) {
    const given = sources.map((id) => wholeForm(to, to.map(id), id));
    const isSigned = given.some(({ accLo }) => accLo < 0);
    const magnitude = greatest(given.map(({ accLo, accHi }) => bitLength(Math.max(accHi, -accLo - 1))));
    const nibbles = Math.max(Math.ceil((magnitude + Number(isSigned)) / 4), 1);
    to.bounded(16 ** nibbles, ACC_BITS, 'an operand of bits', out);
    const low = isSigned ? 2 ** (4 * nibbles - 1) : 0;
    const forms = given.map(({ map, accLo, accHi }) => {
      return { map: { ...map, bias: map.bias.map((v) => v + low) }, accLo: accLo + low, accHi: accHi + low };
    });
    const { size } = forms[0].map;
    const name = `${to.value(out).name} nibbles`;
    const plan = { of: out, holds: false as const, name, shape: [size, nibbles], lo: 0, hi: 15, scale: 1, zero: 0 };
    const [tensor] = to.emit({ kind: bitwise.kind, forms, own: { op, nibbles, isSigned } }, [plan]);
    const builder = mapBuilder(size);
    const part = builder.part(tensor);
    const places = Array.from({ length: nibbles }, (_, i) => i);
    for (let o = 0; o < size; o++) {
      builder.bias[o] = -low;
      part.row(o, places.map((i) => o * nibbles + i), places.map((i) => 16 ** i)); // prettier-ignore
    }
    to.define(out, builder.build());
  },
};

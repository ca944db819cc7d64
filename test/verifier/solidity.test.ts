import { beforeAll, describe, expect, it } from 'vitest';
import { packWords } from '#verifier/words.js';
import { solidityVerifier, universalCalldata, universalVerifier, verifyCalldata } from '#verifier/solidity/index.js';
import { CONTEXT, INTS, lookupFixture, manyWords, plainFixture, PUBLICS } from './simulator.js';
import { calldataGas, compile, decodeCall, deploy } from './evm.js';

const words = packWords(PUBLICS, INTS);

describe('smoke', () => {
  it('gas', async () => {
    for (const n of [1, 26, 28, 60, 600]) {
      const f = lookupFixture({ publics: manyWords(n) });
      const w = Array.from({ length: n }, (_, i) => (1n << 247n) + BigInt(i));
      const c = await deploy(solidityVerifier(f.json));
      const d = verifyCalldata(f.json, f.prove(w, CONTEXT), CONTEXT).data;
      const r = await c.call(d);
      const u = await deploy(universalVerifier());
      const ud = universalCalldata(f.json, f.prove(w, CONTEXT), CONTEXT).data;
      const ur = await u.call(ud);
      console.log(n, r.answer, r.gas, calldataGas(d), 21000 + r.gas + calldataGas(d), c.size, '| universal', ur.answer, ur.gas, 21000 + ur.gas + calldataGas(ud), u.size);
    }
    for (const n of [0, 1, 28]) {
      const f = plainFixture({ publics: manyWords(n) });
      const w = Array.from({ length: n }, (_, i) => (1n << 247n) + BigInt(i));
      const c = await deploy(solidityVerifier(f.json));
      const d = verifyCalldata(f.json, f.prove(w, CONTEXT), CONTEXT).data;
      const r = await c.call(d);
      console.log('plain', n, r.answer, r.gas, 21000 + r.gas + calldataGas(d), c.size);
    }
  });
});

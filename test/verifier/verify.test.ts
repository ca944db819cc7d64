// The verifiers in Node: valid proofs, their corrupted twins with the exact reason, keys that must be refused.
import fc from 'fast-check';
import { createRequire } from 'node:module';
import { afterAll, describe, expect, it } from 'vitest';
import { inverse, mod } from '#verifier/field.js';
import {
  parseVerificationKey,
  serializeVerificationKey,
  verify as verifyStrictly,
  verifyLookup,
  verifyPlain,
} from '#verifier/index.js';
import { keyPoints } from '#verifier/key.js';
import { FINITE } from '#verifier/ordered.js';
import { pairingsCancel } from '#verifier/points.js';
import { serializeProof, decodeProof, encodeProof } from '#verifier/proof.js';
import { solidityVerifier } from '#verifier/solidity/index.js';
import { openWords, publicValue } from '#verifier/tensors.js';
import { contextSignal, tensorItems, vkDigest } from '#verifier/transcript.js';
import { packWords } from '#verifier/words.js';
import { CONTEXT, INTS, lookupFixture, manyWords, plainFixture, PUBLICS, scalar, toG1, toG2 } from './simulator.js';
import { algebraicTwins, commonTwins, toJson } from './twins.js';

const snarkjs = createRequire(import.meta.url)('snarkjs') as {
  groth16: { verify(key: unknown, signals: readonly string[], proof: unknown): Promise<boolean> };
};
const WORDS = packWords(PUBLICS, INTS);
const lookup = lookupFixture();
const plain = plainFixture();
const options = { context: CONTEXT };
/** Lookup keys are development keys. */
const verify: typeof verifyStrictly = (key, proof, more) =>
  verifyStrictly(key, proof, { allowInsecureKey: true, ...more });
const reasonOf = (...args: Parameters<typeof verify>): string => {
  const answer = verify(...args);
  return answer.valid ? 'valid' : answer.reason;
};

describe('lookup', () => {
  const valid = lookup.simulate(WORDS, CONTEXT);
  const key = parseVerificationKey(lookup.json);
  const cases = [
    ...commonTwins(valid, WORDS, lookup.simulate(WORDS, CONTEXT, 'other')),
    ...algebraicTwins(lookup.key, lookup.secrets, valid),
  ];
  it.each(cases)('$name: $reason', (c) => {
    expect(reasonOf(key, toJson(c), { context: c.context })).toBe(c.reason);
  });

  it('is bound to its context and its key', () => {
    const proof = serializeProof(valid);
    expect(reasonOf(key, proof)).toBe('pairing');
    expect(reasonOf(key, proof, { context: new Uint8Array(32).fill(1) })).toBe('pairing');
    expect(reasonOf(key, proof, { context: CONTEXT.slice(2).toUpperCase() })).toBe('valid');
    expect(reasonOf(lookupFixture({ label: 'another' }).json, proof, options)).toBe('pairing');
    expect(() => verify(key, proof, { context: '0x12' })).toThrow(/32 bytes/);
  });

  it.each(['alpha', 'beta', 'delta', 'eta', 'ic'])('another %s: pairing', (field) => {
    const other = lookupFixture({ label: 'another' }).json;
    expect(reasonOf({ ...lookup.json, [field]: other[field] }, serializeProof(valid), options)).toBe('pairing');
  });

  it('binds every field of the key that is not a point through the digest', () => {
    const [image, logits] = PUBLICS;
    const changed: Record<string, unknown>[] = [
      { circuit: '0'.repeat(64) },
      { committed: 8 },
      ...Object.entries({ name: 'z', shape: [8, 5], lo: -1, hi: 201, scale: 2, zero: 1, softmax: { axis: 0 } }).map(
        ([field, value]) => ({ publics: [{ ...image, [field]: value }, logits] }),
      ),
      { publics: [image, { ...logits, role: 'input' }] },
      { publics: [{ ...image, read: { function: 'sigmoid', axis: null } }, logits] },
      { publics: [image, { ...logits, decision: { rule: 'argmax', axis: 1 } }] },
      { publics: [image, { ...logits, decision: { rule: 'argmin', axis: 1 } }] },
      { publics: [{ ...image, axis: 0, scale: [1, 1, 1, 1, 1], zero: [0, 0, 0, 0, 0] }, logits] },
    ];
    const answers = changed.map((c) => reasonOf({ ...lookup.json, ...c }, serializeProof(valid), options));
    expect(answers).toEqual(changed.map(() => 'pairing'));
  });

  it('keeps its digest: a change of the transcript is a change of the protocol', () => {
    // the flag and the count have their places in the hash, whatever they may say today
    const key = { ...lookup.key, insecure: false, contributions: 1 };
    expect(Buffer.from(vkDigest(key)).toString('hex')).toMatchInlineSnapshot(
      `"78544790db0868b0970b023721b48354c015795bd6c60b3867483efa20708a3b"`,
    );
  });
});

describe('plain', () => {
  const valid = plain.simulate(WORDS, CONTEXT);
  const key = parseVerificationKey(plain.json);
  const signal = contextSignal(CONTEXT);
  it.each(commonTwins(valid, WORDS, plain.simulate(WORDS, CONTEXT, 'other')))('$name: $reason', (c) => {
    expect(reasonOf(key, toJson(c, signal), options)).toBe(c.reason);
  });

  it('is bound to its context and its key', () => {
    const proof = serializeProof(valid);
    expect(reasonOf(key, proof)).toBe('context');
    expect(
      reasonOf(
        key,
        toJson(
          { name: '', reason: 'valid', words: WORDS, context: '', proof: [...valid.A, 0n, 0n, 0n, 0n, ...valid.C] },
          0n,
        ),
      ),
    ).toBe('infinity');
    expect(reasonOf(key, { ...proof, publicSignals: ['0', ...WORDS.map(String)] })).toBe('pairing');
    expect(reasonOf(plainFixture({ label: 'another' }).json, proof, options)).toBe('pairing');
    expect(reasonOf(key, plain.prove(WORDS))).toBe('valid');
    expect(reasonOf(key, plain.prove(WORDS), { context: new Uint8Array(32) })).toBe('valid');
  });

  it('every point of the key matters', () => {
    const stock = plain.json.snarkjs as Record<string, unknown>;
    const other = plainFixture({ label: 'another' }).json.snarkjs as Record<string, unknown[]>;
    const proof = serializeProof(valid);
    const fields: Record<string, unknown>[] = ['vk_alpha_1', 'vk_beta_2', 'vk_delta_2'].map((f) => ({ [f]: other[f] }));
    other.IC.forEach((p, i) => fields.push({ IC: (stock.IC as unknown[]).with(i, p) }));
    for (const f of fields)
      expect(reasonOf({ ...plain.json, snarkjs: { ...stock, ...f } }, proof, options)).toBe('pairing');
  });

  it('snarkjs agrees, on the valid proof and on a false word', async () => {
    const proof = serializeProof(valid) as { proof: unknown; publicSignals: string[] };
    const ask = (signals: string[]): Promise<boolean> =>
      snarkjs.groth16.verify(plain.json.snarkjs, signals, proof.proof);
    expect(await ask(proof.publicSignals)).toBe(true);
    expect(await ask(proof.publicSignals.with(1, '1'))).toBe(false);
  });
  afterAll(async () => {
    await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
  });
});

describe('keys', () => {
  const prove = lookup.prove(WORDS, CONTEXT);
  it('a development key only when allowed', () => {
    for (const dev of [lookupFixture(), plainFixture({ insecure: true })]) {
      const proof = dev.prove(WORDS);
      expect(verifyStrictly(dev.json, proof)).toEqual({ valid: false, reason: 'insecure-key' });
      expect(verifyStrictly(dev.json, proof, { allowInsecureKey: true }).valid).toBe(true);
    }
  });

  const transcript = 'c'.repeat(64);
  it.each([
    { insecure: false },
    { contributions: 7 },
    { insecure: false, contributions: 7 },
    { insecure: false, transcript },
    { insecure: false, contributions: 7, transcript: transcript.toUpperCase() },
    { insecure: false, contributions: 7, transcript: null },
    { transcript },
    { insecure: 'no' },
  ])('a lookup key that claims a ceremony without naming its transcript: %o', (claim) => {
    // its maker proves under the edited key, so the digest fits
    const claimed = { ...lookup.json, ...claim };
    const message = /^expected my\.json\.(insecure|contributions|transcript) to be /;
    expect(() => parseVerificationKey(claimed, 'my.json')).toThrow(expect.objectContaining({ code: 'format' }));
    expect(() => parseVerificationKey(claimed, 'my.json')).toThrow(message);
    for (const refuse of [verify, verifyStrictly, verifyLookup])
      expect(() => refuse(claimed, prove, options)).toThrow(expect.objectContaining({ code: 'format' }));
    expect(() => solidityVerifier(claimed, { allowInsecureKey: true })).toThrow(
      expect.objectContaining({ code: 'format' }),
    );
  });

  it.each([
    ['delta = G2', { delta: 1n }],
    ['delta = -G2', { delta: -1n }],
    ['eta = G2', { eta: 1n }],
    ['eta = -G2', { eta: -1n }],
    ['eta = delta', { eta: 99n, delta: 99n }],
    ['eta = -delta', { eta: 99n, delta: -99n }],
  ])('%s is degenerate', (_, secrets) => {
    const bad = lookupFixture({ secrets });
    expect(reasonOf(bad.json, bad.prove(WORDS))).toBe('degenerate-key');
    if ('eta' in secrets) return;
    const flat = plainFixture({ secrets });
    expect(reasonOf(flat.json, flat.prove(WORDS))).toBe('degenerate-key');
  });

  it('delta = G2 is refused for a reason: without secrets A = alpha, B = beta, C = -vk_x proves anything', async () => {
    const bad = plainFixture({ secrets: { delta: 1n } });
    const { ic, alpha, beta } = bad.secrets;
    const signals = [0n, ...WORDS.with(0, 4242n)];
    const C = toG1(mod(-signals.reduce((sum, v, i) => sum + v * ic[i + 1], ic[0]))); // computed from the points of the key alone
    const forged = { argument: 'plain', A: toG1(alpha), B: toG2(beta), C, signals } as const;
    const json = serializeProof(forged) as { proof: unknown; publicSignals: string[] };
    expect(await snarkjs.groth16.verify(bad.json.snarkjs, json.publicSignals, json.proof)).toBe(true);
    expect(reasonOf(bad.json, json)).toBe('degenerate-key');
  });

  const without = (object: object, field: string): object =>
    Object.fromEntries(Object.entries(object).filter(([k]) => k !== field));
  it.each([
    ...Object.keys(lookup.json).map((f) => [`lookup.${f}`, lookup.json, f] as const),
    ...Object.keys(plain.json).map((f) => [`plain.${f}`, plain.json, f] as const),
  ])('%s missing, or of another kind, or with a stranger beside it', (_, json, field) => {
    for (const bad of [
      without(json, field),
      { ...json, [field]: { x: 1 } },
      { ...json, [field]: null },
      { ...json, x: 1 },
    ])
      expect(() => verify(bad, prove)).toThrow(expect.objectContaining({ code: 'format' }));
  });

  const tensor = PUBLICS[0];
  const ordered = {
    ...tensor,
    ...{ shape: [4], lo: FINITE.least, hi: FINITE.most, bits: 32, scale: 1, zero: 0, axis: null },
    encoding: 'float32' as const,
  };
  const categories = {
    ...tensor,
    ...{ shape: [1, 3], lo: 0, hi: 9, bits: 8, scale: 1, zero: 0, axis: null },
    columns: { axis: 1, ends: [[0, 9], [0, 4], [2, 3]] as [number, number][] }, // prettier-ignore
  };
  it.each([
    ...Object.keys(tensor).map((f) => [`${f} missing`, without(tensor, f)] as const),
    ...Object.entries({
      name: ['\ud800', 1],
      role: ['both'],
      shape: [[0], [1.5], [-1], ['3'], [2 ** 40, 2 ** 40], 3],
      lo: [0.5, NaN, 2 ** 53, 201, '0'],
      hi: [-1, Infinity, 256],
      bits: [0, 7, 12, 256, 8.5],
      scale: [0, -1, NaN, Infinity, '1', [1], []],
      zero: [NaN, null, [0]],
      axis: [0, 2, -1],
      softmax: [{ axis: 2 }, { axis: -1 }, {}, { axis: 0, x: 1 }, true],
      read: [
        null,
        { function: 'softmax', axis: 0 },
        { function: 'exp', axis: null },
        { function: 'sigmoid', axis: 0 },
        { function: 'tanh' },
        { function: 'logSoftmax', axis: null },
        { function: 'logSoftmax', axis: 2 },
        { function: 'logSoftmax', axis: 0, x: 1 },
      ],
    }).flatMap(([f, values]) => values.map((v) => [`${f} = ${JSON.stringify(v)}`, { ...tensor, [f]: v }] as const)),
    ['a decision, an input', { ...tensor, decision: { rule: 'none', axis: null } }] as const,
    ...[
      null,
      'argmax 1',
      { rule: 'max', axis: 1 },
      { rule: 'argmax', axis: null },
      { rule: 'argmin', axis: 2 },
      { rule: 'sign', axis: 0 },
      { rule: 'none' },
      { rule: 'none', axis: null, x: 1 },
    ].map((decision) => [JSON.stringify({ decision }), { ...tensor, role: 'output', decision }] as const),
    ...[{}, { encoding: 'float64' }, { lo: 0 }, { hi: 2 ** 32 - 1 }, { bits: 40 }, { scale: 2 }, { zero: 1 }, { role: 'output' }].map(
      (change, i) => [`an encoding and ${JSON.stringify(change)}`, { ...(i === 0 ? tensor : ordered), encoding: 'float32', ...change }] as const,
    ), // prettier-ignore
    ...[
      { axis: 2, ends: [[0, 9], [0, 4], [0, 9]] },
      { axis: 1, ends: [[0, 9], [0, 4]] },
      { axis: 1, ends: [[0, 8], [0, 4], [0, 8]] },
      { axis: 1, ends: [[1, 9], [1, 4], [1, 9]] },
      { axis: 1, ends: [[0, 9], [4, 0], [0, 9]] },
      { axis: 1, ends: [[0, 9], [0, 4, 4], [0, 9]] },
      { axis: 1, ends: [[0, 9], [0, 0.5], [0, 9]] },
      { axis: 1 },
    ].map((own) => [JSON.stringify(own), { ...categories, columns: own }] as const), // prettier-ignore
    ...[{ role: 'output' }, { axis: 1, scale: [1, 1, 1], zero: [0, 0, 0] }].map(
      (change) => [`columns and ${JSON.stringify(change)}`, { ...categories, ...change }] as const,
    ),
    ['columns and an encoding', { ...ordered, columns: { axis: 0, ends: [[FINITE.least, FINITE.most], [0, 1], [0, 1], [0, 1]] } }] as const, // prettier-ignore
    ['two functions', { ...tensor, softmax: { axis: 0 }, read: { function: 'logSoftmax', axis: 0 } }] as const,
  ])('a tensor with %s', (_, bad) => {
    const key = { ...lookup.json, publics: [bad, PUBLICS[1]] };
    expect(() => parseVerificationKey(key, 'my.json')).toThrow(/my\.json\.publics\[0\]/);
  });

  it.each([
    { rule: 'argmax', axis: 1 },
    { rule: 'argmin', axis: 0 },
    { rule: 'sign', axis: null },
    { rule: 'none', axis: null },
  ])('a tensor may have a decision: %o', (decision) => {
    const key = { ...lookup.json, publics: [PUBLICS[0], { ...PUBLICS[1], decision }] };
    const again = serializeVerificationKey(parseVerificationKey(key));
    expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(key)));
  });

  it('a tensor of encoded floats is shown as them, and has another digest', () => {
    const key = parseVerificationKey({ ...lookup.json, publics: [ordered, PUBLICS[1]] });
    const again = serializeVerificationKey(key);
    expect(JSON.parse(JSON.stringify(again))).toMatchObject({ publics: [{ encoding: 'float32' }, {}] });
    const { floats } = publicValue(ordered, [2 ** 31, 2 ** 31 - 1, 2 ** 31 - 2, 2 ** 31 + 0x3f800000]);
    expect(floats).toEqual([0, -0, -(2 ** -149), 1]);
    const { encoding, ...affine } = ordered;
    expect(tensorItems([ordered])[0]).toEqual([...(tensorItems([affine])[0] as unknown[]), ['encoding', encoding]]);
  });

  it('a tensor whose columns have ranges has another digest, and words within them alone', () => {
    const key = parseVerificationKey({ ...lookup.json, publics: [categories, PUBLICS[1]] });
    const again = serializeVerificationKey(key);
    expect(JSON.parse(JSON.stringify(again))).toMatchObject({ publics: [{ columns: categories.columns }, {}] });
    const { columns, ...whole } = categories;
    expect(tensorItems([categories])[0]).toEqual([...(tensorItems([whole])[0] as unknown[]), ['columns', 1, columns.ends]]); // prettier-ignore
    expect(openWords([categories], [0x030409n]).inputs['image'].ints).toEqual([9, 4, 3]);
    for (const word of [0x030509n, 0x040409n, 0x010409n]) {
      expect(openWords([whole], [word]).inputs['image'].ints).toHaveLength(3);
      expect(() => openWords([categories], [word])).toThrow(expect.objectContaining({ reason: 'word-range' }));
    }
  });

  it('a stock key of other counts, or of another gamma', () => {
    const stock = plain.json.snarkjs as { nPublic: number; IC: unknown[]; vk_delta_2: unknown };
    for (const [field, value, expected] of [
      ['nPublic', stock.nPublic + 1, '4, got 5'],
      ['IC', [...stock.IC, stock.IC[0]], 'an array of 5, got 6'],
      ['vk_gamma_2', stock.vk_delta_2, 'consistent with the others'],
    ] as const) {
      const key = { ...plain.json, snarkjs: { ...stock, [field]: value } };
      expect(() => parseVerificationKey(key), field).toThrow(`vkey.snarkjs.${field} to be ${expected}`);
    }
  });

  it('names what is wrong', () => {
    const message = (change: object): string => {
      try {
        parseVerificationKey({ ...lookup.json, ...change });
        return 'accepted';
      } catch (error) {
        return String(error);
      }
    };
    expect(message({ version: 2 })).toBe('InferproofError: expected vkey.version to be 1, got 2');
    expect(() => parseVerificationKey({ ...plain.json, contributions: 0 })).toThrow('vkey.contributions');
    expect(message({ insecure: false })).toBe(
      'InferproofError: expected vkey.contributions to be consistent with the others, got 0',
    );
    expect(message({ alpha: ['1', '3'] })).toMatch('vkey.alpha to be valid, got not-on-curve');
    expect(message({ alpha: ['01', '2'] })).toMatch('vkey.alpha[0]');
    expect(
      message({
        eta: [
          ['0', '0'],
          ['0', '0'],
        ],
      }),
    ).toMatch('vkey.eta to be valid, got infinity');
    expect(message({ publics: [PUBLICS[1], PUBLICS[0]] })).toMatch('vkey.publics[1]');
    expect(message({ publics: [PUBLICS[0], PUBLICS[0]] })).toMatch('vkey.publics[1]');
    expect(message({ ic: [] })).toMatch('vkey.ic');
    expect(() => verifyPlain(lookup.json, prove)).toThrow(/vkey/);
    expect(() => verifyLookup(plain.json, prove)).toThrow(/vkey/);
  });

  it('have fields of their own: none that is inherited, and none by the name of __proto__', () => {
    const { circuit, ...rest } = lookup.json;
    const inherited = Object.assign(Object.create({ circuit }) as object, rest);
    expect(() => parseVerificationKey(inherited)).toThrow('vkey.circuit to be 64 hex digits, got undefined');
    const more = JSON.parse(JSON.stringify(lookup.json).replace('{', '{"__proto__":{},')) as unknown;
    expect(() => parseVerificationKey(more)).toThrow('expected vkey to be an object of format,version');
  });

  it('take time in proportion to their tensors', () => {
    const output = PUBLICS[1];
    const publics = Array.from({ length: 20_000 }, (_, i) => ({ ...output, name: `output ${i}` }));
    const start = process.cpuUsage();
    parseVerificationKey({ ...lookup.json, publics });
    const { user, system } = process.cpuUsage(start); // not the clock: what else the machine does is no matter
    expect((user + system) / 1e6).toBeLessThan(5);
    const last = publics.length - 1;
    for (const one of [publics[7], PUBLICS[0]])
      expect(() => parseVerificationKey({ ...lookup.json, publics: publics.with(last, one) })).toThrow(`[${last}]`);
  });

  it('are frozen copies: changing the file later changes nothing', () => {
    const file = structuredClone(lookup.json) as { publics: { hi: number }[] };
    const key = parseVerificationKey(file);
    file.publics[0].hi = 7;
    expect(key.publics[0].hi).toBe(200);
    expect(Object.isFrozen(key.publics[0]) && Object.isFrozen(key.publics) && Object.isFrozen(key)).toBe(true);
    expect(parseVerificationKey(key)).toBe(key);
  });
});

describe('answers', () => {
  it('are named tensors of integers and reals, with the softmax of logits', () => {
    for (const f of [lookup, plain]) {
      const answer = verify(f.json, f.prove(WORDS));
      if (!answer.valid) throw new Error(answer.reason);
      expect(answer.inputs.image).toEqual({
        shape: [5, 8],
        ints: INTS[0],
        floats: INTS[0].map((v) => (1 / 255) * v),
        scale: 1 / 255,
        zero: 0,
      });
      const { ints, floats, softmax, read } = answer.outputs.logits;
      expect(ints).toEqual(INTS[1]);
      expect(floats).toEqual([-35000.75, 0.75, 34999.25]);
      expect(softmax).toEqual([0, 0, 1]);
      expect(read).toEqual({ function: 'softmax', values: [0, 0, 1] });
    }
  });

  it.each([
    ['logSoftmax', 0, [-70000, -34998.5, 0]],
    ['sigmoid', null, [0, 1 / (1 + Math.exp(-0.75)), 1]],
    ['tanh', null, [-1, Math.tanh(0.75), 1]],
  ] as const)('have the %s of what is proved, and no softmax', (name, axis, values) => {
    const read = { function: name, axis } as const;
    const t = { ...PUBLICS[1], shape: name === 'logSoftmax' ? [3] : PUBLICS[1].shape, softmax: null, read };
    for (const fixture of [lookupFixture, plainFixture]) {
      const f = fixture({ publics: [PUBLICS[0], t] });
      const key = parseVerificationKey(f.json);
      expect(serializeVerificationKey(key)).toEqual(f.json);
      const answer = verify(key, f.prove(WORDS));
      if (!answer.valid) throw new Error(answer.reason);
      const { floats, softmax, read: own } = answer.outputs.logits;
      expect(floats).toEqual([-35000.75, 0.75, 34999.25]);
      expect([own?.function, softmax]).toEqual([name, undefined]);
      own?.values.forEach((v, i) => expect(v).toBeCloseTo(values[i], 9));
    }
  });

  it('have scales along an axis and a softmax along another', () => {
    const t = {
      ...PUBLICS[1],
      shape: [2, 2],
      lo: 0,
      hi: 9,
      bits: 8,
      scale: [1, 2],
      zero: [0, 0.5],
      axis: 0,
      softmax: { axis: 0 },
    } as const;
    const f = lookupFixture({ publics: [t] });
    const answer = verify(f.json, f.prove(packWords([t], [[1, 2, 3, 4]])));
    if (!answer.valid) throw new Error(answer.reason);
    expect(answer.outputs.logits.floats).toEqual([1, 2, 5, 7]);
    const half = (a: number, b: number): number => 1 / (1 + Math.exp(b - a));
    answer.outputs.logits.softmax?.forEach((p, i) =>
      expect(p).toBeCloseTo([half(1, 5), half(2, 7), half(5, 1), half(7, 2)][i], 12),
    );
  });

  it.each([
    ['a chunk above hi', WORDS.with(0, 201n)],
    ['a bit beyond the last chunk', WORDS.with(2, WORDS[2] | (1n << 96n))],
    ['2^248', WORDS.with(0, WORDS[0] | (1n << 248n))],
  ])('refuse words outside the layout even with a valid proof: %s', (_, words) => {
    for (const f of [lookup, plain]) expect(reasonOf(f.json, f.prove(words))).toBe('word-range');
  });

  it('none when nothing is public', () => {
    for (const f of [lookupFixture({ publics: [] }), plainFixture({ publics: [] })])
      expect(verify(f.json, f.prove([]))).toEqual({ valid: true, inputs: {}, outputs: {} });
  });

  it('cost little more than their pairings with a parsed key, whatever the number of words in lookup', () => {
    // a ratio, because the milliseconds of a shared machine say nothing: about 35 ms on an idle one
    const f = lookupFixture({ publics: manyWords(200) });
    const key = parseVerificationKey(f.json);
    const proof = f.prove(Array.from({ length: 200 }, (_, i) => scalar(`${i}`) >> 201n));
    const { alpha, beta } = keyPoints(key);
    const time = (run: () => void): number => {
      const start = performance.now();
      run();
      return performance.now() - start;
    };
    const five = Array.from({ length: 5 }, () => [alpha, beta] as const);
    const runs = Array.from({ length: 12 }, () => [
      time(() => expect(verify(key, proof).valid).toBe(true)),
      time(() => void pairingsCancel(five)),
    ]);
    const [verification, pairings] = [0, 1].map((i) => Math.min(...runs.map((r) => r[i])));
    expect(verification / pairings).toBeLessThan(4); // a multiplication a word would make it 8
  });
});

describe('proof files', () => {
  it('have a canonical binary form', () => {
    const a = lookup.simulate(WORDS);
    const b = plain.simulate(WORDS);
    expect([encodeProof(a).length, encodeProof(b).length]).toEqual([320, 256]);
    expect(decodeProof(encodeProof(a), a.words)).toEqual(a);
    expect(decodeProof(encodeProof(b), b.signals)).toEqual(b);
    expect(() => decodeProof(new Uint8Array(300), [])).toThrow(/256 or 320/);
    expect(() => decodeProof(new Uint8Array(256).fill(255), [])).toThrow(/below q/);
  });

  const good = lookup.prove(WORDS) as { proof: Record<string, unknown> };
  it.each<[string, unknown]>([
    ['null', null],
    ['an array', []],
    ['another version', { ...good, version: 2 }],
    ['a number as a number', { ...good, words: WORDS.map(Number) }],
    ['a leading zero', { ...good, words: WORDS.map((w) => `0${w}`) }],
    ['hex', { ...good, words: WORDS.map((w) => `0x${w.toString(16)}`) }],
    ['a space', { ...good, words: WORDS.map((w) => ` ${w}`) }],
    ['a minus', { ...good, words: WORDS.map((w) => `-${w}`) }],
    ['a long number', { ...good, words: WORDS.map(() => '9'.repeat(1e6)) }],
    ['an unknown field', { ...good, note: '' }],
    ['an unknown point', { ...good, proof: { ...good.proof, E: good.proof.D } }],
    ['a third coordinate', { ...good, proof: { ...good.proof, A: [...(good.proof.A as string[]), '1'] } }],
    ['the other argument', plain.prove(WORDS)],
  ])('%s: malformed', (_, proof) => {
    expect(reasonOf(lookup.json, proof)).toBe('malformed');
  });
  it('a projective coordinate of snarkjs other than 1', () => {
    const proof = plain.prove(WORDS) as { proof: { pi_a: string[]; pi_b: string[][] } };
    const ask = (change: object): string => reasonOf(plain.json, { ...proof, proof: { ...proof.proof, ...change } });
    expect(ask({ pi_a: proof.proof.pi_a.with(2, '2') })).toBe('malformed');
    expect(ask({ pi_a: proof.proof.pi_a.with(2, '0') })).toBe('infinity');
    expect(ask({ pi_a: [...proof.proof.pi_a.slice(0, 2), ['1']] })).toBe('malformed');
    expect(ask({ pi_b: proof.proof.pi_b.with(2, ['0', '1']) })).toBe('malformed');
    expect(ask({ pi_b: proof.proof.pi_b.with(2, ['0', '0']) })).toBe('infinity');
    expect(ask({ pi_b: [...proof.proof.pi_b.slice(0, 2), '1,0'] })).toBe('malformed');
  });

  it('never make verify throw', () => {
    const keys = [parseVerificationKey(lookup.json), parseVerificationKey(plain.json)];
    const refused = (proof: unknown): void => keys.forEach((key) => expect(verify(key, proof).valid).toBe(false));
    fc.assert(fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }), refused), {
      numRuns: 2000,
    });
    fc.assert(
      fc.property(fc.json(), (text) => refused(JSON.parse(text))),
      { numRuns: 500 },
    );
    const texts = [lookup.prove(WORDS), plain.prove(WORDS)].map((p) => JSON.stringify(p));
    const edit = fc.tuple(fc.nat(1), fc.nat(3000), fc.constantFrom('0', '1', '9', '"', ',', '[', ']', 'null', 'x'));
    const mutated = fc.property(edit, ([which, at, piece]) => {
      const text = texts[which];
      const i = at % text.length;
      let json: unknown;
      try {
        json = JSON.parse(text.slice(0, i) + piece + text.slice(i + 1));
      } catch {
        return;
      }
      if (JSON.stringify(json) !== text) refused(json);
    });
    fc.assert(mutated, { numRuns: 600 });
  });

  it('inverse has a value only where there is one', () => expect(() => inverse(0n)).toThrow(RangeError));
});

// A JSON text in which a name stands twice means one thing to one reader and another to the next: none of our files may be one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, RepeatedName } from '#verifier/json-text.js';
import { decodeGraph } from '#compiler/index.js';

describe('a JSON text', () => {
  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"a":{"b":[{"c":1 ,\n"d":"}", "c"\t:2}]}}', 'c'],
    ['[{"x":1},{"":1,"y":{},"z":[],"":2}]', ''],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"\\\\":1,"\\"":2,"\\\\":3}', '\\'],
    ['{"a":"\\\\","b":"{","a":1}', 'a'],
  ])('%s has a name twice', (text, name) => {
    expect(() => parseJson(text)).toThrow(RepeatedName);
    expect(() => parseJson(text)).toThrow(`the name ${JSON.stringify(name)} twice`);
  });

  it.each([
    '{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}],"d":"\\"a\\":"}',
    '{"a":"a","b":["a","a"],"c":{"b":"c"}}',
    '["a","a"]',
    '{"\\\\":"\\\\\\"","x":"\\\\\\\\"}',
    '{}',
    '1',
  ])('%s has none', (text) => expect(parseJson(text)).toEqual(JSON.parse(text)));

  it('is read as JSON.parse reads it, whatever it is', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 4 }), fc.boolean(), (text, spaced) => {
      const given = spaced ? JSON.stringify(JSON.parse(text), null, 1) : text;
      expect(parseJson(given)).toEqual(JSON.parse(given));
    })); // prettier-ignore
    for (const text of ['', '{', '{"a":1,}', 'a', '{"a":1}}']) expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('may nest as deep as it is long', () => {
    const depth = 300_000;
    expect(() => parseJson(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).not.toThrow();
    expect(() => parseJson(`${'{"a":[{"b":1},'.repeat(depth)}{"c":1,"c":1}${']}'.repeat(depth)}`)).toThrow('"c" twice');
  });
});

it('graph.json with a name twice is refused with the name', () => {
  const text = '{"format":"inferproof-graph","version":3,"params":1,"params":2}';
  expect(() => decodeGraph(text)).toThrow('got the name "params" twice in one object');
});

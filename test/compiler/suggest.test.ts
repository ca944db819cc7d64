import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from '#compiler/suggest.js';

describe('did you mean', () => {
  it('measures insertions, deletions, substitutions and swaps', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('compile', 'comiple')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('abc', 'abc')).toBe(0);
  });

  it('names what is near, and nothing that is far', () => {
    const names = ['inspect', 'compile', 'run', 'check', 'compare'];
    expect(nearest('comple', names)).toBe('compile');
    expect(nearest('insp', names)).toBe('inspect');
    expect(nearest('RUN', names)).toBe('run');
    expect(nearest('zzzzzz', names)).toBeUndefined();
    expect(didYouMean('zzzzzz', names, 'commands')).toBe('commands: inspect, compile, run, check, compare');
  });
});

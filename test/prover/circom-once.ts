// circom, asked once for each text: a test that has many things to say about one circuit need not have it compiled each time.
import type { compileCircom } from '#prover/circom/compile.js';

/** The module with a compiler that remembers, for as long as the test file runs. Failures are not remembered. */
export function remembering<Module extends { readonly compileCircom: typeof compileCircom }>(real: Module): Module {
  const known = new Map<string, ReturnType<typeof compileCircom>>();
  return {
    ...real,
    compileCircom: (input, options) => {
      if (!('source' in input)) return real.compileCircom(input, options);
      const key = JSON.stringify([input.source, options]);
      const made = known.get(key) ?? real.compileCircom(input, options);
      known.set(key, made);
      made.catch(() => known.delete(key));
      return made;
    },
  };
}

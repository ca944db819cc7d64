// What this page needs of a browser and older ones lack: said before a key is loaded for nothing.

/** A function that makes a vector: a browser with SIMD holds it for valid. */
const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11); // prettier-ignore

/** docs/browser.md, index.html, build.ts and prover/kernel/web.ts say so too. */
export const BROWSERS = 'Chrome 110, Firefox 115, Safari 16.4 and later ones';

/** What the browser lacks, of what nothing works without. */
export function lacking(): string[] {
  const { WebAssembly, DecompressionStream } = globalThis as Partial<typeof globalThis>;
  const has = {
    'WebAssembly with SIMD': WebAssembly?.validate(SIMD) === true,
    DecompressionStream: DecompressionStream !== undefined,
    'Array.prototype.toSorted': 'toSorted' in Array.prototype,
  };
  return Object.entries(has).flatMap(([name, is]) => (is ? [] : [name]));
}

/** Behind "one thread proves": why it is one. */
export const whyOneThread = (): string =>
  !isSecureContext
    ? ', since this page is not from https'
    : !crossOriginIsolated
      ? ', since this page is not cross-origin isolated'
      : typeof SharedArrayBuffer === 'undefined'
        ? ', since this browser has no SharedArrayBuffer'
        : '';

// snarkjs as an engine: Node alone has it.
import type { Engine } from './engine.js';
import { asZkey } from './files/as-zkey.js';
import { binBytes, section, type BinFile } from './files/binfile.js';
import { isLookup, sectionOf } from './files/key.js';
import { sumOfFew } from './few.js';
import * as snarkjs from './snarkjs/index.js';

/**
 * @param file stays open as long as the engine; one of the lookup argument is written out as a zkey for each proof
 * @param stock the bytes of a plain key as they are, or its path
 */
export const stockEngine = (file: BinFile, stock: Uint8Array | string): Engine => ({
  backend: 'snarkjs',
  begun: () => Promise.resolve(),
  ready: () => Promise.resolve(),
  groth16: (witness, signal) => snarkjs.groth16Prove(isLookup(file) ? binBytes(asZkey(file)) : stock, witness, signal),
  basisSum: (scalars, signal) => snarkjs.multiExp(section(file, sectionOf(file, 'd')), scalars, signal),
  sumOfFew,
  holds: () => Promise.resolve(false), // the verifier tells
  close: () => Promise.resolve(),
});

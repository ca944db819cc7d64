// inferproof: everything that a program in Node needs, in one import. Browsers, and whoever wants the MIT-licensed part alone, import
// inferproof/compiler, /verifier, /verifier/plain, /verifier/lookup, /verifier/solidity, /files and /prover, whose forms for browsers
// export conditions choose: prover uses GPL packages in Node alone.
export * from './compiler/index.js';
export * from './files/index.js';
export * from './prover/index.js';
export * from './verifier/index.js';
export * from './verifier/solidity/index.js';

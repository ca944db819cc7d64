// Every command, in the order of the path of the data: the order of the help. What the overview says stands here, so that printing
// it loads none of them, and running one loads no other.
import type { Command } from '../command.js';
import { networkCommand } from '../network.js';

export interface Line {
  /** Its words behind the name, as help shows them: <needed> [optional]. */
  readonly words: string;
  readonly describe: string;
  readonly load: () => Promise<Command>;
}

export const COMMANDS: Readonly<Record<string, Line>> = {
  inspect: {
    words: '<model>',
    describe: 'what a model holds, what proving it would cost, and what cannot be proved',
    load: async () => (await import('./inspect.js')).inspectCommand,
  },
  compile: {
    words: '<model>',
    describe: 'compile a model to a circuit',
    load: async () => (await import('./compile.js')).compileCommand,
  },
  run: {
    words: '<dir>',
    describe: 'quantised inference, without a proof',
    load: async () => (await import('./run.js')).runCommand,
  },
  check: {
    words: '<dir>',
    describe: 'fill the witness and check every constraint; needs no keys',
    load: async () => (await import('./check.js')).checkCommand,
  },
  setup: {
    words: '<dir>',
    describe: 'make the keys of a compiled model',
    load: async () => (await import('./setup.js')).setupCommand,
  },
  ceremony: {
    words: '<action> <dir> [other] [log2]',
    describe: 'make keys that nobody alone can forge under',
    load: async () => (await import('./ceremony.js')).ceremonyCommand,
  },
  prove: {
    words: '<dir>',
    describe: 'prove the inference of one sample',
    load: async () => (await import('./prove.js')).proveCommand,
  },
  verify: {
    words: '<key> [proof]',
    describe: 'check a proof and print the outputs that it proves',
    load: async () => (await import('./verify.js')).verifyCommand,
  },
  'export-solidity': {
    words: '<key>',
    describe: 'write the Solidity contract that checks proofs',
    load: async () => (await import('./export-solidity.js')).exportSolidityCommand,
  },
  calldata: {
    words: '<key> [proof]',
    describe: "the ABI-encoded call of the exported contract's verify",
    load: async () => (await import('./calldata.js')).calldataCommand,
  },
  compare: {
    words: '<dir>',
    describe: 'float, integers and witness node by node; names the first divergence',
    load: async () => (await import('./compare.js')).compareCommand,
  },
  audit: {
    words: '<dir>',
    describe: 'is this circuit what that model compiles to; what is known of the key',
    load: async () => (await import('./audit.js')).auditCommand,
  },
  demo: {
    words: '',
    describe: 'the main job, start to finish, on an embedded example',
    load: async () => (await import('./demo.js')).demoCommand,
  },
  // of inferproof-network
  deploy: {
    words: '',
    describe: "put the network's contracts on a chain (network)",
    load: () => networkCommand('deploy'),
  },
  hub: {
    words: '<config>',
    describe: 'keep the files of models and serve them (network)',
    load: () => networkCommand('hub'),
  },
  publish: {
    words: '[dir]',
    describe: 'a compiled model to hubs, and its name to the chain (network)',
    load: () => networkCommand('publish'),
  },
  fetch: {
    words: '<model>',
    describe: 'a published model into a folder, every byte checked (network)',
    load: () => networkCommand('fetch'),
  },
  node: {
    words: '<config>',
    describe: 'answer for models, be paid, and prove what is asked or challenged (network)',
    load: () => networkCommand('node'),
  },
  infer: {
    words: '<model>',
    describe: 'ask the network for an answer, checked before it is shown (network)',
    load: () => networkCommand('infer'),
  },
  watch: {
    words: '[data]',
    describe: 'audit the answers that were kept, challenge and slash (network)',
    load: () => networkCommand('watch'),
  },
  network: {
    words: '',
    describe: 'all of it on this machine: a model hosted, answered for, proved, paid, a liar caught (network)',
    load: () => networkCommand('network'),
  },
  wallet: {
    words: '<action> [object]',
    describe: 'what an account holds in the market: stake, channels, balance (network)',
    load: () => networkCommand('wallet'),
  },
};

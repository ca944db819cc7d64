// Every command of the network, by name. The lines of the help stand in the toolkit's cli/commands/index.ts; each is loaded when it runs.
import type { Command } from 'inferproof/cli';

export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  deploy: async () => (await import('./deploy.js')).deployCommand,
  hub: async () => (await import('./hub.js')).hubCommand,
  publish: async () => (await import('./publish.js')).publishCommand,
  fetch: async () => (await import('./fetch.js')).fetchCommand,
  node: async () => (await import('./node.js')).nodeCommand,
  infer: async () => (await import('./infer.js')).inferCommand,
  watch: async () => (await import('./watch.js')).watchCommand,
  network: async () => (await import('./network.js')).networkCommand,
  wallet: async () => (await import('./wallet.js')).walletCommand,
};

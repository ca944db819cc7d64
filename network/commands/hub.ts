// hub: keeps blocks of models for whoever has a token, and serves them to everybody.
import { defineCommand, DONE, facts, text, usageError } from 'inferproof/cli';
import pino from 'pino';
import { addToken, readHubConfig } from '../hub/config.js';
import { serveHub } from '../hub/serve.js';

const GIB = 2 ** 30;

export const hubCommand = defineCommand({
  name: 'hub',
  positionals: { config: 'configuration, hub.json' },
  options: {
    'new-token': text('adds a token of that name to hub.json, prints its secret once, and ends'),
    quota: text('GiB that the new token may hold (default 4)'),
    mirror: text('URL of a hub whose models are copied here, beside those of hub.json; wants rpc there'),
  },
  run: async ({ config: path, quota, mirror, 'new-token': name }, output) => {
    if (name !== undefined) {
      const gib = quota === undefined ? 4 : Number(quota);
      if (!(gib > 0 && gib <= 2 ** 20))
        throw usageError(`expected a number of GiB, got '${quota}'`, undefined, '--quota');
      const token = await addToken(path, name, Math.floor(gib * GIB));
      output.result({ name, token }, () => [token]);
      return DONE;
    }
    if (quota !== undefined) throw usageError('expected --new-token NAME beside --quota, got none');
    const config = await readHubConfig(path);
    const log = pino({ base: null }, pino.destination(2));
    const all = { ...config, mirror: [...config.mirror, ...(mirror === undefined ? [] : [mirror])] };
    if (all.mirror.length > 0 && all.rpc.length === 0)
      throw usageError(
        'expected rpc in hub.json beside --mirror, got none',
        'the chain says which models are copied',
        path,
      );
    const hub = await serveHub(all, (event) => (output.quiet ? undefined : log.info(event)));
    output.result({ url: hub.url }, () => facts([['hub', hub.url]]));
    // until a signal ends it
    return new Promise(() => undefined);
  },
});

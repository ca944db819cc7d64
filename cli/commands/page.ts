// page: a page that proves in the browser what a model says, served on this machine or written for a static server.
import { once } from 'node:events';
import { join } from 'node:path';
import { circuitInputs } from '../../compiler/circuit/index.js';
import { FILES, provingKeyPath, readCircuit, readDataSet, readKey, readReading, refuseOtherCircuit } from '../../files/index.js'; // prettier-ignore
import { defineCommand } from '../command.js';
import { readReadingFlags } from '../data.js';
import { DONE } from '../errors.js';
import { READING, readNumber, text } from '../options.js';
import { bytes } from '../text.js';
import { DEV_KEY } from '../warnings.js';

export const pageCommand = defineCommand({
  name: 'page',
  positionals: { dir: 'folder of a compiled model with keys, DIR' },
  options: {
    input: text('samples to choose from on the page, the first 20 of this data'),
    output: {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      describe: 'folder to write the page to, for any static server that sends the headers in its _headers',
    },
    port: text('port to serve the page at on this machine (default: any that is free)'),
    ...READING,
  },
  run: async (args, output) => {
    const { dir } = args;
    const port = readNumber(args.port, '--port', { lo: 0, hi: 65535, whole: true }) ?? 0;
    const circuit = await readCircuit(dir);
    const vkey = await readKey(dir);
    await refuseOtherCircuit(circuit, vkey, join(dir, FILES.vkey));
    const provingKey = await provingKeyPath(dir);
    const reading = { ...(await readReading(dir)), ...readReadingFlags(args) };
    const data =
      args.input === undefined
        ? null
        : await readDataSet(args.input, circuitInputs(circuit), { ...reading, ifThere: true });
    if (data?.note !== undefined) output.note(data.note);
    if (vkey.insecure) output.warn(DEV_KEY);
    output.note('whoever gets this page gets the model: its weights are in circuit.json and proving.key');
    const { siteOf, writeSite } = await import('../page/site.js');
    const site = await siteOf({ dir, circuit, vkey, provingKey, reading, samples: data?.samples ?? null });
    if (args.output !== undefined) {
      await writeSite(site, args.output);
      const { size } = await (await import('node:fs/promises')).stat(provingKey);
      output.result({ folder: args.output, files: site.size + 1 }, () => [
        `${args.output ?? ''}: a page of ${site.size + 1} files, ${bytes(size)} of them the proving key`,
      ]);
      return DONE;
    }
    const { serveSite } = await import('../page/serve.js');
    const { url, server } = await serveSite(site, port);
    output.result({ url }, () => [url]);
    output.note('serving until it is stopped (Ctrl-C)');
    await once(server, 'close');
    return DONE;
  },
});

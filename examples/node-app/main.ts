// The service for the digit models: keeps a tally of the digits that were proved. After `npm run build:examples`:
//
//   node dist/examples/node-app/main.js VKEY.json [--allow-insecure-key]        PORT is 8080 unless set
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { largest } from '../common.js';
import { createService } from './service.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'allow-insecure-key': { type: 'boolean', default: false } },
});
if (positionals.length !== 1) {
  console.error('usage: node dist/examples/node-app/main.js VKEY.json [--allow-insecure-key]');
  process.exit(2);
}

const tally = new Array<number>(10).fill(0);
const service = createService({
  vkey: JSON.parse(readFileSync(positionals[0], 'utf8')) as unknown,
  allowInsecureKey: values['allow-insecure-key'],
  act({ output }) {
    const digit = largest(output.floats);
    tally[digit]++;
    return { digit, tally };
  },
});
const port = Number(process.env.PORT ?? 8080);
service.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}`));

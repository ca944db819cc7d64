// A source of blocks that does what it is told with each, on a port of its own; what it was asked for is kept.
import { createServer, type ServerResponse } from 'node:http';
import { serving } from './serving.js';

export type Manner = (answer: ServerResponse, block: Uint8Array) => void;

export const MANNERS = {
  honest: (answer, block) => answer.end(block),
  'a byte flipped': (answer, block) => answer.end(block.map((byte, i) => (i === 7 ? byte ^ 1 : byte))),
  'a block cut': (answer, block) => answer.end(block.subarray(1)),
  'a longer block': (answer, block) => answer.end(Buffer.concat([block, Buffer.of(0)])),
  'another block': (answer) => answer.end('something else'),
  'an empty block': (answer) => answer.end(),
  'a stream without end': (answer) => {
    const more = () => {
      while (!answer.destroyed && answer.write(Buffer.alloc(65_536)));
    };
    answer.on('drain', more);
    more();
  },
  'half a block, and then nothing': (answer, block) => answer.write(block.subarray(0, block.length >> 1)),
  'a redirect': (answer) => answer.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  'an error': (answer) => answer.writeHead(500).end(),
  'a status without a body': (answer, block) => answer.writeHead(205).end(block),
  'a status that is none': (answer, block) => answer.writeHead(999).end(block),
  'a connection cut': (answer, block) => {
    answer.writeHead(200, { 'content-length': String(block.length) });
    answer.write(block.subarray(0, block.length >> 1), () => answer.destroy());
  },
} as const satisfies Record<string, Manner>;

/** @param blocks by CID */
export async function source(blocks: ReadonlyMap<string, Uint8Array>, manner: (cid: string) => Manner) {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    const cid = /^\/ipfs\/(\w+)\?/.exec(request.url ?? '')?.[1] ?? '';
    asked.push(cid);
    const block = blocks.get(cid);
    if (block === undefined) answer.writeHead(404).end();
    else manner(cid)(answer, block);
  });
  return { ...(await serving(server)), asked };
}

// Whether a proof fits into the memory that the kernel can address. Nearly all of it follows from the key, so it is known before a
// thread is started or a wire is filled.
import { isPowerOfTwo } from '../../compiler/circuit/domain.js';
import { FIELD_BYTES } from '../../compiler/circuit/field.js';
import { InferproofError } from '../../verifier/errors.js';
import { sectionLength, type BinFile } from '../files/binfile.js';
import { isLookup, keyShape } from '../files/key.js';
import { PART } from '../files/lookup-key.js';
import { SECTION } from '../files/zkey.js';
import { MAX_PAGES, PAGE } from './machine.js';
import { ELEMENT, PAIR, SCALAR } from './quotient.js';
import { GROUPS, windowBits, windows } from './sums.js';

const MOST = MAX_PAGES * PAGE;

/** Throws 'resource' for a key whose proofs cannot fit. */
export function refuseTooLarge(key: BinFile): void {
  const bytes = leastRoom(key);
  if (bytes <= MOST) return;
  const { domain } = keyShape(key);
  throw new InferproofError(
    'resource',
    `expected a proof in the ${MOST / 2 ** 20} MiB that the kernel can address, got one of ${domain} rows, which takes ${Math.ceil(bytes / 2 ** 20)} at least`,
    {
      where: 'proving.key',
      hint: `use a smaller model or input${isPowerOfTwo(domain) ? ', or let snarkjs prove (--prover snarkjs)' : ''}`,
    },
  );
}

/** Bytes of the machine's memory that a proof takes, but for what its witness and its threads add. Throws 'format'. */
export function leastRoom(key: BinFile): number {
  const { domain, nWires } = keyShape(key);
  const place = isPowerOfTwo(domain) ? domain : domain / 3;
  const tables = ELEMENT * (domain + 1.5 * place + (place === domain ? 0 : 2 * place));
  const terms = (isLookup(key) ? [PART.starts, PART.termWires, PART.termValues, PART.values] : [SECTION.coefficients])
    .map((id) => sectionLength(key, id))
    .reduce((a, b) => a + b);
  const quotient = FIELD_BYTES * nWires + terms + 3 * (domain / 2) * PAIR;
  const { prepared, halves } = GROUPS.G1;
  const sum = (prepared + 2 * halves * windows('G1', windowBits('G1', domain))) * domain;
  return tables + SCALAR * domain + Math.max(quotient, sum);
}

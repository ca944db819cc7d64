// The integers of public tensors from their words, by the layout of words.ts: the function `decode` of a contract, and the pieces that
// a library shares with it.
import type { VerificationKey } from '../key.js';
import { elementCount, wordCount, type PublicTensor } from '../words.js';

/** What `encoding` of a tensor says of its integers. */
export const ORDER = 'bits + 2^31 where x >= 0, else 2^32 - 1 - bits';

/** A line for each tensor: `call`, its first word, first value, number of values, and layout. */
export function tensorCalls(publics: readonly PublicTensor[], call: string): string {
  let word = 0;
  let value = 0;
  const calls = publics.map((tensor) => {
    const { lo, hi, bits } = tensor;
    const count = elementCount(tensor);
    const span = BigInt(hi) - BigInt(lo);
    const line = `    ${call}, ${word}, ${value}, ${count}, ${bits}, ${lo}, ${span});`;
    word += wordCount(tensor);
    value += count;
    return line;
  });
  return calls.join('\n');
}

export function decodeFunctions({ publics }: Pick<VerificationKey, 'publics'>): string {
  const words = publics.reduce((n, tensor) => n + wordCount(tensor), 0);
  const values = publics.reduce((n, tensor) => n + elementCount(tensor), 0);
  const ordered = publics.flatMap(({ encoding }, i) => (encoding ? [i] : []));
  const strings = publics.flatMap(({ labels }, i) => (labels?.axis === null ? [i] : []));
  const say = (tensors: readonly number[], what: string): string =>
    tensors.length === 0 ? '' : `\n  ///         Those of tensor ${tensors.join(', ')} (from 0) are ${what}.`;
  const note =
    say(ordered, `float32 numbers in their order: ${ORDER}`) +
    say(strings, 'places in the list of labels that the verification key has for it');
  const doc = `  /// @notice The integers of all public tensors, row-major, inputs first; real = scale * (integer - zero point).${note}
  /// @dev Reverts with WordCount or WordRange for words that no valid proof can have; says nothing about a proof.
  function decode(uint256[] calldata words) external pure returns (int256[] memory values) {
    if (words.length != ${words}) revert WordCount(${words});
    values = new int256[](${values});
${tensorCalls(publics, 'unpack(words, values')}
  }`;
  const errors = `  /// @notice decode: another number of words.
  error WordCount(uint256 expected);
  /// @notice decode: a chunk above its tensor's range, or bits beyond the last chunk.
  error WordRange(uint256 index);

`;
  return errors + doc + (publics.length ? unpackFunction('calldata') : '');
}

/** @param place where the words are */
export const unpackFunction = (place: 'calldata' | 'memory'): string => `

  /// @dev A tensor's words hold floor(248 / bits) chunks each, the first in the lowest bits: integer - lo, at most span.
  function unpack(
    uint256[] ${place} words,
    int256[] memory values,
    uint256 word,
    uint256 next,
    uint256 count,
    uint256 bits,
    int256 lo,
    uint256 span
  ) private pure {
    unchecked {
      for (uint256 end = next + count; next < end; word++) {
        uint256 rest = words[word];
        for (uint256 i = 248 / bits; i > 0 && next < end; i--) {
          uint256 chunk = rest & ((1 << bits) - 1);
          if (chunk > span) revert WordRange(word);
          values[next++] = lo + int256(chunk);
          rest >>= bits;
        }
        if (rest != 0) revert WordRange(word);
      }
    }
  }`;

// The library of one lookup key: its digest, and its words from integers and back, for contracts that ask for proved answers and act
// on them. It checks no proof: who calls it has a contract that does.
import { toHex } from '../field.js';
import { parseLookupKey, publicWordCount } from '../key.js';
import { vkDigest } from '../transcript.js';
import { innerSize } from '../functions.js';
import { elementCount, type PublicTensor } from '../words.js';
import { ORDER, tensorCalls, unpackFunction } from './decode.js';
import { identifier, WARNING } from './frame.js';

/**
 * Solidity source (MIT, ^0.8.20) of a library with MODEL_ID (the key's digest), INPUT_WORDS, OUTPUT_WORDS, INSECURE,
 * encode(int256[] inputs) and decode(uint256[] outputWords): integers row-major, tensors in the key's order.
 * @param options name of the library, 'Model' by default
 * Throws InferproofError 'format' for a malformed key and for a plain one, which has no digest; 'usage' for a name that is none.
 * @example
 * ```ts
 * await writeFileAtomic('Digits.sol', solidityLibrary(vkey, { name: 'Digits' }));
 * ```
 */
export function solidityLibrary(
  vkey: unknown,
  { name = 'Model' }: { readonly name?: string | undefined } = {},
): string {
  const key = parseLookupKey(vkey);
  const [inputs, outputs] = (['input', 'output'] as const).map((role) => key.publics.filter((t) => t.role === role));
  const [taken, given] = [inputs, outputs].map(total);
  const [inputWords, outputWords] = [inputs, outputs].map((publics) => publicWordCount({ publics }));
  return `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

// Public tensors: real = scale * (integer - zero).
${key.publics.map(described).join('\n') || '// none'}

/// @title Public words of one model, lookup argument of inferproof
/// @dev Written by inferproof for one verification key. It checks no proof: act on words only where a contract did.
${key.insecure ? WARNING : ''}library ${identifier(name, 'library')} {
  /// @notice Digest of the verification key: what a registry and the universal verifier know the model by.
  bytes32 internal constant MODEL_ID = ${toHex(vkDigest(key))};
  /// @notice Words that stand for the inputs, and behind them for the outputs.
  uint256 internal constant INPUT_WORDS = ${inputWords};
  uint256 internal constant OUTPUT_WORDS = ${outputWords};
  /// @notice Whether the key is a development key.
  bool internal constant INSECURE = ${key.insecure};

  /// @notice encode: another number of integers.
  error ValueCount(uint256 expected);
  /// @notice encode: an integer outside its tensor's range, or its column's.
  error ValueRange(uint256 index);
  /// @notice decode: another number of words.
  error WordCount(uint256 expected);
  /// @notice decode: a chunk above its tensor's range, or bits beyond the last chunk.
  error WordRange(uint256 index);

  /// @notice The input words of the integers of all inputs. Reverts with ValueCount or ValueRange.
  function encode(int256[] memory inputs) internal pure returns (uint256[] memory words) {
    if (inputs.length != ${taken}) revert ValueCount(${taken});
    words = new uint256[](${inputWords});
${columnCalls(inputs)}${tensorCalls(inputs, 'pack(inputs, words')}
  }

  /// @notice The integers of all outputs. Reverts with WordCount or WordRange for words that no valid proof can have.
  function decode(uint256[] memory outputWords) internal pure returns (int256[] memory values) {
    if (outputWords.length != ${outputWords}) revert WordCount(${outputWords});
    values = new int256[](${given});
${tensorCalls(outputs, 'unpack(outputWords, values')}
  }${inputs.length ? PACK : ''}${inputs.some(({ columns }) => columns) ? HOLD : ''}${outputs.length ? unpackFunction('memory') : ''}
}
`;
}

/** A line for each column that has a range of its own. */
function columnCalls(inputs: readonly PublicTensor[]): string {
  let first = 0;
  const calls = inputs.flatMap((tensor) => {
    const { shape, columns } = tensor;
    const [from, end] = [first, (first += elementCount(tensor))];
    if (!columns) return [];
    const { axis, ends } = columns;
    const run = innerSize(shape, axis);
    return ends.map(([lo, hi], c) => `    hold(inputs, ${from + c * run}, ${end}, ${run}, ${ends.length * run}, ${lo}, ${hi});\n`); // prettier-ignore
  });
  return calls.join('');
}

const total = (publics: readonly PublicTensor[]): number => publics.reduce((n, tensor) => n + elementCount(tensor), 0);

/** A list of more numbers is left to vkey.json. */
const SHOWN = 16;

/** A line of comment; names are written sign by sign, for they may hold anything. */
function described({ name, role, shape, lo, hi, scale, zero, axis, encoding, labels, columns }: PublicTensor): string {
  const plain = JSON.stringify(name).replace(
    /[^ -~]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const real = (label: string, v: number | readonly number[]): string =>
    typeof v === 'number' || v.length <= SHOWN
      ? `${label} ${JSON.stringify(v)}`
      : `${label} of ${v.length} in vkey.json`;
  const along = axis === null ? '' : ` along axis ${axis}`;
  const reals = encoding
    ? `float32 numbers in their order: ${ORDER}`
    : labels?.axis === null
      ? 'places in its list of labels in vkey.json'
      : `${real('scale', scale)}, ${real('zero', zero)}${along}`;
  const own = columns ? `, each column along axis ${columns.axis} in a range of its own` : '';
  return `//   ${role} ${plain}, shape ${JSON.stringify(shape)}, integers in [${lo}, ${hi}]${own}: ${reals}`;
}

const HOLD = `

  /// @dev Runs of values, one in every step from next on, are in lo ... hi.
  function hold(
    int256[] memory values,
    uint256 next,
    uint256 end,
    uint256 run,
    uint256 step,
    int256 lo,
    int256 hi
  ) private pure {
    unchecked {
      for (; next < end; next += step)
        for (uint256 i = next; i < next + run; i++) if (values[i] < lo || values[i] > hi) revert ValueRange(i);
    }
  }`;

const PACK = `

  /// @dev What unpack reads.
  function pack(
    int256[] memory values,
    uint256[] memory words,
    uint256 word,
    uint256 next,
    uint256 count,
    uint256 bits,
    int256 lo,
    uint256 span
  ) private pure {
    unchecked {
      for (uint256 end = next + count; next < end; word++) {
        for (uint256 i = 0; i < 248 / bits && next < end; i++) {
          // what lies below lo wraps around to far above span; the difference of two int256 is exact modulo 2^256
          uint256 chunk = uint256(values[next]) - uint256(lo);
          if (chunk > span) revert ValueRange(next);
          words[word] |= chunk << (bits * i);
          next++;
        }
      }
    }
  }`;

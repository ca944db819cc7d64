// The contract of one plain key: ordinary Groth16 with the context as first public signal,
//   e(-A, B)·e(alpha, beta)·e(IC_0 + signal·IC_1 + Σ word_i·IC_{i+2}, G2)·e(C, delta) = 1.
import { InferproofError } from '../errors.js';
import { publicWordCount, type PlainKey } from '../key.js';
import { G2_BASE } from '../points.js';
import {
  FIELDS,
  FUNCTIONS,
  GAS_ERROR,
  g1Words,
  g2Words,
  neededGas,
  pairingLines,
  refuseInfinity,
  REVERTS,
  store,
} from './assembly.js';
import { hex32, STORE_NEGATED_A } from './assembly.js';
import { decodeFunctions } from './decode.js';

/** A term is 90 bytes of code; EIP-170 allows 24,576. */
const MOST_WORDS = 220;

export const plainGas = (n: number): number => neededGas(4, n + 1, 4000 + 600 * n);

export function plainBody(key: PlainKey): string {
  const n = publicWordCount(key);
  if (n > MOST_WORDS)
    throw new InferproofError('unsupported', `expected at most ${MOST_WORDS} public words in plain, got ${n}`, {
      hint: 'compile with --argument lookup, whose contract does not grow, or with fewer public values',
    });
  const { alpha, beta, delta, ic } = key;
  // no constant is an argument of term: viaIR would write a copy of the function for each
  const term = (i: number, scalar: string): string => `mstore(x, ${hex32(ic[i][0])})
      mstore(y, ${hex32(ic[i][1])})
      term(x, ${scalar}, acc)`;
  const terms = Array.from({ length: n }, (_, i) => term(i + 2, `calldataload(add(words.offset, ${32 * i}))`));
  return `${FIELDS}
  /// @notice Identity of the circuit.
  bytes32 public constant CIRCUIT = 0x${key.circuit};

${GAS_ERROR}

  /// @notice Whether the proof shows that the model computed these words, for this context.
  /// @dev True exactly for a valid proof. False for another number of words, a word not below R, a coordinate not below Q,
  /// a point at infinity or off its curve, B outside the subgroup, and for every proof of something else: other words,
  /// another context, key or circuit. ${REVERTS}
  /// @param context 32 bytes that the proof was made for; 0 when it is free-standing. The first public signal is 0 for 0,
  /// else keccak256(context) >> 8.
  /// @param words Public words, inputs in graph order, then outputs; see decode.
  /// @param proof A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y
  function verify(bytes32 context, uint256[] calldata words, uint256[8] calldata proof) external view returns (bool) {
    if (gasleft() < ${plainGas(n)}) revert GasTooLow(${plainGas(n)});
    assembly ("memory-safe") {
      ${FUNCTIONS}
      function term(p, s, acc) {
        if iszero(lt(s, R)) { reject() }
        addProduct(p, s, acc)
      }
      let m := mload(0x40)
      if iszero(eq(words.length, ${n})) { reject() }
      ${refuseInfinity('proof')}
      ${refuseInfinity('add(proof, 192)')}
      ${STORE_NEGATED_A}
      ${store(192, [...g1Words(alpha), ...g2Words(beta)])}
      ${store(384, [...g1Words(ic[0]), ...g2Words(G2_BASE)])}
      calldatacopy(add(m, 576), add(proof, 192), 64)
      ${store(640, g2Words(delta))}
      mstore(0, context)
      let x := add(m, 768)
      let y := add(m, 800)
      let acc := add(m, 384)
      ${term(1, 'mul(shr(8, keccak256(0, 32)), iszero(iszero(context)))')}
      ${terms.join('\n      ')}
      ${pairingLines(4)}
    }
  }

${decodeFunctions(key)}`;
}

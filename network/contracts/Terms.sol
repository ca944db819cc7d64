// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ModelRegistry} from "./ModelRegistry.sol";

/// @title What all parts of the market share: four numbers fixed at deployment, one domain of signatures, states and errors
abstract contract Terms is EIP712 {
  /// @notice Of a request: asked, paid, refunded. Of a challenge: made, proved, slashed.
  enum State {
    None,
    Open,
    Done,
    Expired
  }

  uint64 private constant LEAST_SECONDS = 60;

  /// @notice The models that can be asked for.
  ModelRegistry public immutable registry;
  /// @notice Seconds that a receipt may bind for, and that an exit takes.
  uint64 public immutable window;
  /// @notice Seconds that a node has to answer a challenge.
  uint64 public immutable proofTime;
  /// @notice The least price of a challenge, wei.
  uint96 public immutable challengeFloor;

  /// @notice No such model is registered.
  error UnknownModel();
  /// @notice 2^96 wei or more; a deadline that has passed; no input, or one that leaves no word for an output; a time below a minute.
  error BadRequest();
  /// @notice Not in the state that the call is for, but in this one.
  error NotOpen(State state);
  error TooLate();
  error TooEarly();
  /// @notice Not the input that was asked with.
  error OtherInput();
  /// @notice The proof does not hold for these words and this context.
  error NotProved();
  /// @notice Not a signature of that account, or not in its one form (65 bytes, low s).
  error BadSignature();

  /// @dev Reverts with BadRequest for a time below 60 seconds.
  constructor(ModelRegistry registry_, uint64 window_, uint64 proofTime_, uint96 challengeFloor_) {
    if (window_ < LEAST_SECONDS || proofTime_ < LEAST_SECONDS) revert BadRequest();
    (registry, window, proofTime, challengeFloor) = (registry_, window_, proofTime_, challengeFloor_);
  }

  /// @dev The ether of this call; all amounts are 96 bits wide.
  function received() internal view returns (uint96) {
    if (msg.value > type(uint96).max) revert BadRequest();
    return uint96(msg.value);
  }

  function hashOf(uint256[] calldata words) internal pure returns (bytes32) {
    return keccak256(abi.encodePacked(words));
  }

  /// @dev Whether the first `count` words are those of the hash.
  function startsWith(uint256[] calldata words, uint256 count, bytes32 hash) internal pure returns (bool) {
    return words.length >= count && hashOf(words[:count]) == hash;
  }

  /// @dev A contract's signature (ERC-1271) is none: it could be taken back after the promise.
  function requireSigned(address signer, bytes32 digest, bytes calldata signature) internal pure {
    (address recovered, ECDSA.RecoverError fault, ) = ECDSA.tryRecover(digest, signature);
    if (fault != ECDSA.RecoverError.NoError || recovered != signer) revert BadSignature();
  }
}

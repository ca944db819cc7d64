// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Channels} from "./Channels.sol";
import {ModelRegistry} from "./ModelRegistry.sol";
import {Receipts} from "./Receipts.sol";
import {Requests} from "./Requests.sol";
import {Terms} from "./Terms.sol";

/// @title Proved answers, promised answers and payment for both
/// @notice Nobody owns it: no pause, no upgrade, no fee. At any time its ether is the sum of all balances, stakes, payments of open
/// requests, prices of open challenges and funds of channels, and of what was forced into it.
contract InferenceMarket is Requests, Receipts, Channels {
  /// @dev Reverts with BadRequest for a time below 60 seconds.
  /// @param registry_ the models that can be asked for
  /// @param window_ seconds that a receipt may bind for, and that an exit takes
  /// @param proofTime_ seconds to answer a challenge
  /// @param challengeFloor_ the least price of a challenge, wei
  constructor(
    ModelRegistry registry_,
    uint64 window_,
    uint64 proofTime_,
    uint96 challengeFloor_
  ) EIP712("inferproof", "1") Terms(registry_, window_, proofTime_, challengeFloor_) {}
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InferenceMarket} from "./InferenceMarket.sol";
import {IInferenceConsumer, Requests} from "./Requests.sol";
import {Terms} from "./Terms.sol";

/// @title Base of a contract that asks for proved answers and acts on them
/// @dev Make input words and read output words by the library of the model: inferproof export-solidity DIR --library.
abstract contract InferenceConsumer is IInferenceConsumer {
  /// @notice Whose answers it believes.
  InferenceMarket public immutable market;
  uint256 private nonce;

  /// @notice Only the market brings answers.
  error NotTheMarket();
  /// @notice The request is another's.
  error NotOurs();

  constructor(InferenceMarket market_) {
    market = market_;
  }

  /// @dev Payments that nobody earned come back by withdrawal.
  receive() external payable virtual {}

  /// @notice Told of a proved answer by the market.
  /// @dev Reverts with NotTheMarket, and as _onInference does: the market pays the prover all the same.
  function onInference(bytes32 id, uint256[] calldata outputs) external {
    if (msg.sender != address(market)) revert NotTheMarket();
    _onInference(id, outputs);
  }

  /// @dev Acts on the answer to the request `id`, within the gas that _infer gave it. It may come in any order, and not at all.
  function _onInference(bytes32 id, uint256[] calldata outputs) internal virtual;

  /// @dev Asks whoever is first, and pays from this contract's ether. Reverts as `request` does.
  /// @param duration seconds that the payment waits for a proof
  /// @param callbackGas gas for _onInference and the check in front of it
  function _infer(
    bytes32 modelId,
    uint256[] memory input,
    uint96 payment,
    uint64 duration,
    uint32 callbackGas
  ) internal returns (bytes32 id) {
    uint64 deadline = uint64(block.timestamp) + duration;
    return market.request{value: payment}(modelId, input, address(0), deadline, callbackGas, nonce++);
  }

  /// @dev Brings the payment of an own request that nobody proved to this contract. It does so as often as it is called: note who gets it,
  /// and give it once. Others may have had it refunded, and the refund of one brings those of all. Reverts with NotOurs, with NotOpen where
  /// somebody earned it, with TooEarly before its deadline.
  function _refund(Requests.Request calldata r) internal {
    if (r.client != address(this)) revert NotOurs();
    Terms.State state = market.requests(market.requestId(r));
    if (state == Terms.State.Open) market.refund(r);
    else if (state != Terms.State.Expired) revert Terms.NotOpen(state);
    if (market.balanceOf(address(this)) > 0) market.withdraw(payable(address(this)));
  }
}

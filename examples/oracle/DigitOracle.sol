// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InferenceConsumer} from "inferproof-network/contracts/InferenceConsumer.sol";
import {InferenceMarket} from "inferproof-network/contracts/InferenceMarket.sol";
import {Requests} from "inferproof-network/contracts/Requests.sol";
import {Digits} from "./Digits.sol";

/// @title Reads hand-written digits by a proved model, and acts on what it reads: whoever shows the digit that opens it gets what is in it
/// @dev An example to learn from: it has not been audited. Digits.sol is what `inferproof export-solidity DIR --library` writes.
contract DigitOracle is InferenceConsumer {
  /// @dev Seconds that a payment waits for a proof, and gas for _onInference.
  uint64 private constant PATIENCE = 10 minutes;
  uint32 private constant CALLBACK_GAS = 100_000;

  /// @notice The digit that opens it.
  uint256 public immutable key;
  /// @notice What whoever opens it gets, wei; 0: somebody has.
  uint256 public prize;
  /// @notice Who asked, by request: nobody else can act on the answer, and an answer counts once.
  mapping(bytes32 id => address) public asker;
  /// @notice What people may withdraw, wei.
  mapping(address => uint256) public due;

  event Asked(bytes32 indexed id, address indexed asker);
  event Read(bytes32 indexed id, address indexed asker, uint256 digit, bool opened);

  /// @notice Nobody asked this, or the answer was there.
  error NotAsked();
  /// @notice There is nothing to withdraw.
  error NothingDue();

  constructor(InferenceMarket market_, uint256 key_) payable InferenceConsumer(market_) {
    (key, prize) = (key_, msg.value);
  }

  /// @notice Has a picture read; the ether that comes along pays whoever proves the answer first.
  /// @param pixels the integers of the model's input, row-major: round(pixel / scale + zero), by Digits.sol's comments
  function ask(int256[] calldata pixels) external payable returns (bytes32 id) {
    id = _infer(Digits.MODEL_ID, Digits.encode(pixels), uint96(msg.value), PATIENCE, CALLBACK_GAS);
    asker[id] = msg.sender;
    emit Asked(id, msg.sender);
  }

  /// @dev Called by the market alone, with outputs that were proved for this request.
  function _onInference(bytes32 id, uint256[] calldata outputs) internal override {
    address who = asker[id];
    if (who == address(0)) revert NotAsked();
    delete asker[id];
    uint256 digit = largest(Digits.decode(outputs));
    bool opened = digit == key && prize > 0;
    if (opened) {
      due[who] += prize;
      prize = 0;
    }
    emit Read(id, who, digit, opened);
  }

  /// @notice After the deadline, when nobody proved an answer: the payment goes back to who asked.
  function takeBack(Requests.Request calldata request) external {
    bytes32 id = market.requestId(request);
    address who = asker[id];
    if (who == address(0)) revert NotAsked();
    delete asker[id];
    _refund(request); // reverts where it was answered, or still may be
    due[who] += request.payment;
  }

  function withdraw() external {
    uint256 amount = due[msg.sender];
    if (amount == 0) revert NothingDue();
    due[msg.sender] = 0;
    (bool done, ) = msg.sender.call{value: amount}("");
    require(done);
  }

  /// @dev Index of the largest, the first of equals.
  function largest(int256[] memory values) private pure returns (uint256 at) {
    for (uint256 i = 1; i < values.length; i++) if (values[i] > values[at]) at = i;
  }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ledger} from "./Ledger.sol";
import {Terms} from "./Terms.sol";

/// @title What a client that is a contract implements; InferenceConsumer.sol has the rest
interface IInferenceConsumer {
  /// @notice Told of a proved answer. Check that the sender is the market.
  function onInference(bytes32 id, uint256[] calldata outputs) external;
}

/// @title Money that waits for a proof
/// @notice A request says which model, which input and how much. Whoever proves it first is paid; a proof names its payee, so it is of
/// no use to who copies it.
abstract contract Requests is Terms, Ledger {
  /// @dev node 0: whoever is first. inputHash: keccak256 of the input words. Times in seconds of block time.
  struct Request {
    address client;
    bytes32 modelId;
    bytes32 inputHash;
    uint16 inputWords;
    address node;
    uint96 payment;
    uint64 deadline;
    uint32 callbackGas;
    uint256 nonce;
  }

  bytes32 private constant REQUEST =
    keccak256(
      "Request(address client,bytes32 modelId,bytes32 inputHash,uint16 inputWords,address node,uint96 payment,uint64 deadline,uint32 callbackGas,uint256 nonce)"
    );
  /// @dev Left for the call itself and the event of its failure.
  uint256 private constant AROUND_CALLBACK = 5_000;

  /// @notice State of a request.
  mapping(bytes32 id => State) public requests;

  event Requested(
    bytes32 indexed id,
    bytes32 indexed modelId,
    address indexed node,
    Request request,
    uint256[] input
  );
  event Settled(bytes32 indexed id, address indexed payee, uint256[] outputs);
  event CallbackFailed(bytes32 indexed id);
  event Refunded(bytes32 indexed id);

  /// @notice The request names another node as its payee.
  error WrongNode();
  /// @notice Too little gas to give the callback what was promised.
  error GasTooLow();

  /// @notice Asks for a proved answer and pays in what it is worth. The input becomes public.
  /// @dev Reverts with BadRequest (deadline, value, no input), UnknownModel, BadRequest (as many words as proofs of the model have, or
  /// more), NotOpen (this request was made before: choose another nonce).
  /// @param input the input words, all of them: those that are missing here the prover would choose
  /// @param node who is to be paid; 0 for whoever is first
  /// @param callbackGas gas that the sender's onInference gets; 0: it is not called
  function request(
    bytes32 modelId,
    uint256[] calldata input,
    address node,
    uint64 deadline,
    uint32 callbackGas,
    uint256 nonce
  ) external payable returns (bytes32 id) {
    if (deadline < block.timestamp) revert BadRequest();
    uint96 payment = received();
    if (input.length == 0) revert BadRequest();
    uint256 words = registry.wordsOf(modelId); // below 2^16
    if (words == 0) revert UnknownModel();
    if (input.length >= words) revert BadRequest();
    Request memory r = Request({
      client: msg.sender,
      modelId: modelId,
      inputHash: hashOf(input),
      inputWords: uint16(input.length),
      node: node,
      payment: payment,
      deadline: deadline,
      callbackGas: callbackGas,
      nonce: nonce
    });
    id = digestOf(r);
    if (requests[id] != State.None) revert NotOpen(requests[id]);
    requests[id] = State.Open;
    emit Requested(id, modelId, node, r, input);
  }

  /// @notice Pays for a proof. Anyone may send it; the payee that its context names is paid.
  /// @dev The proof's context is keccak256(abi.encode(id, payee)). Reverts with NotOpen, TooLate, WrongNode, OtherInput, NotProved,
  /// GasTooLow; and as the verifier does where gas is short. What the callback does changes nothing of it: money and state stand before.
  function settle(
    Request calldata r,
    address payee,
    uint256[] calldata words,
    uint256[10] calldata proof
  ) external {
    bytes32 id = digestOf(r);
    requireOpen(id);
    if (block.timestamp > r.deadline) revert TooLate();
    if (r.node != address(0) && r.node != payee) revert WrongNode();
    if (!startsWith(words, r.inputWords, r.inputHash)) revert OtherInput();
    if (!registry.verify(r.modelId, keccak256(abi.encode(id, payee)), words, proof)) revert NotProved();
    requests[id] = State.Done;
    balanceOf[payee] += r.payment;
    uint256[] calldata outputs = words[r.inputWords:];
    emit Settled(id, payee, outputs);
    if (r.callbackGas > 0) tell(id, r.client, r.callbackGas, outputs);
  }

  /// @notice Gives the payment back to the client when nobody proved the answer in time. Anyone may send it.
  /// @dev Reverts with NotOpen, TooEarly.
  function refund(Request calldata r) external {
    bytes32 id = digestOf(r);
    requireOpen(id);
    if (block.timestamp <= r.deadline) revert TooEarly();
    requests[id] = State.Expired;
    balanceOf[r.client] += r.payment;
    emit Refunded(id);
  }

  /// @notice The name of a request: its EIP-712 digest.
  function requestId(Request calldata r) external view returns (bytes32) {
    return digestOf(r);
  }

  function digestOf(Request memory r) private view returns (bytes32) {
    return _hashTypedDataV4(keccak256(abi.encode(REQUEST, r)));
  }

  function requireOpen(bytes32 id) private view {
    if (requests[id] != State.Open) revert NotOpen(requests[id]);
  }

  /// @dev The callback gets all its gas: a call that asks for more than 63/64 of what is left would be given less. What it returns is not
  /// read, so it costs the sender nothing.
  function tell(bytes32 id, address client, uint256 callbackGas, uint256[] calldata outputs) private {
    bytes memory data = abi.encodeCall(IInferenceConsumer.onInference, (id, outputs));
    if ((gasleft() * 63) / 64 < callbackGas + AROUND_CALLBACK) revert GasTooLow();
    bool done;
    assembly ("memory-safe") {
      done := call(callbackGas, client, 0, add(data, 32), mload(data), 0, 0)
    }
    if (!done) emit CallbackFailed(id);
  }
}

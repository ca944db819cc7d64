// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Doubles} from "./Doubles.sol";
import {InferenceMarket} from "./InferenceMarket.sol";
import {Requests} from "./Requests.sol";
import {Terms} from "./Terms.sol";

/// @dev value / 10^decimals
struct Number {
  int128 value;
  int128 decimals;
}
struct NumberTensor {
  string name;
  Number[] values;
  uint32[] shape;
}
struct StringTensor {
  string name;
  string[] values;
}
struct JsonScalar {
  string name;
  string value;
}
struct ModelInput {
  NumberTensor[] numbers;
  StringTensor[] strings;
}
struct ModelOutput {
  NumberTensor[] numbers;
  StringTensor[] strings;
  JsonScalar[] jsons;
  bool is_simulation_result;
}
struct ModelInferenceRequest {
  uint8 mode;
  string modelCID;
  ModelInput input;
}

/// @title One model of the market behind OpenGradient's inference ABI
/// @notice Its unmodified SDK calls `run`, which becomes a request of the market, paid from what the caller deposited. The answer is the
/// market's Settled, which nobody can say without a proof; nodes serve it in the SDK's form.
contract OGInference {
  /// @dev The input tensor: chunks as docs/proof-system.md has them; element i has the affine at (i / step) % affines.length.
  struct Input {
    string name;
    uint32 count;
    uint16 bits;
    int64 lo;
    int64 hi;
    uint32 step;
    uint256[] affines;
  }

  uint8 private constant ZKML = 1;

  InferenceMarket public immutable market;
  bytes32 public immutable modelId;
  /// @notice keccak256 of the name that the SDK's callers use.
  bytes32 public immutable cid;
  /// @notice Of each run, wei.
  uint96 public immutable price;
  /// @notice Seconds that a run waits for its proof.
  uint64 public immutable patience;
  Input private input;
  uint256 private nonce;

  /// @notice Wei that an account can spend on runs, or take back.
  mapping(address account => uint256) public credit;
  /// @notice Whose credit paid a request that was not reclaimed.
  mapping(bytes32 id => address) public askers;

  event InferenceResult(ModelOutput output);
  event ModelInferenceEvent(string inferenceID, ModelInferenceRequest request, ModelOutput response);

  /// @notice Less credit than the price: deposit first.
  error NoCredit();
  /// @notice Another name, or another mode than ZKML.
  error OtherModel();
  /// @notice Another tensor, another number of values, or decimals that no float64 has.
  error BadInput();
  /// @notice The request was proved, reclaimed, or is nobody's here.
  error NothingToReclaim();
  error TransferFailed();
  error NotTheMarket();

  constructor(
    InferenceMarket market_,
    bytes32 modelId_,
    string memory cid_,
    uint96 price_,
    uint64 patience_,
    Input memory input_
  ) {
    market = market_;
    modelId = modelId_;
    cid = keccak256(bytes(cid_));
    price = price_;
    patience = patience_;
    input = input_;
  }

  /// @dev Payments that nobody earned.
  receive() external payable {
    if (msg.sender != address(market)) revert NotTheMarket();
  }

  /// @notice Pays for runs of the sender to come.
  function deposit() external payable {
    credit[msg.sender] += msg.value;
  }

  /// @notice Takes credit back.
  /// @dev Reverts with NoCredit, TransferFailed.
  function withdraw(uint256 amount) external {
    if (credit[msg.sender] < amount) revert NoCredit();
    credit[msg.sender] -= amount;
    (bool sent, ) = msg.sender.call{value: amount}("");
    if (!sent) revert TransferFailed();
  }

  /// @notice Gives the payment of a run that nobody proved in time back to its caller's credit. Anyone may send it.
  /// @dev Reverts with TooEarly before the deadline, NothingToReclaim.
  function reclaim(Requests.Request calldata r) external {
    bytes32 id = market.requestId(r);
    address asker = askers[id];
    if (asker == address(0)) revert NothingToReclaim();
    if (market.requests(id) == Terms.State.Open) market.refund(r);
    if (market.requests(id) != Terms.State.Expired) revert NothingToReclaim();
    delete askers[id];
    credit[asker] += r.payment;
    if (market.balanceOf(address(this)) > 0) market.withdraw(payable(address(this)));
  }

  /// @notice Asks for a proved answer, as OpenGradient's SDK does.
  /// @dev Reverts with OtherModel, NoCredit, BadInput, OutOfRange, and as `request` of the market does.
  /// @return output empty: nothing is said that was not proved
  function run(
    string calldata model,
    uint8 mode,
    ModelInput calldata modelInput
  ) external returns (ModelOutput memory output) {
    if (mode != ZKML || keccak256(bytes(model)) != cid) revert OtherModel();
    if (credit[msg.sender] < price) revert NoCredit();
    credit[msg.sender] -= price;
    uint64 deadline = uint64(block.timestamp) + patience;
    bytes32 id = market.request{value: price}(modelId, words(modelInput), address(0), deadline, 0, nonce++);
    askers[id] = msg.sender;
    emit ModelInferenceEvent(
      Strings.toHexString(uint256(id), 32),
      ModelInferenceRequest(mode, model, modelInput),
      output
    );
    emit InferenceResult(output);
  }

  /// @notice The input words of the values of a run.
  /// @dev Reverts with BadInput, OutOfRange.
  function words(ModelInput calldata modelInput) public view returns (uint256[] memory packed) {
    Input memory t = input;
    if (modelInput.numbers.length != 1 || modelInput.strings.length != 0) revert BadInput();
    NumberTensor calldata given = modelInput.numbers[0];
    if (keccak256(bytes(given.name)) != keccak256(bytes(t.name))) revert BadInput();
    if (given.values.length != t.count) revert BadInput();
    uint256 per = 248 / t.bits;
    packed = new uint256[]((t.count + per - 1) / per);
    for (uint256 i; i < t.count; i++) {
      Number calldata x = given.values[i];
      if (x.decimals < 0 || x.decimals > 38) revert BadInput();
      uint256 affine = t.affines[(i / t.step) % t.affines.length];
      int256 q = Doubles.quantise(x.value, uint256(int256(x.decimals)), affine, t.lo, t.hi);
      packed[i / per] |= uint256(q - t.lo) << (t.bits * (i % per));
    }
  }
}

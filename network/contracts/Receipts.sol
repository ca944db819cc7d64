// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ledger} from "./Ledger.sol";
import {Terms} from "./Terms.sol";

/// @title Promises under a stake
/// @notice A node signs what a model answers and puts a bond on it. Whoever doubts it challenges: the node proves the answer and is paid for
/// it, or loses the bond. A wrong answer has no proof, so nobody has to judge.
abstract contract Receipts is Terms, Ledger {
  /// @dev until: the last second of block time at which it can be challenged.
  struct Receipt {
    address node;
    address client;
    bytes32 modelId;
    bytes32 inputHash;
    bytes32 outputHash;
    uint16 inputWords;
    uint96 bond;
    uint64 until;
  }
  /// @dev leavesAt 0: stays. open: challenges without an answer.
  struct Stake {
    uint96 amount;
    uint64 leavesAt;
    uint32 open;
  }
  struct Challenge {
    address challenger;
    uint96 price;
    uint64 deadline;
    State state;
  }

  bytes32 private constant RECEIPT =
    keccak256(
      "Receipt(address node,address client,bytes32 modelId,bytes32 inputHash,bytes32 outputHash,uint16 inputWords,uint96 bond,uint64 until)"
    );
  /// @dev Gas of `prove`: without words, and of each word.
  uint256 private constant PROVE_GAS = 350_000;
  uint256 private constant WORD_GAS = 700;

  /// @notice What a node has at stake.
  mapping(address node => Stake) public stakes;
  /// @notice The challenge of a receipt, by its EIP-712 digest. There is one at most.
  mapping(bytes32 id => Challenge) public challenges;

  event Announced(address indexed node, string url);
  event Staked(address indexed node, uint96 amount, uint64 leavesAt);
  event Challenged(
    bytes32 indexed id,
    address indexed node,
    address indexed client,
    Receipt receipt,
    uint256[] input,
    uint64 deadline
  );
  event Proved(bytes32 indexed id);
  event Slashed(bytes32 indexed id, address indexed node, uint96 amount);

  /// @notice Not the output that was promised.
  error OtherOutput();
  /// @notice A challenge costs this much now.
  error PriceTooLow(uint256 price);
  /// @notice The node has challenges to answer first.
  error ChallengesOpen();

  /// @notice Says where the sender can be asked; "" takes it back. It says nothing else: look at the stake.
  function announce(string calldata url) external {
    emit Announced(msg.sender, url);
  }

  /// @notice Adds the value, which may be 0, to the sender's stake; one that was leaving stays.
  /// @dev Reverts with BadRequest.
  function stake() external payable {
    Stake storage s = stakes[msg.sender];
    s.amount += received();
    s.leavesAt = 0;
    emit Staked(msg.sender, s.amount, 0);
  }

  /// @notice Begins the sender's exit. What it promised binds for `window` at most, and until then the stake stays.
  function quit() external {
    Stake storage s = stakes[msg.sender];
    s.leavesAt = uint64(block.timestamp) + window;
    emit Staked(msg.sender, s.amount, s.leavesAt);
  }

  /// @notice Ends it: the stake becomes balance.
  /// @dev Reverts with TooEarly, ChallengesOpen.
  function unstake() external {
    Stake storage s = stakes[msg.sender];
    if (s.leavesAt == 0 || block.timestamp <= s.leavesAt) revert TooEarly();
    if (s.open > 0) revert ChallengesOpen();
    balanceOf[msg.sender] += s.amount;
    delete stakes[msg.sender];
    emit Staked(msg.sender, 0, 0);
  }

  /// @notice What a challenge costs in this block: twice the gas of its answer at the base fee, or the floor.
  function challengePrice(bytes32 modelId) public view returns (uint256) {
    uint256 price = 2 * (PROVE_GAS + WORD_GAS * registry.wordsOf(modelId)) * block.basefee;
    return price < challengeFloor ? challengeFloor : price;
  }

  /// @notice Asks for the proof of a promise. The price is the node's if it comes in time, else the challenger gets it back. The input
  /// becomes public. What is sent beyond the price is the challenger's balance.
  /// @dev Reverts with BadSignature, NotOpen (there is or was a challenge), TooLate (past `until`), OtherInput, BadRequest (value),
  /// PriceTooLow.
  function challenge(Receipt calldata c, bytes calldata signature, uint256[] calldata input) external payable {
    bytes32 id = digestOf(c);
    requireSigned(c.node, id, signature);
    Challenge storage x = challenges[id];
    if (x.state != State.None) revert NotOpen(x.state);
    if (block.timestamp > c.until) revert TooLate();
    if (input.length != c.inputWords || hashOf(input) != c.inputHash) revert OtherInput();
    uint96 value = received();
    uint256 price = challengePrice(c.modelId);
    if (value < price) revert PriceTooLow(price);
    stakes[c.node].open++;
    uint64 deadline = uint64(block.timestamp) + proofTime;
    (x.challenger, x.price, x.deadline, x.state) = (msg.sender, uint96(price), deadline, State.Open);
    if (value > price) balanceOf[msg.sender] += value - price;
    emit Challenged(id, c.node, c.client, c, input, deadline);
  }

  /// @notice Answers a challenge. Anyone may: the node gets the price.
  /// @dev The proof's context is the receipt's digest. Reverts with NotOpen, TooLate, OtherInput, OtherOutput, NotProved; and as the
  /// verifier does where gas is short.
  function prove(Receipt calldata c, uint256[] calldata words, uint256[10] calldata proof) external {
    bytes32 id = digestOf(c);
    Challenge storage x = challenges[id];
    if (x.state != State.Open) revert NotOpen(x.state);
    if (block.timestamp > x.deadline) revert TooLate();
    if (!startsWith(words, c.inputWords, c.inputHash)) revert OtherInput();
    if (hashOf(words[c.inputWords:]) != c.outputHash) revert OtherOutput();
    if (!registry.verify(c.modelId, id, words, proof)) revert NotProved();
    x.state = State.Done;
    stakes[c.node].open--;
    balanceOf[c.node] += x.price;
    emit Proved(id);
  }

  /// @notice Takes the bond, or what is left of the stake, of a promise that was not proved in time: half is the client's that the receipt
  /// names, half nobody's. The challenger gets the price back. Anyone may send it.
  /// @dev Reverts with NotOpen, TooEarly.
  function slash(Receipt calldata c) external {
    bytes32 id = digestOf(c);
    Challenge storage x = challenges[id];
    if (x.state != State.Open) revert NotOpen(x.state);
    if (block.timestamp <= x.deadline) revert TooEarly();
    x.state = State.Expired;
    Stake storage s = stakes[c.node];
    uint96 amount = c.bond < s.amount ? c.bond : s.amount;
    s.amount -= amount;
    s.open--;
    balanceOf[c.client] += amount / 2;
    balanceOf[BURNT] += amount - amount / 2;
    balanceOf[x.challenger] += x.price;
    emit Slashed(id, c.node, amount);
  }

  function digestOf(Receipt calldata c) private view returns (bytes32) {
    return _hashTypedDataV4(keccak256(abi.encode(RECEIPT, c)));
  }
}

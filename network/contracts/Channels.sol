// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ledger} from "./Ledger.sol";
import {Terms} from "./Terms.sol";

/// @title Many small payments in one direction
/// @notice A client pays in once and signs totals that only grow; the node brings the last one whenever it likes. One channel for each
/// client and node.
abstract contract Channels is Terms, Ledger {
  /// @dev total: of all that the client ever owed this node, wei.
  struct Voucher {
    address client;
    address node;
    uint96 total;
  }
  /// @dev paid only grows, so that no voucher is worth anything twice. closesAt 0: stays open.
  struct Channel {
    uint96 funds;
    uint96 paid;
    uint64 closesAt;
  }

  bytes32 private constant VOUCHER = keccak256("Voucher(address client,address node,uint96 total)");

  /// @notice The channel from a client to a node.
  mapping(address client => mapping(address node => Channel)) public channels;

  event Funded(address indexed client, address indexed node, uint96 amount);
  event Redeemed(address indexed client, address indexed node, uint96 amount);
  /// @notice closesAt 0: the channel was emptied.
  event Closing(address indexed client, address indexed node, uint64 closesAt);

  /// @notice Adds the value, which may be 0, to the sender's channel; one that was closing stays open.
  /// @dev Reverts with BadRequest.
  function fund(address node) external payable {
    Channel storage channel = channels[msg.sender][node];
    uint96 amount = received();
    channel.funds += amount;
    channel.closesAt = 0;
    emit Funded(msg.sender, node, amount);
  }

  /// @notice Pays the node what the client owes it by this voucher, or what is there. Anyone may send it.
  /// @dev Reverts with BadSignature, NothingDue (paid before, or nothing there).
  function redeem(Voucher calldata v, bytes calldata signature) public {
    requireSigned(v.client, _hashTypedDataV4(keccak256(abi.encode(VOUCHER, v))), signature);
    Channel storage channel = channels[v.client][v.node];
    if (v.total <= channel.paid || channel.funds == 0) revert NothingDue();
    uint96 amount = v.total - channel.paid;
    if (amount > channel.funds) amount = channel.funds;
    channel.paid += amount;
    channel.funds -= amount;
    balanceOf[v.node] += amount;
    emit Redeemed(v.client, v.node, amount);
  }

  /// @notice `redeem` of each; all or none.
  /// @dev Reverts as `redeem` does; with BadSignature for another number of signatures.
  function redeemMany(Voucher[] calldata v, bytes[] calldata s) external {
    if (v.length != s.length) revert BadSignature();
    for (uint256 i = 0; i < v.length; i++) redeem(v[i], s[i]);
  }

  /// @notice Begins the end of the sender's channel: the node has `window` to redeem.
  function close(address node) external {
    uint64 closesAt = uint64(block.timestamp) + window;
    channels[msg.sender][node].closesAt = closesAt;
    emit Closing(msg.sender, node, closesAt);
  }

  /// @notice Ends it: what is left becomes balance.
  /// @dev Reverts with TooEarly.
  function reclaim(address node) external {
    Channel storage channel = channels[msg.sender][node];
    if (channel.closesAt == 0 || block.timestamp <= channel.closesAt) revert TooEarly();
    balanceOf[msg.sender] += channel.funds;
    (channel.funds, channel.closesAt) = (0, 0);
    emit Closing(msg.sender, node, 0);
  }
}

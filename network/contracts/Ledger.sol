// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title What accounts have earned or got back: they fetch it themselves, so nobody's account can stop anybody's payment
abstract contract Ledger {
  /// @dev Half of what a liar loses: nobody has the key of this account, so it stays.
  address internal constant BURNT = 0x000000000000000000000000000000000000dEaD;

  /// @notice Wei that an account can withdraw.
  mapping(address account => uint256) public balanceOf;

  event Withdrawn(address indexed account, address indexed to, uint256 amount);

  /// @notice There is nothing to pay.
  error NothingDue();
  /// @notice The receiver did not take the ether: name another one.
  error TransferFailed();

  /// @notice Sends the sender's whole balance to `to`, and says how much it was.
  /// @dev Reverts with NothingDue, TransferFailed.
  function withdraw(address payable to) external returns (uint256 amount) {
    amount = balanceOf[msg.sender];
    if (amount == 0) revert NothingDue();
    balanceOf[msg.sender] = 0;
    emit Withdrawn(msg.sender, to, amount);
    (bool sent, ) = to.call{value: amount}("");
    if (!sent) revert TransferFailed();
  }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @dev A payee that settles its request again while it is being paid.
contract GreedyPayee {
    address private target;
    bytes private call_;
    uint256 public payments;
    bool public again;

    function prepare(address target_, bytes calldata data) external {
        (target, call_) = (target_, data);
    }

    receive() external payable {
        payments++;
        if (payments < 3) {
            (bool done,) = target.call(call_);
            again = again || done;
        }
    }
}

/// @dev A payee that takes no ether.
contract UnwillingPayee {}

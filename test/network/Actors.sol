// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {InferenceConsumer} from "./InferenceConsumer.sol";
import {InferenceMarket} from "./InferenceMarket.sol";
import {IInferenceConsumer, Requests} from "./Requests.sol";

/// A model of two inputs: the output is their sum. A proof is its context and the model, so that schedules need no curve.
contract StubVerifier {
  bool public constant INSECURE = true;
  function verify(
    bytes32 digest,
    uint256[23] calldata key,
    bytes32 context,
    uint256[] calldata words,
    uint256[10] calldata proof
  ) external pure returns (bool) {
    if (words.length != key[1] || bytes32(proof[0]) != context || bytes32(proof[1]) != digest) return false;
    return words[2] == words[0] + words[1];
  }
}

contract SecureStub {
  bool public constant INSECURE = false;
}

/// A client that is a contract: asks, and remembers what it was told.
contract Asker is InferenceConsumer {
  uint256 public told;
  bytes32 public last;
  uint256 public lastOutput;
  constructor(InferenceMarket m) InferenceConsumer(m) {}
  function ask(bytes32 modelId, uint256[] calldata input, uint96 payment, uint64 time, uint32 gas_) external payable returns (bytes32) {
    return _infer(modelId, input, payment, time, gas_);
  }
  function takeBack(Requests.Request calldata r) external {
    _refund(r);
  }
  function _onInference(bytes32 id, uint256[] calldata outputs) internal override {
    told++;
    (last, lastOutput) = (id, outputs[0]);
  }
}

/// A client or payee that takes no ether.
contract Refuser {
  InferenceMarket private immutable market;
  constructor(InferenceMarket m) {
    market = m;
  }
  function ask(bytes32 modelId, uint256[] calldata input, address node, uint64 deadline, uint32 gas_) external payable {
    market.request{value: msg.value}(modelId, input, node, deadline, gas_, 0);
  }
  function take(address payable to) external returns (uint256) {
    return market.withdraw(to);
  }
}

/// Puts ether into an account that was not asked.
contract Forcer {
  constructor(address payable to) payable {
    assembly {
      selfdestruct(to)
    }
  }
}

/// Asks for the same many times, for a wei each.
contract Crowd {
  function ask(InferenceMarket market, bytes32 modelId, uint256[] calldata input, uint64 deadline, uint256 from, uint256 to) external payable {
    for (uint256 nonce = from; nonce < to; nonce++) market.request{value: 1}(modelId, input, address(0), deadline, 0, nonce);
  }
}

/// Calls whatever it is told to, with what it is sent, and takes no ether itself.
contract Proxy {
  function forward(address to, bytes calldata data) external payable {
    (bool ok, bytes memory answer) = to.call{value: msg.value}(data);
    if (ok) return;
    assembly {
      revert(add(answer, 32), mload(answer))
    }
  }
}

abstract contract Caller is IInferenceConsumer {
  InferenceMarket internal immutable market;
  constructor(InferenceMarket m) {
    market = m;
  }
  receive() external payable {}
  function ask(bytes32 modelId, uint256[] calldata input, uint64 deadline, uint32 gas_) external payable {
    market.request{value: msg.value}(modelId, input, address(0), deadline, gas_, 0);
  }
}

/// Says how much gas it was given.
contract Recorder is Caller {
  uint256 public given;
  constructor(InferenceMarket m) Caller(m) {}
  function onInference(bytes32, uint256[] calldata) external {
    given = gasleft();
  }
}

contract Reverter is Caller {
  constructor(InferenceMarket m) Caller(m) {}
  function onInference(bytes32, uint256[] calldata) external pure {
    revert("no");
  }
}

contract Burner is Caller {
  constructor(InferenceMarket m) Caller(m) {}
  function onInference(bytes32, uint256[] calldata) external pure {
    while (true) {}
  }
}

/// Returns, or reverts with, a megabyte.
contract Bomb is Caller {
  constructor(InferenceMarket m) Caller(m) {}
  function onInference(bytes32, uint256[] calldata outputs) external pure {
    bool loud = outputs[0] % 2 == 1;
    assembly {
      if loud { revert(0, 1000000) }
      return(0, 1000000)
    }
  }
}

/// Tries what would pay twice.
contract Reenterer is Caller {
  bytes private call1;
  bytes private call2;
  uint256 public succeeded;
  bytes4 public first;
  bytes4 public second;
  constructor(InferenceMarket m) Caller(m) {}
  function prepare(bytes calldata a, bytes calldata b) external {
    (call1, call2) = (a, b);
  }
  function onInference(bytes32, uint256[] calldata) external {
    first = attempt(call1);
    second = attempt(call2);
    attempt(abi.encodeCall(market.withdraw, (payable(address(this)))));
  }
  function attempt(bytes memory data) private returns (bytes4) {
    (bool ok, bytes memory answer) = address(market).call(data);
    if (ok) succeeded++;
    return bytes4(answer);
  }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @dev Words of a proof: 8 for the plain argument, 10 for the lookup argument.
uint256 constant PROOF_WORDS = 8;

/// @notice The contract that `inferproof export-solidity` writes for one circuit.
interface IVerifier {
    function verify(bytes32 context, uint256[] calldata words, uint256[PROOF_WORDS] calldata proof)
        external
        view
        returns (bool);
    function decode(uint256[] calldata words) external pure returns (int256[] memory);
}

/// @title PayPerProof
/// @notice A client locks a payment for the prediction of one model on one input; the host that it names is paid once, in
/// the transaction that brings a valid proof of that prediction. Without one, the client takes the payment back after the
/// deadline.
/// @dev The circuit must be compiled with `--public input,output`: the words of a proof are then the input's, which must be
/// those of the request, followed by the output's, which the proof establishes.
///
/// A proof is valid for ever and visible to all once it stands in a transaction. It is worth something once, because it
/// binds `contextOf(id)`: chain, contract, request and payee. Whoever copies it pays the same host for the same request.
contract PayPerProof {
    enum State {
        None,
        Open,
        Paid,
        Refunded
    }

    struct Request {
        address client;
        uint96 payment; // wei
        address payee;
        uint64 deadline; // seconds since 1970; a proof is accepted up to and including it
        State state;
        uint16 prediction; // place of the largest output; meaningful once Paid
        bytes32 inputHash; // keccak256 of the input's words
    }

    IVerifier public immutable verifier;
    /// @notice Words that hold the input; those of the output follow.
    uint256 public immutable inputWords;
    /// @notice Values of the output: the last ones that `decode` returns.
    uint256 public immutable outputs;

    uint256 public count;
    mapping(uint256 id => Request) public requests;

    /// @notice A host reads the input here, computes `contextOf(id)`, runs the model and proves.
    event Opened(uint256 indexed id, address indexed payee, uint256 payment, uint64 deadline, uint256[] input);
    event Paid(uint256 indexed id, address indexed payee, uint16 prediction, uint256 payment);
    event Refunded(uint256 indexed id, uint256 payment);

    error BadConfiguration();
    error BadRequest();
    error NotOpen(uint256 id, State state);
    error TooLate(uint256 id);
    error TooEarly(uint256 id);
    error OtherInput(uint256 id);
    error NotProved(uint256 id);
    error TransferFailed(address to);

    constructor(IVerifier verifier_, uint256 inputWords_, uint256 outputs_) {
        if (address(verifier_).code.length == 0 || inputWords_ == 0 || outputs_ == 0 || outputs_ > 65536) {
            revert BadConfiguration();
        }
        verifier = verifier_;
        inputWords = inputWords_;
        outputs = outputs_;
    }

    /// @notice Locks `msg.value` for a proved prediction on `input`, to be paid to `payee`.
    /// @param input the input's words, as a proof of it will carry them.
    /// @return id the request's number, from 0.
    function open(uint256[] calldata input, address payee, uint64 deadline) external payable returns (uint256 id) {
        if (
            input.length != inputWords || payee == address(0) || deadline < block.timestamp || msg.value == 0
                || msg.value > type(uint96).max
        ) revert BadRequest();
        id = count++;
        requests[id] = Request({
            client: msg.sender,
            payment: uint96(msg.value),
            payee: payee,
            deadline: deadline,
            state: State.Open,
            prediction: 0,
            inputHash: keccak256(abi.encodePacked(input))
        });
        emit Opened(id, payee, msg.value, deadline, input);
    }

    /// @notice The context that a proof for this request binds.
    function contextOf(uint256 id) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), id, requests[id].payee));
    }

    /// @notice Pays the request's payee for a valid proof. Anybody may send it.
    /// @dev State changes stand before the transfer, so a payee that calls back finds the request Paid.
    /// @param words all public words of the proof: the input's, then the output's.
    /// @return prediction the place of the largest output, the first of equals.
    function settle(uint256 id, uint256[] calldata words, uint256[PROOF_WORDS] calldata proof)
        external
        returns (uint16 prediction)
    {
        Request storage request = requests[id];
        if (request.state != State.Open) revert NotOpen(id, request.state);
        if (block.timestamp > request.deadline) revert TooLate(id);
        if (words.length <= inputWords || keccak256(abi.encodePacked(words[:inputWords])) != request.inputHash) {
            revert OtherInput(id);
        }
        if (!verifier.verify(contextOf(id), words, proof)) revert NotProved(id);

        prediction = largest(verifier.decode(words));
        request.state = State.Paid;
        request.prediction = prediction;
        emit Paid(id, request.payee, prediction, request.payment);
        pay(request.payee, request.payment);
    }

    /// @notice Returns the payment to the client once the deadline has passed without a proof.
    function refund(uint256 id) external {
        Request storage request = requests[id];
        if (request.state != State.Open) revert NotOpen(id, request.state);
        if (block.timestamp <= request.deadline) revert TooEarly(id);
        request.state = State.Refunded;
        emit Refunded(id, request.payment);
        pay(request.client, request.payment);
    }

    /// @dev Integers of one output share one positive scale, so their order is that of the real values.
    function largest(int256[] memory values) private view returns (uint16 place) {
        uint256 first = values.length - outputs;
        for (uint256 i = 1; i < outputs; i++) {
            if (values[first + i] > values[first + place]) place = uint16(i);
        }
    }

    function pay(address to, uint256 amount) private {
        (bool done,) = to.call{value: amount}("");
        if (!done) revert TransferFailed(to);
    }
}

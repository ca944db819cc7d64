// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title The universal verifier that inferproof writes (export-solidity --universal)
interface IUniversalVerifier {
  /// @notice Whether it takes development keys, whose makers can forge proofs.
  function INSECURE() external view returns (bool);
  function verify(
    bytes32 digest,
    uint256[23] calldata key,
    bytes32 context,
    uint256[] calldata words,
    uint256[10] calldata proof
  ) external view returns (bool);
}

/// @title Verification keys by their digest, and the names that publishers give them
/// @notice A model is its key's digest: nothing that can change stands between modelId and what a proof says. Nobody owns the registry;
/// nothing in it changes but a publisher's own names.
contract ModelRegistry {
  /// @notice What a publisher's name stands for. manifest is the sha2-256 of the dag-json block that lists the model's files.
  struct Release {
    bytes32 modelId;
    bytes32 manifest;
  }

  /// @dev Tag of a key's digest, as in docs/proof-system.md.
  bytes32 private constant KEY_TAG = keccak256("inferproof/lookup/vkey/1");
  uint256 private constant KEY_BYTES = 736;
  uint256 private constant MOST_WORDS = type(uint16).max;
  uint256 private constant MOST_NAME_BYTES = 64;

  /// @notice The contract that checks every proof.
  IUniversalVerifier public immutable verifier;

  /// @dev Where a key is: code that begins with STOP, then its 23 numbers. 0: unknown.
  mapping(bytes32 modelId => address) private places;

  /// @notice What a publisher's name stands for; modelId 0: nothing.
  mapping(address publisher => mapping(string name => Release)) public releases;

  event Registered(bytes32 indexed modelId);
  event Published(
    address indexed publisher,
    string indexed nameHash,
    bytes32 indexed modelId,
    string name,
    bytes32 manifest
  );

  /// @notice No key of this digest is registered.
  error UnknownModel(bytes32 modelId);
  /// @notice A development key, and the verifier takes none.
  error InsecureKey();
  /// @notice A key without public words, or of more than 65,535.
  error BadKey();
  /// @notice A name is 1 to 64 bytes of [a-z0-9._-].
  error BadName();

  constructor(IUniversalVerifier verifier_) {
    verifier = verifier_;
  }

  /// @notice Keeps a key, so that nobody has to send it again. Anyone may, as often as they like: a key is its own name. Its points are
  /// not checked here: no proof holds under a key that the verifier refuses.
  /// @dev Reverts with BadKey, InsecureKey; without data where there is too little gas for the code.
  /// @param key the numbers of keyItems(vkey): insecure, words, digest of the public tensors, points.
  function register(uint256[23] calldata key) external returns (bytes32 modelId) {
    if (key[1] == 0 || key[1] > MOST_WORDS) revert BadKey();
    if (key[0] > (verifier.INSECURE() ? 1 : 0)) revert InsecureKey();
    modelId = keccak256(abi.encodePacked(KEY_TAG, key));
    if (places[modelId] != address(0)) return modelId;
    // returns what stands behind its ten bytes: STOP, so that nobody can call it, and the key
    bytes memory creation = abi.encodePacked(hex"6102e180600a3d393df3_00", key);
    address place;
    assembly ("memory-safe") {
      place := create(0, add(creation, 32), mload(creation))
      if iszero(place) { revert(0, 0) }
    }
    places[modelId] = place;
    emit Registered(modelId);
  }

  /// @notice Gives one of the sender's own names to a model, moves it, or withdraws it (modelId 0, which clears the manifest too).
  /// @dev Reverts with BadName, UnknownModel.
  function publish(string calldata name, bytes32 modelId, bytes32 manifest) external {
    if (!isName(bytes(name))) revert BadName();
    if (modelId == 0) manifest = 0;
    else if (places[modelId] == address(0)) revert UnknownModel(modelId);
    releases[msg.sender][name] = Release(modelId, manifest);
    emit Published(msg.sender, name, modelId, name, manifest);
  }

  /// @notice The 23 numbers of a key.
  /// @dev Reverts with UnknownModel.
  function keyOf(bytes32 modelId) public view returns (uint256[23] memory key) {
    address place = places[modelId];
    if (place == address(0)) revert UnknownModel(modelId);
    assembly ("memory-safe") {
      extcodecopy(place, key, 1, KEY_BYTES)
    }
  }

  /// @notice Public words of a model's proofs; 0: unknown.
  function wordsOf(bytes32 modelId) external view returns (uint256 count) {
    address place = places[modelId];
    if (place == address(0)) return 0;
    assembly ("memory-safe") {
      extcodecopy(place, 0, 33, 32)
      count := mload(0)
    }
  }

  /// @notice Whether the proof shows that the model computed these words, for this context.
  /// @dev Reverts with UnknownModel, and as the verifier does where gas is short: it never answers false for want of gas.
  function verify(
    bytes32 modelId,
    bytes32 context,
    uint256[] calldata words,
    uint256[10] calldata proof
  ) external view returns (bool) {
    return verifier.verify(modelId, keyOf(modelId), context, words, proof);
  }

  function isName(bytes calldata name) private pure returns (bool) {
    if (name.length == 0 || name.length > MOST_NAME_BYTES) return false;
    for (uint256 i = 0; i < name.length; i++) {
      bytes1 sign = name[i];
      bool letter = sign >= "a" && sign <= "z";
      bool digit = sign >= "0" && sign <= "9";
      if (!letter && !digit && sign != "." && sign != "_" && sign != "-") return false;
    }
    return true;
  }
}

// What reads a compiled circuit, and no more: whoever proves, checks or compares a key loads neither the reader of ONNX nor the
// planner.
export type { Argument, Circuit, CircuitTensor, Publics } from './circuit.js';
export { circuitInputs, type InputInfo } from './inputs.js';
export { circuitDigest, decodeCircuit, encodeCircuit } from './json.js';
export { keyDifference } from './key.js';

// inferproof/compiler: from an ONNX file to a circuit, and its inference in integers. Runs in Node and in browsers.
export {
  compile,
  recompile,
  type Compilation,
  type CompileOptions,
  type Progress,
  type Recompiled,
} from './compile.js';
export { compare, type CompareResult, type Divergence } from './measure/compare.js';
export { inspect, modelInputs, modelPictures, type Inspection } from './inspect.js';
export type { PictureForm } from './onnx/picture-form.js';
export { cutBefore, firstNames, type RefusalGroup, type UnsupportedNode } from './onnx/refusals.js';
export { withoutMaps } from './onnx/without-maps.js';
export type { Estimate } from './measure/estimate.js';
export { didYouMean } from './suggest.js';
export { encodeReport } from './measure/report-json.js';
export type { Fidelity, OutputFidelity } from './measure/fidelity.js';
export { run, type FloatReference, type RunResult } from './measure/run.js';
export { publicWords } from './measure/public-words.js';
export { circuitDigest, circuitInputs, decodeCircuit, encodeCircuit, keyDifference } from './circuit/index.js';
export { decodeGraph, encodeGraph } from './graph/json.js';
export type { Decision, DecisionRule } from './graph/decision.js';
export type { Argument, Circuit, CircuitTensor, InputInfo, Publics } from './circuit/index.js';
export type { LayerReport } from './measure/layer-report.js';
export type { Gain } from './measure/settle.js';
export type { OutputReport, PartReport, Report, RowShare, SearchReport } from './measure/report.js';
export type { Graph } from './graph/graph.js';
export type { InputWords } from './quantize/input-words.js';
export type { Samples } from './quantize/inputs.js';
export type { DeclaredRange } from './quantize/declared-ranges.js';
export { InferproofError, type ErrorCode } from '../verifier/errors.js';

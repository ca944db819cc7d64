// Cases of the ONNX node tests that no circuit can pass, whatever operators are lowered: of each kind its cases, and what their refusal
// says. A case that is refused otherwise, or passes, does not belong here, and a test says so.
import type { ExpectedCase } from './onnx-node-cases.js';

interface Kind {
  readonly name: string;
  readonly cases: RegExp;
  readonly refusal: RegExp;
}

export const REFUSED_KINDS: readonly Kind[] = [
  {
    name: 'numbers that are not finite, in the data or in the answer',
    cases:
      /^test_(cast(like)?_(BFLOAT16|DOUBLE|FLOAT16|FLOAT)_to_(BFLOAT16|DOUBLE|FLOAT16|FLOAT)|isinf_(float16|positive)|isnan|mod_float_edge_cases_fmod_0_float(16|64)|attention_4d_with_past_and_present_qk_matmul_bias_3d_mask_causal|ai_onnx_ml_tree_ensemble_set_membership)$/,
    refusal: /has NaN|got Infinity|of finite numbers|dimensions of at least 1 in input 'like', got 0/,
  },
  {
    name: 'floats of 4 and 8 bits',
    cases: /^test_(cast(like)?_.*(FLOAT4|FLOAT8)|(de)?quantizelinear_(e4m3|e5m2|float4))/,
    refusal:
      /(tensor of numbers|numbers in 'y_zero_point'|to be a float, integer or bool), got (a tensor of )?FLOAT\d|2 that cannot: inputs/,
  },
  {
    name: 'shapes that data decides',
    cases: /^test_(nonmaxsuppression|nonzero|unique)_/,
    refusal: /it decides on a shape|supported operator, got NonMaxSuppression/,
  },
  {
    name: 'the bits of floats',
    cases: /^test_bitcast_(float64_to_int64|int32_to_float32)$/,
    refusal: /bits of integers as integers/,
  },
  {
    name: 'outputs without elements, inputs without any',
    cases:
      /^test_(castlike_(\w+_to_U?INT[24]|U?INT[24]_to_\w+)|reduce_\w+_empty_set|reshape_allowzero_reordered|shape_start_greater_than_end|slice_start_out_of_bounds|split_zero_size_splits_opset18|triu_zero|causal_conv_with_state_kernel_size_one)$/,
    refusal: /dimensions of at least 1|an output with elements/,
  },
];

export const kindOf = ({ name }: ExpectedCase): Kind | undefined => REFUSED_KINDS.find(({ cases }) => cases.test(name));

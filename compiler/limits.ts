// Every bound that more than one file keeps, with its reason. Bits are exponents: a magnitude stays below 2^bits.

/** Integers that float64 holds exactly: native arithmetic, hint programs and keys stay below. */
export const EXACT_BITS = 53;
/** Accumulators, products and widths: exact with room for a half, an offset of their bits and a sign. */
export const ACC_BITS = 50;
/** The floor that a slope multiplies: exact with room for a half and an offset. */
export const SCALED_BITS = 51;
/** Largest shift of a rescale: below the width of an accumulator, so that something is left. */
export const MAX_SHIFT = 48;
/** Rows of the largest domain of the curve's scalar field, 2^28, less the half that a key's own rows may take. */
export const MAX_ROWS = 2 ** 27;
/** Rows of all function tables together: more would be most of any proof, and take seconds while plans are compared. */
export const TABLE_BITS = 22;
export const MAX_TABLE_ROWS = 2 ** TABLE_BITS;
/** Elements of one tensor that is computed: 128 MiB in float64. Files hold larger initializers only as large as their bytes. */
export const MAX_TENSOR_ELEMENTS = 2 ** 24;
/**
 * Work of compiling a file, in terms of its linear maps, the sum of all fan-ins: some 0.1 microseconds each. An element of any
 * tensor is moved and stored, `element` terms; one of an input or output is public, and takes a row or so, `border`; one of
 * anything else that is not linear is planned, wired and written in some three rows, `gadget`, or `table` where it is a
 * function of one value. A node inside a body counts, `node`, each time that it is written out.
 *
 * A file of a hundred bytes can ask for any of it, a ConstantOfShape and a MatMul for 2^36 terms, so what is allowed grows with
 * the file: `least` for a kilobyte, some four seconds and half a gigabyte, and `perByte` for each byte beyond. A weight of four
 * bytes may be read at 2^19 places, two pictures of 512 x 512. That leaves every file of 32 kB and more the whole, `most`: some
 * ten minutes, and as many rows as the largest key has. Trained models stay far below: ResNet-8 on CIFAR-10, 318 kB and
 * 12.5 million multiplications, asks for 2^25 of its 2^32.
 */
export const WORK = {
  element: 8,
  border: 64,
  gadget: 192,
  table: 96,
  node: 2 ** 12,
  least: 3 * 2 ** 24,
  perByte: 2 ** 17,
  most: 2 ** 32,
} as const;
/** Bytes of a file that `least` is for. */
export const SMALL_FILE = 1024;
/** Composition of linear maps stops where it would make more terms than these and more than 4 times what they were. */
export const MANY_TERMS = 100_000;
/** Elements of all tensors of a circuit: more wires than rows of the largest domain can bind. */
export const MAX_CIRCUIT_ELEMENTS = 2 ** 28;
/** Characters of a text: what JavaScript holds in a string (V8: 2^29 - 24). */
export const MAX_TEXT = 2 ** 29 - 24;
/** Ids and positions: what an Int32Array holds. */
export const MAX_INDEX = 2 ** 31 - 1;
/** Graphs inside graphs, and the times that one node may have its body written out. */
export const MAX_BODY_DEPTH = 16;
export const MAX_TRIPS = 1024;
/** Ranks of a tensor: no file has more, and a stride is computed for each. */
export const MAX_RANK = 64;
/** Samples that one proof may be of: each has rows of its own, so that more fill the largest domain with the smallest model. */
export const MOST_SAMPLES = 2 ** 12;
/** Bits of inputs and activations that a user may ask for: below 2 nothing is left, above 12 tables are the cost. */
export const ACTIVATION_BITS = { least: 2, most: 12 } as const;
/** Bits of a limb of the range table: its 2^bits rows are in every circuit. */
export const LIMB_BITS = { least: 1, most: 16 } as const;
/** Places that indices may name: each is a row for every index. */
export const MOST_PLACES = 2 ** 16;
/** Bits that packed sums take: less than those of the field. */
export const PACKED_BITS = 253;

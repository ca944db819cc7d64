pragma circom 2.1.0;

// The exact product of two values: z = a * b - lo, stored as an offset from its least value lo.
//
// Precondition   a and b are linear forms over the integers with |a b| + |lo| < r: intervals prove it below 2^50.
// Outside it     the product wraps round the field.
// Why sound      one row leaves z one value. There is no challenge in it: where a and b are fixed before X, so is z,
//                and in the lookup argument it need not be committed.
// Cost           1 row. a and b are on the sides that the prover reads: they should be short.
template Product(lo) {
    signal input a;
    signal input b;
    signal output z;

    z <== a * b - lo;
}

pragma circom 2.1.0;

// y = a if c = 1, b if c = 0.
//
// Precondition   c is a linear form that is 0 or 1, which intervals prove; a and b are linear forms over the integers.
// Outside it     another c gives b + c (a - b), which may be neither of them nor between them.
// Why sound      one row leaves y one value. There is no challenge in it: where c, a and b are fixed before X, so is y,
//                and in the lookup argument it need not be committed.
// Cost           1 row. c and a - b are on the sides that the prover reads: they should be short.
template Select() {
    signal input c;
    signal input a;
    signal input b;
    signal output y;

    y <== b + c * (a - b);
}

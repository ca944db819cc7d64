pragma circom 2.1.0;

// o[v - 1] = 1 where index = v, otherwise 0, for v = 1 .. n - 1; that of v = 0 is 1 minus the sum of the others. No look-up: the
// rows of circuits/onehot.circom, with o among what the prover commits to.
//
// Committed      o: each row by itself leaves it two values or any.
// Precondition   index is a linear form of wires that are fixed before X. n >= 2.
// Outside it     there is no witness for an index that is not one of 0 .. n - 1.
// Why sound      as in circuits/onehot.circom.
// Cost           n rows.
template LookupOnehot(n) {
    signal input index;
    signal input o[n - 1];

    var rest = 1;
    for (var v = 1; v < n; v++) {
        o[v - 1] * (index - v) === 0;
        rest -= o[v - 1];
    }
    rest * index === 0;
}

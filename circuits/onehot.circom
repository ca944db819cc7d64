pragma circom 2.1.0;

// o[v - 1] = 1 where index = v, otherwise 0, for v = 1 .. n - 1; that of v = 0 is 1 minus the sum of the others.
//
// Precondition   index is any linear form. n >= 2.
// Outside it     there is no witness for an index that is not one of 0 .. n - 1.
// Why sound      o[v - 1] vanishes wherever index is not v. So if index is none of 1 .. n - 1 all of them are 0, and the last row
//                says index = 0; if index is v, the last row says that o[v - 1], the only one left, is 1.
// Cost           n rows.
template Onehot(n) {
    signal input index;
    signal output o[n - 1];

    var rest = 1;
    for (var v = 1; v < n; v++) {
        o[v - 1] <-- index == v ? 1 : 0;
        o[v - 1] * (index - v) === 0;
        rest -= o[v - 1];
    }
    rest * index === 0;
}

// In lookup, without a look-up.
//
// Committed      o: each row by itself leaves it two values or any.
// Precondition   index is fixed before X.
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

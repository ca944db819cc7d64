pragma circom 2.1.0;

// e = 1 if d = 0, else 0.
//
// Precondition   d is any field element. As an integer form it is below r, so that it is 0 over the integers too.
// Outside it     there is no outside.
// Why sound      d = 0 makes the first row 1 - e = 0; any other d makes the second one e = 0. inv is 1 / d, and anything
//                where d = 0: nothing else reads it.
// Cost           2 rows.
// Source         folklore; circomlib's IsZero is the same system.
template Equal() {
    signal input d;
    signal output e;
    signal inv;

    inv <-- d != 0 ? 1 / d : 0;
    e <-- d == 0 ? 1 : 0;
    d * inv === 1 - e;
    d * e === 0;
}

// In lookup, without a look-up.
//
// Committed      e and inv: where d = 0 no row gives inv a value, and nothing may be left to choose after X.
// Precondition   d is a form of wires that are fixed before X.
template LookupEqual() {
    signal input d;
    signal input e;
    signal input inv;

    d * inv === 1 - e;
    d * e === 0;
}

pragma circom 2.1.0;

// e = 1 if d = 0, else 0.
//
// Precondition   none: d is any field element. As an integer form it is below r, so that it is 0 over the integers too.
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

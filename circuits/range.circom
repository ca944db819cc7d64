pragma circom 2.1.0;

// x is an integer in [0, 2^n).
//
// Precondition   n <= 252, so that the sum of the bits cannot wrap round the field.
// Outside it     n >= 254 would accept x + r; there is no witness for x outside [0, 2^n).
// Cost           n + 1 rows.
// Source         the binary decomposition of Groth16 folklore; circomlib's Num2Bits is the same system.
template Range(n) {
    signal input x;
    signal bit[n];

    var sum = 0;
    for (var i = 0; i < n; i++) {
        bit[i] <-- (x >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        sum += bit[i] * (1 << i);
    }
    sum === x;
}

// x is an integer in [0, max], max any number below 2^n: both x and max - x have n bits.
//
// Precondition   0 <= max < 2^n, n <= 251: then no x outside [0, 2^n) has a max - x inside.
// Outside it     max >= 2^n refuses honest values above 2^n - 1.
// Cost           2 n + 2 rows.
template RangeUpTo(n, max) {
    signal input x;
    signal bit[n];
    signal gap[n];

    var sum = 0;
    var rest = 0;
    for (var i = 0; i < n; i++) {
        bit[i] <-- (x >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        sum += bit[i] * (1 << i);
        gap[i] <-- ((max - x) >> i) & 1;
        gap[i] * (gap[i] - 1) === 0;
        rest += gap[i] * (1 << i);
    }
    sum === x;
    rest === max - x;
}

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

// x is an integer in [0, 2^(w (L-1)) N), N the rows of the table of the highest limb: [0, N) for L = 1, where x itself
// is looked up; otherwise x is split into limbs of w bits below the highest.
//
// Committed      l, all limbs but the highest; x is a linear form of wires that are fixed before X (a free wire is allowed).
// Looked up      every l in a table of exactly 2^w rows; the highest limb, (x - sum of the others) / 2^(w (L-1)), in one of
//                exactly N rows 0 .. N-1.
// Precondition   2^(w (L-1)) N < r, so that no sum of limbs wraps round.
// Outside it     there is no witness for another x, whatever field element it is.
// Why sound      each limb is an integer of its table, so x is their weighted sum.
// Cost           L rows.
template LookupRange(L, w) {
    signal input x;
    signal input X;
    signal input l[L - 1];
    signal output h[L];

    var rest = x;
    for (var i = 0; i < L - 1; i++) {
        h[i] <-- 1 / (X - l[i]);
        h[i] * (X - l[i]) === 1;
        rest -= l[i] * (1 << (w * i));
    }
    var top = 1 << (w * (L - 1));
    h[L - 1] <-- top / (top * X - rest);
    h[L - 1] * (top * X - rest) === top;
}

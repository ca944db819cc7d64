pragma circom 2.1.0;

// c = 1 if d >= 0, else 0.

// In bits.
//
// Precondition   d is an integer with -2^w <= d < 2^w, w <= 251.
// Outside it     there is no witness for 2^w <= d < r - 2^w.
// Why sound      c is 0 or 1. With c = 1 the w bits are those of d, so d is in [0, 2^w); with c = 0 they are those of
//                d + 2^w, so d is in [-2^w, 0): no d is in both.
// Cost           w + 2 rows.
template Compare(w) {
    signal input d;
    signal output c;
    signal bit[w];

    c <-- d >= 0 && d < (1 << w) ? 1 : 0;
    c * (c - 1) === 0;
    var sum = 0;
    for (var i = 0; i < w; i++) {
        bit[i] <-- ((d + (1 - c) * (1 << w)) >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        sum += bit[i] * (1 << i);
    }
    sum === d + (1 - c) * (1 << w);
}

// By look-ups: N = 2^(w (L-1) + t) takes the place of 2^w, t the bits of the highest limb.
//
// Committed      c; l, all limbs of d + (1 - c) N but the highest. c is committed because the first row allows two values.
// Looked up      the L limbs of d + (1 - c) N, together exactly the range [0, N): every l in a table of exactly 2^w rows, the
//                highest in one of exactly 2^t rows.
// Precondition   d is an integer form of wires that are fixed before X, -N <= d < N, and 2 N + |d| < r.
// Outside it     there is no witness for N <= d < r - N; with d beyond r - N the other answer would pass.
// Why sound      as above. With an N below the range of the limbs a d >= 0 would pass as negative.
// Cost           1 + L rows.
template LookupCompare(L, w, t) {
    signal input d;
    signal input X;
    signal input c;
    signal input l[L - 1];
    signal output h[L];

    c * (c - 1) === 0;
    var rest = d + (1 - c) * (1 << (w * (L - 1) + t));
    for (var i = 0; i < L - 1; i++) {
        h[i] <-- 1 / (X - l[i]);
        h[i] * (X - l[i]) === 1;
        rest -= l[i] * (1 << (w * i));
    }
    var top = 1 << (w * (L - 1));
    h[L - 1] <-- top / (top * X - rest);
    h[L - 1] * (top * X - rest) === top;
}

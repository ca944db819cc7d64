pragma circom 2.1.0;

// m = max(a, b).
//
// Why sound      m is a or b; 2 m - a - b is then |a - b| or its negative, and only the former has w bits, or limbs.

// In bits.
//
// Precondition   a and b are integers with |a - b| < 2^w, w <= 251.
// Outside it     there is no witness for 2^w <= |a - b| <= r - 2^w.
// Cost           w + 2 rows.
template Max(w) {
    signal input a;
    signal input b;
    signal output m;
    signal bit[w];

    m <-- a - b >= 0 && a - b < (1 << w) ? a : b;
    (m - a) * (m - b) === 0;
    var sum = 0;
    for (var i = 0; i < w; i++) {
        bit[i] <-- ((2 * m - a - b) >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        sum += bit[i] * (1 << i);
    }
    sum === 2 * m - a - b;
}

// By look-ups: limbs take the place of bits.
//
// Committed      m; l, all limbs of 2 m - a - b but the highest. m is committed because the first row allows two values.
// Looked up      the L limbs of 2 m - a - b in tables of exactly 2^w rows.
// Precondition   a and b are integer forms of wires that are fixed before X, |a - b| <= r - 2^(w L).
// Outside it     there is no witness for 2^(w L) <= |a - b|; above r - 2^(w L) the smaller one would pass.
// Cost           1 + L rows: 2 for differences below a table.
template LookupMax(L, w) {
    signal input a;
    signal input b;
    signal input X;
    signal input m;
    signal input l[L - 1];
    signal output h[L];

    (m - a) * (m - b) === 0;
    var rest = 2 * m - a - b;
    for (var i = 0; i < L - 1; i++) {
        h[i] <-- 1 / (X - l[i]);
        h[i] * (X - l[i]) === 1;
        rest -= l[i] * (1 << (w * i));
    }
    var top = 1 << (w * (L - 1));
    h[L - 1] <-- top / (top * X - rest);
    h[L - 1] * (top * X - rest) === top;
}

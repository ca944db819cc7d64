pragma circom 2.1.0;

// c = 1 if d >= 0, else 0.
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

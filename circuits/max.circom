pragma circom 2.1.0;

// m = max(a, b).
//
// Precondition   a and b are integers with |a - b| < 2^w, w <= 251.
// Outside it     there is no witness for 2^w <= |a - b| <= r - 2^w.
// Why sound      m is a or b; 2m - a - b is then |a - b| or its negative, and only the former has w bits.
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

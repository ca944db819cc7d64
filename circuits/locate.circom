pragma circom 2.1.0;

// b[k - 1] = 1 where u >= T[k], otherwise 0, for k = 1 .. m: u is in the interval [T[k], T[k + 1]) that the last 1 names.
//
// Outside it     there is no witness for a u that is not in [T[0], T[m + 1]): the rows are a range check of u.
// Why sound      with a 1 before b and a 0 behind it, every step down from one to the next is 0 or 1, and all of them add up to 1:
//                so there is one, at k. u - T[k] and T[k + 1] - 1 - u are both in [0, 2^w), and their sum is T[k + 1] - 1 - T[k]
//                as integers, so neither is more than that: u is in that interval. Where m = 1 one row says all of the first part.

// In bits.
//
// Precondition   T[0] < T[1] < ... < T[m + 1] are integers, none of these intervals is wider than 2^w, and 2^(w + 1) + T[m + 1] - T[0]
//                < r. u is any linear form. m >= 1.
// Cost           m + 1 + 2 (w + 1) rows, one less where m = 1.
template Locate(m, w, T) {
    signal input u;
    signal output b[m];
    signal low[w];
    signal high[w];

    var least = T[0];
    var next = T[1];
    for (var k = 1; k <= m; k++) {
        b[k - 1] <-- u >= T[k] ? 1 : 0;
        least += b[k - 1] * (T[k] - T[k - 1]);
        next += b[k - 1] * (T[k + 1] - T[k]);
    }
    for (var k = 0; k <= m; k++) {
        var step = (k == 0 ? 1 : b[k - 1]) - (k == m ? 0 : b[k]);
        if (k > 0 || m > 1) {
            step * (step - 1) === 0;
        }
    }

    var below = 0;
    var above = 0;
    for (var i = 0; i < w; i++) {
        low[i] <-- ((u - least) >> i) & 1;
        low[i] * (low[i] - 1) === 0;
        below += low[i] * (1 << i);
        high[i] <-- ((next - 1 - u) >> i) & 1;
        high[i] * (high[i] - 1) === 0;
        above += high[i] * (1 << i);
    }
    below === u - least;
    above === next - 1 - u;
}

// By look-ups: N, the range of the limbs, takes the place of 2^w: 2^(w (L-1)) times the rows of the table of the highest one.
//
// Committed      b, because its rows allow several values; l and r, all limbs of u - T[k] and of T[k + 1] - 1 - u but the highest.
// Looked up      the L limbs of u - T[k] and the L limbs of T[k + 1] - 1 - u: every l and r in a table of exactly 2^w rows, the
//                highest ones in a table of their own.
// Precondition   as above, none of the intervals wider than N, 2 N + T[m + 1] - T[0] < r; u is fixed before X.
// Cost           m + 1 + 2 L rows, one less where m = 1.
template LookupLocate(m, L, w, T) {
    signal input u;
    signal input X;
    signal input b[m];
    signal input l[L - 1];
    signal input r[L - 1];
    signal output h[2 * L];

    var below = u - T[0];
    var above = T[1] - 1 - u;
    for (var k = 1; k <= m; k++) {
        below -= b[k - 1] * (T[k] - T[k - 1]);
        above += b[k - 1] * (T[k + 1] - T[k]);
    }
    for (var k = 0; k <= m; k++) {
        var step = (k == 0 ? 1 : b[k - 1]) - (k == m ? 0 : b[k]);
        if (k > 0 || m > 1) {
            step * (step - 1) === 0;
        }
    }

    for (var i = 0; i < L - 1; i++) {
        h[i] <-- 1 / (X - l[i]);
        h[i] * (X - l[i]) === 1;
        below -= l[i] * (1 << (w * i));
        h[L + i] <-- 1 / (X - r[i]);
        h[L + i] * (X - r[i]) === 1;
        above -= r[i] * (1 << (w * i));
    }
    var top = 1 << (w * (L - 1));
    h[L - 1] <-- top / (top * X - below);
    h[L - 1] * (top * X - below) === top;
    h[2 * L - 1] <-- top / (top * X - above);
    h[2 * L - 1] * (top * X - above) === top;
}

pragma circom 2.1.0;

// index = position of the first maximum of a[0], ..., a[n-1].
//
// Keys make all values distinct and rank the earlier of two equal ones higher: M is the largest key.

// In bits: key_i = 2^k a_i + n-1-i, so the lower k bits of M are n-1-index.
//
// Precondition   0 <= a_i < 2^v, integers; n <= 2^k; v + k <= 251.
// Outside it     no witness where a value needs more bits.
// Why sound      M is a key (the product vanishes) and no key is above it (each M - key_i has v + k bits), so M is the
//                maximum, an integer; its own v + k bits are then unique and the lower k of them are n-1-index.
// Cost           (n + 1) (v + k + 1) + n rows.
template Argmax(n, v, k) {
    signal input a[n];
    signal output index;
    signal bit[v + k];
    signal gap[n][v + k];
    signal product[n - 1];

    var best = 0;
    for (var i = 1; i < n; i++) {
        if (a[i] > a[best]) {
            best = i;
        }
    }
    var top = (1 << k) * a[best] + n - 1 - best;

    var M = 0;
    var low = 0;
    for (var j = 0; j < v + k; j++) {
        bit[j] <-- (top >> j) & 1;
        bit[j] * (bit[j] - 1) === 0;
        M += bit[j] * (1 << j);
        if (j < k) {
            low += bit[j] * (1 << j);
        }
    }
    for (var i = 0; i < n; i++) {
        var sum = 0;
        for (var j = 0; j < v + k; j++) {
            gap[i][j] <-- ((top - (1 << k) * a[i] - (n - 1 - i)) >> j) & 1;
            gap[i][j] * (gap[i][j] - 1) === 0;
            sum += gap[i][j] * (1 << j);
        }
        sum === M - (1 << k) * a[i] - (n - 1 - i);
    }
    product[0] <== (M - (1 << k) * a[0] - (n - 1)) * (M - (1 << k) * a[1] - (n - 2));
    for (var i = 1; i < n - 1; i++) {
        product[i] <== product[i - 1] * (M - (1 << k) * a[i + 1] - (n - 2 - i));
    }
    product[n - 2] === 0;
    index <== n - 1 - low;
}

// By look-ups: key_i = n a_i + n-1-i, so M = n A + (n-1-index) with A the maximum.
//
// Committed      index, M; gap, all limbs of the M - key_i but the highest; low, all limbs of A but the highest.
// Looked up      n-1-index in a table of exactly n rows; the L limbs of each M - key_i and the La limbs of
//                A = (M - (n-1-index)) / n in tables of exactly 2^w rows.
// Precondition   0 <= a_i, integer forms of wires that are fixed before X; n >= 2; n max(a) + n - 1 < 2^(w L) and
//                max(a) < 2^(w La); n 2^(w La) + n < r and n max(a) + n + 2^(w L) < r.
// Outside it     no witness where a difference or the maximum needs more limbs.
// Why sound      M is the largest key, as above. A and n-1-index are integers with n A + (n-1-index) = M and
//                0 <= n-1-index < n: quotient and remainder are unique. Without the look-up of A every index would pass, with a
//                fractional A.
// Cost           n (L + 1) + La rows.
template LookupArgmax(n, L, La, w) {
    signal input a[n];
    signal input X;
    signal input index;
    signal input M;
    signal input gap[n][L - 1];
    signal input low[La - 1];
    signal product[n - 2];
    signal output he;
    signal output h[n][L];
    signal output ha[La];

    var key[n];
    for (var i = 0; i < n; i++) {
        key[i] = n * a[i] + n - 1 - i;
    }
    if (n == 2) {
        (M - key[0]) * (M - key[1]) === 0;
    } else {
        product[0] <== (M - key[0]) * (M - key[1]);
        for (var i = 1; i < n - 2; i++) {
            product[i] <== product[i - 1] * (M - key[i + 1]);
        }
        product[n - 3] * (M - key[n - 1]) === 0;
    }

    he <-- 1 / (X - (n - 1 - index));
    he * (X - (n - 1 - index)) === 1;

    var top = 1 << (w * (L - 1));
    for (var i = 0; i < n; i++) {
        var rest = M - key[i];
        for (var j = 0; j < L - 1; j++) {
            h[i][j] <-- 1 / (X - gap[i][j]);
            h[i][j] * (X - gap[i][j]) === 1;
            rest -= gap[i][j] * (1 << (w * j));
        }
        h[i][L - 1] <-- top / (top * X - rest);
        h[i][L - 1] * (top * X - rest) === top;
    }

    var nA = M - (n - 1 - index);
    for (var j = 0; j < La - 1; j++) {
        ha[j] <-- 1 / (X - low[j]);
        ha[j] * (X - low[j]) === 1;
        nA -= n * low[j] * (1 << (w * j));
    }
    var topA = n * (1 << (w * (La - 1)));
    ha[La - 1] <-- topA / (topA * X - nA);
    ha[La - 1] * (topA * X - nA) === topA;
}

pragma circom 2.1.0;

// The k largest of a[0], ..., a[n-1] in order, and where they stand: value[j] = a[index[j]]; of equal values the first comes first.
//
// key_i = n a_i + n-1-i makes all keys distinct and ranks the earlier of two equal values higher. s_0, ..., s_(n-1) are the same
// keys in another order: s_j = n value_j + n-1-index_j for j < k, and rest.
//
// Committed      value, index; rest, the keys of all others, in any order; gap and low, all limbs but the highest.
// Looked up      every n-1-index in a table of exactly n rows; the Lv limbs of every value; the L limbs of s_(j-1) - s_j for
//                0 < j < k, and of s_(k-1) - s_j for j >= k: all limbs in tables of exactly 2^w rows.
// Precondition   0 <= a_i, integer forms of wires that are fixed before X; n >= 2, 1 <= k <= n; n max(a) + n - 1 < 2^(w L) and
//                max(a) < 2^(w Lv); n 2^(w Lv) + n < r and n max(a) + n + 2^(w L) < r.
// Outside it     no witness where a difference or a value needs more limbs.
// Why sound      the product of X - key_i and that of X - s_j are polynomials in X whose coefficients are fixed before X. They are
//                equal at X, so but for n of the r values of X they are the same one, and the s_j are the keys, each once: integers
//                that are distinct. No difference is negative, so s_0 > ... > s_(k-1) are the largest. value and n-1-index
//                are integers with n value + (n-1-index) = s_j and 0 <= n-1-index < n: quotient and remainder are unique.
// Cost           (n - 1) (L + 2) + k (Lv + 1) rows.
template LookupSort(n, k, L, Lv, w) {
    signal input a[n];
    signal input X;
    signal input value[k];
    signal input index[k];
    signal input rest[n - k];
    signal input gap[n - 1][L - 1];
    signal input low[k][Lv - 1];
    signal before[n - 1];
    signal after[n - 2];
    signal output hi[k];
    signal output hv[k][Lv];
    signal output h[n - 1][L];

    var key[n];
    var s[n];
    for (var i = 0; i < n; i++) {
        key[i] = n * a[i] + n - 1 - i;
        if (i < k) {
            s[i] = n * value[i] + n - 1 - index[i];
        } else {
            s[i] = rest[i - k];
        }
    }

    before[0] <== (X - key[0]) * (X - key[1]);
    for (var i = 1; i < n - 1; i++) {
        before[i] <== before[i - 1] * (X - key[i + 1]);
    }
    if (n == 2) {
        (X - s[0]) * (X - s[1]) === before[0];
    } else {
        after[0] <== (X - s[0]) * (X - s[1]);
        for (var i = 1; i < n - 2; i++) {
            after[i] <== after[i - 1] * (X - s[i + 1]);
        }
        after[n - 3] * (X - s[n - 1]) === before[n - 2];
    }

    var topV = 1 << (w * (Lv - 1));
    for (var j = 0; j < k; j++) {
        hi[j] <-- 1 / (X - (n - 1 - index[j]));
        hi[j] * (X - (n - 1 - index[j])) === 1;
        var left = value[j];
        for (var l = 0; l < Lv - 1; l++) {
            hv[j][l] <-- 1 / (X - low[j][l]);
            hv[j][l] * (X - low[j][l]) === 1;
            left -= low[j][l] * (1 << (w * l));
        }
        hv[j][Lv - 1] <-- topV / (topV * X - left);
        hv[j][Lv - 1] * (topV * X - left) === topV;
    }

    var top = 1 << (w * (L - 1));
    for (var j = 1; j < n; j++) {
        var left = (j < k ? s[j - 1] : s[k - 1]) - s[j];
        for (var l = 0; l < L - 1; l++) {
            h[j - 1][l] <-- 1 / (X - gap[j - 1][l]);
            h[j - 1][l] * (X - gap[j - 1][l]) === 1;
            left -= gap[j - 1][l] * (1 << (w * l));
        }
        h[j - 1][L - 1] <-- top / (top * X - left);
        h[j - 1][L - 1] * (top * X - left) === top;
    }
}

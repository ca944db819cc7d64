pragma circom 2.1.0;

// index = position of the first maximum of a[0], ..., a[n-1].
//
// key_i = 2^k a_i + n-1-i makes all keys distinct and ranks the earlier of two equal values higher; M is the largest
// key. Its lower k bits are n-1-index.
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

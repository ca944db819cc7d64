pragma circom 2.1.0;

// y = floor(a / d) - lo and r = a - d floor(a / d), d a live divisor.
//
// Precondition   a and d are integers, 1 <= d <= 2^m and lo <= floor(a / d) < lo + 2^n; |a| + (|lo| + 2^n) max|d| + 2^(m+1) < r.
// Outside it     there is no witness for d < 1 or d > 2^(m+1) - 1, or for a quotient outside [lo, lo + 2^n).
// Why sound      y has n bits, r and d - 1 - r have m: 0 <= r < d over the integers, and (y + lo) d + r = a by the bound. Quotient
//                and remainder are unique.
// Cost           n + 2 m + 4 rows.
template Divide(lo, n, m) {
    signal input a;
    signal input d;
    signal output y;
    signal output r;
    signal q[n];
    signal bit[m];
    signal gap[m];

    // circom's \ is for numbers that are not negative
    var quotient = d > 0 ? (a - lo * d) \ d : 0;
    var rest = a - (quotient + lo) * d;
    var sum = 0;
    for (var i = 0; i < n; i++) {
        q[i] <-- (quotient >> i) & 1;
        q[i] * (q[i] - 1) === 0;
        sum += q[i] * (1 << i);
    }
    y <== sum;
    var low = 0;
    var above = 0;
    for (var i = 0; i < m; i++) {
        bit[i] <-- (rest >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        low += bit[i] * (1 << i);
        gap[i] <-- ((d - 1 - rest) >> i) & 1;
        gap[i] * (gap[i] - 1) === 0;
        above += gap[i] * (1 << i);
    }
    r <== low;
    above === d - 1 - r;
    (y + lo) * d === a - r;
}

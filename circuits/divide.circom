pragma circom 2.1.0;

// y = floor(a / d) - lo and r = a - d floor(a / d), d a live divisor.

// In bits.
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

// By look-ups: ranges Q and N of limbs take the places of 2^n and 2^m.
//
// Committed      y, r; l, m and p, all limbs of y, of r and of d - 1 - r but the highest.
// Looked up      the Ly limbs of y and the L limbs of r and of d - 1 - r in tables of 2^w rows, the highest of each in one of as
//                many rows or fewer.
// Precondition   a and d are integer forms of wires that are fixed before X; |a| + (|lo| + Q) max|d| + 2 N < r. Complete for
//                1 <= d <= N and lo <= floor(a / d) < lo + Q.
// Outside it     there is no witness for d < 1, or for a quotient outside [lo, lo + Q).
// Why sound      as above. Without the look-up of y, (a - r) / d in the field would pass for any r; without that of d - 1 - r, a
//                remainder of d or more.
// Cost           1 + Ly + 2 L rows.
template LookupDivide(lo, Ly, L, w) {
    signal input a;
    signal input d;
    signal input X;
    signal input y;
    signal input r;
    signal input l[Ly - 1];
    signal input m[L - 1];
    signal input p[L - 1];
    signal output h[Ly];
    signal output g[L];
    signal output e[L];

    (y + lo) * d === a - r;

    var top = 1 << (w * (Ly - 1));
    var rest = y;
    for (var i = 0; i < Ly - 1; i++) {
        h[i] <-- 1 / (X - l[i]);
        h[i] * (X - l[i]) === 1;
        rest -= l[i] * (1 << (w * i));
    }
    h[Ly - 1] <-- top / (top * X - rest);
    h[Ly - 1] * (top * X - rest) === top;

    top = 1 << (w * (L - 1));
    rest = r;
    var gap = d - 1 - r;
    for (var i = 0; i < L - 1; i++) {
        g[i] <-- 1 / (X - m[i]);
        g[i] * (X - m[i]) === 1;
        rest -= m[i] * (1 << (w * i));
        e[i] <-- 1 / (X - p[i]);
        e[i] * (X - p[i]) === 1;
        gap -= p[i] * (1 << (w * i));
    }
    g[L - 1] <-- top / (top * X - rest);
    g[L - 1] * (top * X - rest) === top;
    e[L - 1] <-- top / (top * X - gap);
    e[L - 1] * (top * X - gap) === top;
}

pragma circom 2.1.0;

// z = floor(a / D), or a mod D where isQuotient is 0: a = D q + r with 0 <= r < D, D a constant.
//
// Precondition   a is an integer with 0 <= a < D 2^n; 1 <= D <= 2^m; D 2^n + 2^(m+1) < r.
// Outside it     there is no witness for any other a.
// Why sound      q has n bits and r has m, and so has D - 1 - r where D is no power of two: 0 <= r < D. So D q + r = a over the
//                integers by the bound, and q is the floor.
// Cost           n + m + 2 rows; where D is not 2^m, m + 1 more.
template Remainder(D, n, m, isQuotient) {
    var ends = D == (1 << m) ? 0 : m;
    signal input a;
    signal output z;
    signal q[n];
    signal r[m];
    signal gap[ends];

    var floor = 0;
    for (var i = 0; i < n; i++) {
        q[i] <-- ((a \ D) >> i) & 1;
        q[i] * (q[i] - 1) === 0;
        floor += q[i] * (1 << i);
    }
    var rest = 0;
    for (var i = 0; i < m; i++) {
        r[i] <-- ((a % D) >> i) & 1;
        r[i] * (r[i] - 1) === 0;
        rest += r[i] * (1 << i);
    }
    D * floor + rest === a;
    if (isQuotient == 1) {
        z <== floor;
    } else {
        z <== rest;
    }
    if (ends > 0) {
        var above = 0;
        for (var i = 0; i < m; i++) {
            gap[i] <-- ((D - 1 - (a % D)) >> i) & 1;
            gap[i] * (gap[i] - 1) === 0;
            above += gap[i] * (1 << i);
        }
        above + rest === D - 1;
    }
}

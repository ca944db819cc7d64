pragma circom 2.1.0;

// z = floor(a / D), or a mod D where isQuotient is 0: a = D q + r with 0 <= r < D, D a constant.

// In bits.
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

// By look-ups. Of q and r the one that is not z is a form: q = (a - z) / D or r = a - D z.
//
// Committed      z; l and m, all limbs of q and of r but the highest; where ends is 1, p, those of D - 1 - r.
// Looked up      the Lq limbs of q in tables of 2^w rows, the highest in one of as many rows or fewer; the Lr limbs of r, either in
//                tables of exactly D rows together, or (ends = 1) they and those of D - 1 - r in a range of at least D.
// Precondition   a is an integer form of wires that are fixed before X, a >= 0; |a| + D (Q + 1) + 2 N < r, Q and N the ranges of
//                the limbs of q and of r.
// Outside it     there is no witness for a < 0 or a >= D Q.
// Why sound      as above, with Q for 2^n. Without the look-up of q, a / D in the field would pass; a range of D + 1 for r alone
//                would let r = D pass.
// Cost           Lq + Lr rows; with ends, Lr more.
template LookupRemainder(D, isQuotient, Lq, Lr, w, ends) {
    signal input a;
    signal input X;
    signal input z;
    signal input l[Lq - 1];
    signal input m[Lr - 1];
    signal input p[ends * (Lr - 1)];
    signal output h[Lq];
    signal output g[Lr];
    signal output e[ends * Lr];

    var r = z;
    if (isQuotient == 1) {
        r = a - D * z;
    }
    var Dq = a - r; // D times q
    for (var i = 0; i < Lq - 1; i++) {
        h[i] <-- 1 / (X - l[i]);
        h[i] * (X - l[i]) === 1;
        Dq -= D * l[i] * (1 << (w * i));
    }
    var topq = D * (1 << (w * (Lq - 1)));
    h[Lq - 1] <-- topq / (topq * X - Dq);
    h[Lq - 1] * (topq * X - Dq) === topq;

    var rest = r;
    var gap = D - 1 - r;
    var top = 1 << (w * (Lr - 1));
    for (var i = 0; i < Lr - 1; i++) {
        g[i] <-- 1 / (X - m[i]);
        g[i] * (X - m[i]) === 1;
        rest -= m[i] * (1 << (w * i));
    }
    g[Lr - 1] <-- top / (top * X - rest);
    g[Lr - 1] * (top * X - rest) === top;
    if (ends == 1) {
        for (var i = 0; i < Lr - 1; i++) {
            e[i] <-- 1 / (X - p[i]);
            e[i] * (X - p[i]) === 1;
            gap -= p[i] * (1 << (w * i));
        }
        e[Lr - 1] <-- top / (top * X - gap);
        e[Lr - 1] * (top * X - gap) === top;
    }
}

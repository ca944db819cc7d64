pragma circom 2.1.0;

// y = floor(a / d) - lo and r = a - d floor(a / d), d a live divisor.
//
// Committed      y, r; l, m and p, all limbs of y, of r and of d - 1 - r but the highest.
// Looked up      the Ly limbs of y and the L limbs of r and of d - 1 - r in tables of 2^w rows, the highest of each in one of as
//                many rows or fewer.
// Precondition   a and d are integer forms of wires that are fixed before X; |a| + (|lo| + Q) max|d| + 2 N < r, Q and N the ranges
//                of the limbs of y and of r. Complete for 1 <= d <= N and lo <= floor(a / d) < lo + Q.
// Outside it     there is no witness for d < 1, or for a quotient outside [lo, lo + Q).
// Why sound      0 <= r < d over the integers, since both r and d - 1 - r are in [0, N), and (y + lo) d + r = a by the bound, y an
//                integer of [0, Q). Quotient and remainder are unique. Without the look-up of y, (a - r) / d in the field would
//                pass for any r; without that of d - 1 - r, a remainder of d or more.
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

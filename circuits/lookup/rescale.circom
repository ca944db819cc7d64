pragma circom 2.1.0;

// y = f(floor((acc + half) / 2^s)) for any function f of a table, half = 2^(s-1), or 0 for s = 0: rescale, rounding, activation and
// saturation in one look-up, including the linear layer before it.
//
// acc is a linear form of any length; it appears in one row only, on the C side, where it is free for the prover. The
// quotient q = (acc + half - remainder) / 2^s is not a signal: kappa = q + beta y is, and it is looked up in {t + beta
// f(t)}.
//
// Committed      y, r (the remainder, in limbs of w bits; the last limb has the s - w (L - 1) bits that are left).
// Looked up      kappa in the function table; each limb in a table of exactly its width: 0 .. 2^bits - 1.
// Precondition   |acc| + half + 2^s (max|t| + 1) < r over all keys t of the table, which holds the floors of the whole
//                interval of acc; acc is an integer form of wires that are fixed before X.
// Outside it     an acc beyond the table has no witness; one of the size of r could wrap round to another floor.
// Why sound      acc, y and r are fixed before X, so kappa is the polynomial q + beta y, and its look-up leaves q = t and
//                y = f(t) for one row t. The limbs give 0 <= remainder < 2^s, hence 2^s t + remainder = acc + half over the
//                integers, and t is the floor. A fractional q is not a row; a remainder off by 2^s is in no table of
//                its width.
// Cost           2 + L rows: 3 for s <= w, 2 for s = 0.
// Source         LogUp (Haboeck, ePrint 2022/1530) with keys of two columns.
template LookupRescale(s, w) {
    var L = (s + w - 1) \ w;
    signal input acc;
    signal input X;
    signal input beta;
    signal input y;
    signal input r[L];
    signal kappa;
    signal output h;
    signal output g[L];

    var half = s == 0 ? 0 : 1 << (s - 1);
    var remainder = 0;
    for (var i = 0; i < L; i++) {
        remainder += r[i] * (1 << (w * i));
    }
    kappa <-- beta * y + (acc + half - remainder) / (1 << s);
    (1 << s) * y * beta === (1 << s) * kappa - acc - half + remainder;

    h <-- 1 / (X - kappa);
    h * (X - kappa) === 1;
    for (var i = 0; i < L; i++) {
        g[i] <-- 1 / (X - r[i]);
        g[i] * (X - r[i]) === 1;
    }
}

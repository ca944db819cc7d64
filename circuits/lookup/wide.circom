pragma circom 2.1.0;

// y = min(max(q, 0), 2^b - 1), q = floor((acc + half) / 2^s), half = 2^(s-1), where the interval of q is far wider than
// [0, 2^b): a table of the floors of q / 2^b, a few dozen, takes the place of one of thousands of q.
//
// q = 2^b u + v. u is not a signal; its class c says on which side of [0, 2^b) q is: 0 below (u < 0), 1 inside (u = 0),
// 2 above.
//
// Committed      y, c, v, r (the remainder in limbs of w bits, the last limb with the bits that are left, as in
//                LookupRescale).
// Looked up      kappa = u + beta c in {t + beta c(t)}; v in a table of exactly 2^b rows; each limb in one of its width.
// Precondition   |acc| + half + 2^(s+b) (max|t| + 1) < r over all keys t, which cover the floors of the whole interval of acc;
//                acc is an integer form of wires that are fixed before X. s, b >= 1.
// Outside it     as in LookupRescale.
// Why sound      acc, c, v and r are fixed before X: the look-up of kappa leaves u = t and c = c(t) for one row t. With
//                0 <= v < 2^b and 0 <= remainder < 2^s, 2^(s+b) t + 2^s v + remainder = acc + half over the integers, so
//                2^b t + v is the floor q. e = c (2 - c) is 1 for c = 1 and 0 for c = 0, 2; (c - e) / 2 is 1 for c = 2 alone:
//                so y = e v + (2^b - 1) (c - e) / 2 is 0, v = q or 2^b - 1.
// Cost           5 + L rows: 6 for s <= w.
template LookupWide(s, w, b) {
    var L = (s + w - 1) \ w;
    signal input acc;
    signal input X;
    signal input beta;
    signal input y;
    signal input c;
    signal input v;
    signal input r[L];
    signal e;
    signal kappa;
    signal output h;
    signal output hv;
    signal output g[L];

    var half = 1 << (s - 1);
    var rest = acc + half - (1 << s) * v;
    for (var i = 0; i < L; i++) {
        rest -= r[i] * (1 << (w * i));
    }
    kappa <-- beta * c + rest / (1 << (s + b));
    (1 << (s + b)) * c * beta === (1 << (s + b)) * kappa - rest;

    h <-- 1 / (X - kappa);
    h * (X - kappa) === 1;
    hv <-- 1 / (X - v);
    hv * (X - v) === 1;
    for (var i = 0; i < L; i++) {
        g[i] <-- 1 / (X - r[i]);
        g[i] * (X - r[i]) === 1;
    }

    e <== c * (2 - c);
    2 * e * v === 2 * y - ((1 << b) - 1) * (c - e);
}

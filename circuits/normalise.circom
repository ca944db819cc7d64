pragma circom 2.1.0;

// Exponent and mantissa of a wide positive integer v of [1, 2^M), and a function of the mantissa. b is a power of two that moves
// the highest bit of v to place M - 1; m, the p highest bits of v b, is the mantissa. So 1/v, the root and the logarithm of v are
// a table of 2^(p-1) rows, whatever M is.
//
// y = f(m) and e = b, with m = floor(v b / 2^(M-p)) of [2^(p-1), 2^p). Where isRoot is 1, e is a power of two with b = e^2, and m is of
// two octaves, [2^(p-2), 2^p). Where isLog is 1, e = l(b) is the second column of the table of powers.
//
// Committed      y, e; b where it is not e or e^2; r, all limbs of v b - 2^(M-p) m.
// Looked up      e in a table of powers of two, each once, 2^0 .. 2^(M-1) among them (of a root, to 2^floor((M-1)/2)), or
//                b + beta e in {2^j + beta l(2^j)}; kappa = m + beta y in {t + beta f(t)} with t of exactly the mantissas; the limbs
//                in tables of exactly their width, M - p bits in all.
// Precondition   v is an integer form of wires that are fixed before X; max|v| max b + 2^M < r. 1 <= p < M, of a root 2 <= p.
// Outside it     there is no witness for v < 1 or v >= 2^M.
// Why sound      y, e, b and r are fixed before X, so kappa is the polynomial m + beta y and its look-up leaves m = t and y = f(t) for
//                one row t; that of b + beta e leaves one row as well. The limbs give 0 <= v b - 2^(M-p) t < 2^(M-p) over the
//                integers by the bound, so v b is in [2^(M-1), 2^M), of a root in [2^(M-2), 2^M): one power of two, one even power,
//                takes v there, and t is the floor. b outside its table would be any factor; a mantissa below the least would let b
//                be halved.
// Cost           4 + L rows, L = ceil((M - p) / w); one more for a root or a logarithm.
template LookupNormalise(M, p, w, isRoot, isLog) {
    var L = (M - p + w - 1) \ w;
    signal input v;
    signal input X;
    signal input beta;
    signal input y;
    signal input e;
    signal input b[isLog];
    signal input r[L];
    signal square[isRoot];
    signal P;
    signal kappa;
    signal kappab[isLog];
    signal output h;
    signal output hb;
    signal output g[L];

    var power = e;
    if (isRoot == 1) {
        square[0] <== e * e;
        power = square[0];
    }
    if (isLog == 1) {
        power = b[0];
    }
    P <== v * power;
    var rest = P;
    for (var i = 0; i < L; i++) {
        rest -= r[i] * (1 << (w * i));
    }
    kappa <-- beta * y + rest / (1 << (M - p));
    (1 << (M - p)) * y * beta === (1 << (M - p)) * kappa - rest;
    var key = e;
    if (isLog == 1) {
        kappab[0] <-- beta * e + b[0];
        e * beta === kappab[0] - b[0];
        key = kappab[0];
    }

    h <-- 1 / (X - kappa);
    h * (X - kappa) === 1;
    hb <-- 1 / (X - key);
    hb * (X - key) === 1;
    for (var i = 0; i < L; i++) {
        g[i] <-- 1 / (X - r[i]);
        g[i] * (X - r[i]) === 1;
    }
}

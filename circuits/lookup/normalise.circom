pragma circom 2.1.0;

// Exponent and mantissa of a wide positive integer v of [1, 2^M), and a function of the mantissa. b is a power of two that moves
// the highest bit of v to place M - 1; m, the p highest bits of v b, is the mantissa. So 1/v, the root and the logarithm of v are
// a table of 2^(p-1) rows, whatever M is.

// y = f(m) and b, with m = floor(v b / 2^(M-p)) of [2^(p-1), 2^p).
//
// Committed      y, b; r, all limbs of v b - 2^(M-p) m.
// Looked up      b in a table of powers of two, each once, 2^0 .. 2^(M-1) among them; kappa = m + beta y in {t + beta f(t)} with t
//                of exactly 2^(p-1) .. 2^p - 1; the limbs in tables of exactly their width, M - p bits in all.
// Precondition   v is an integer form of wires that are fixed before X; max|v| max b + 2^M < r. 1 <= p < M.
// Outside it     there is no witness for v < 1 or v >= 2^M.
// Why sound      y, b and r are fixed before X, so kappa is the polynomial m + beta y and its look-up leaves m = t and y = f(t) for
//                one row t. The limbs give 0 <= v b - 2^(M-p) t < 2^(M-p) over the integers by the bound, so v b is in
//                [2^(M-1), 2^M): one power of two takes v there, and t is the floor. b outside its table would be any factor;
//                a mantissa below 2^(p-1) would let b be halved.
// Cost           4 + L rows, L = ceil((M - p) / w).
template LookupNormalise(M, p, w) {
    var L = (M - p + w - 1) \ w;
    signal input v;
    signal input X;
    signal input beta;
    signal input y;
    signal input b;
    signal input r[L];
    signal P;
    signal kappa;
    signal output h;
    signal output hb;
    signal output g[L];

    P <== v * b;
    var rest = P;
    for (var i = 0; i < L; i++) {
        rest -= r[i] * (1 << (w * i));
    }
    kappa <-- beta * y + rest / (1 << (M - p));
    (1 << (M - p)) * y * beta === (1 << (M - p)) * kappa - rest;

    h <-- 1 / (X - kappa);
    h * (X - kappa) === 1;
    hb <-- 1 / (X - b);
    hb * (X - b) === 1;
    for (var i = 0; i < L; i++) {
        g[i] <-- 1 / (X - r[i]);
        g[i] * (X - r[i]) === 1;
    }
}

// The same for roots: b = c^2 with c a power of two, and m of [2^(p-2), 2^p), two octaves.
//
// Committed      y, c; r, all limbs of v c^2 - 2^(M-p) m.
// Looked up      c in a table of powers of two, each once, 2^0 .. 2^floor((M-1)/2) among them; kappa = m + beta y in {t + beta f(t)}
//                with t of exactly 2^(p-2) .. 2^p - 1; the limbs in tables of exactly their width, M - p bits in all.
// Precondition   as LookupNormalise, b = c^2. 2 <= p < M.
// Outside it     as LookupNormalise.
// Why sound      as LookupNormalise: v c^2 is in [2^(M-2), 2^M), and one even power of two takes v there.
// Cost           5 + L rows, L = ceil((M - p) / w).
template LookupNormaliseRoot(M, p, w) {
    var L = (M - p + w - 1) \ w;
    signal input v;
    signal input X;
    signal input beta;
    signal input y;
    signal input c;
    signal input r[L];
    signal b;
    signal P;
    signal kappa;
    signal output h;
    signal output hc;
    signal output g[L];

    b <== c * c;
    P <== v * b;
    var rest = P;
    for (var i = 0; i < L; i++) {
        rest -= r[i] * (1 << (w * i));
    }
    kappa <-- beta * y + rest / (1 << (M - p));
    (1 << (M - p)) * y * beta === (1 << (M - p)) * kappa - rest;

    h <-- 1 / (X - kappa);
    h * (X - kappa) === 1;
    hc <-- 1 / (X - c);
    hc * (X - c) === 1;
    for (var i = 0; i < L; i++) {
        g[i] <-- 1 / (X - r[i]);
        g[i] * (X - r[i]) === 1;
    }
}

// The same for logarithms: the table of powers has a second column, l(b), which takes the place of b as a result.
//
// Committed      y, l, b; r, all limbs of v b - 2^(M-p) m.
// Looked up      as LookupNormalise, but kappab = b + beta l in {2^j + beta l(2^j)}.
// Precondition   as LookupNormalise.
// Outside it     as LookupNormalise.
// Why sound      as LookupNormalise: the look-up of kappab leaves b = 2^j and l = l(2^j) for one row j.
// Cost           5 + L rows, L = ceil((M - p) / w).
template LookupNormaliseLog(M, p, w) {
    var L = (M - p + w - 1) \ w;
    signal input v;
    signal input X;
    signal input beta;
    signal input y;
    signal input l;
    signal input b;
    signal input r[L];
    signal P;
    signal kappa;
    signal kappab;
    signal output h;
    signal output hb;
    signal output g[L];

    P <== v * b;
    var rest = P;
    for (var i = 0; i < L; i++) {
        rest -= r[i] * (1 << (w * i));
    }
    kappa <-- beta * y + rest / (1 << (M - p));
    (1 << (M - p)) * y * beta === (1 << (M - p)) * kappa - rest;
    kappab <-- beta * l + b;
    l * beta === kappab - b;

    h <-- 1 / (X - kappa);
    h * (X - kappa) === 1;
    hb <-- 1 / (X - kappab);
    hb * (X - kappab) === 1;
    for (var i = 0; i < L; i++) {
        g[i] <-- 1 / (X - r[i]);
        g[i] * (X - r[i]) === 1;
    }
}

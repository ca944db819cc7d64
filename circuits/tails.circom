pragma circom 2.1.0;

// Rescales whose floors reach far beyond the keys between which their function changes: a table of those keys alone and one of a few
// dozen take the place of one of thousands. The keys are first .. first + 2^b - 1; half is 2^(s-1), or 0 for s = 0.
//
// The floor is first + 2^b u + v. u is not a signal; its class c says on which side of the keys the floor is: 0 below (u < 0), 1 among
// them (u = 0), 2 above. e = c (2 - c) is 1 for c = 1 and 0 for c = 0, 2; (c - e) / 2 is 1 for c = 2 alone.
//
// Precondition   |acc - 2^s first| + half + 2^(s+b) (max|t| + 1) < r over all keys t of the table of classes, which cover the u of the
//                whole interval of acc; acc is an integer form of wires that are fixed before X.
// Outside it     as in LookupRescale.
// Why sound      what is committed is fixed before X: the look-up of kappa = u + beta c leaves u = t and c = c(t) for one row t. With
//                0 <= v < 2^b and 0 <= remainder < 2^s, 2^(s+b) t + 2^s v + remainder = acc + half - 2^s first over the integers,
//                so first + 2^b t + v is the floor.

// y = min(max(q, 0), 2^b - 1), q the floor: the keys begin with first = 0.
//
// Committed      y, c, v, r (the remainder in limbs of w bits, the last limb with the bits that are left, as in LookupRescale).
// Looked up      kappa in {t + beta c(t)}; v in a table of exactly 2^b rows; each limb in one of its width. s, b >= 1.
// Why sound      y = e v + (2^b - 1) (c - e) / 2 is 0, v = q or 2^b - 1.
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

// y = f(floor) for any function f of a table that takes one value, lo, below the keys and one, hi, above them.
//
// Committed      as LookupWide, and p, f at the key first + v.
// Looked up      as LookupWide, but lambda = v + beta p in {t + beta f(first + t)} of exactly 2^b rows. b >= 0.
// Why sound      p = f(first + v), so y = e p + lo (1 - e - (c - e) / 2) + hi (c - e) / 2 is lo, p or hi.
// Cost           6 + L rows: 7 for s <= w, 6 for s = 0.
template LookupTails(s, w, b, first, lo, hi) {
    var L = (s + w - 1) \ w;
    signal input acc;
    signal input X;
    signal input beta;
    signal input y;
    signal input c;
    signal input v;
    signal input p;
    signal input r[L];
    signal e;
    signal kappa;
    signal lambda;
    signal output h;
    signal output hv;
    signal output g[L];

    var half = s == 0 ? 0 : 1 << (s - 1);
    var rest = acc + half - (1 << s) * (first + v);
    for (var i = 0; i < L; i++) {
        rest -= r[i] * (1 << (w * i));
    }
    kappa <-- beta * c + rest / (1 << (s + b));
    (1 << (s + b)) * c * beta === (1 << (s + b)) * kappa - rest;
    lambda <== v + p * beta;

    h <-- 1 / (X - kappa);
    h * (X - kappa) === 1;
    hv <-- 1 / (X - lambda);
    hv * (X - lambda) === 1;
    for (var i = 0; i < L; i++) {
        g[i] <-- 1 / (X - r[i]);
        g[i] * (X - r[i]) === 1;
    }

    e <== c * (2 - c);
    2 * e * p === 2 * y - lo * (2 - e - c) - hi * (c - e);
}

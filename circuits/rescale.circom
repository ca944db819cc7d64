pragma circom 2.1.0;

// acc is a linear form of any length; it appears in one row only, on the C side, where it is free for the prover. half is 2^(s-1), or 0
// for s = 0.

// In bits, rescale with rounding, ReLU and saturation in one: y = min(max(floor((acc + half) / 2^s), 0), 2^n - 1).
//
// Precondition   -2^(B-1) <= acc + half < 2^(B-1), an integer: interval analysis proves it before any key is made.
//                s < B <= 252, n >= 1.
// Outside it     there is no witness: acc + half + 2^(B-1) does not fit in B bits.
// Why sound      the B bits are those of u = acc + half + 2^(B-1) as an integer, since 2^B < r. The top bit says
//                whether acc + half >= 0; the bits from s on are the floor, the high ones among them tell whether it
//                exceeds 2^n - 1: h * inv = over and h * (1 - over) = 0 leave over = 1 for h != 0 and
//                over = 0 for h = 0, whatever inv is.
// Cost           B + 5 rows; B + 2 where B - 1 <= s + n, because nothing can saturate above.
template Rescale(B, s, n) {
    signal input acc;
    signal output y;
    signal bit[B];

    var half = s == 0 ? 0 : 1 << (s - 1);
    var u = 0;
    for (var i = 0; i < B; i++) {
        bit[i] <-- ((acc + half + (1 << (B - 1))) >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        u += bit[i] * (1 << i);
    }
    u === acc + half + (1 << (B - 1));

    var low = 0;
    for (var i = s; i < s + n && i < B - 1; i++) {
        low += bit[i] * (1 << (i - s));
    }
    if (B - 1 > s + n) {
        signal over;
        signal inv;
        signal capped;

        var h = 0;
        for (var i = s + n; i < B - 1; i++) {
            h += bit[i] * (1 << (i - s - n));
        }
        inv <-- h == 0 ? 0 : 1 / h;
        over <== h * inv;
        h * (1 - over) === 0;
        capped <== over * ((1 << n) - 1 - low) + low;
        y <== bit[B - 1] * capped;
    } else {
        y <== bit[B - 1] * low;
    }
}

// In bits, rescale, LeakyRelu with its bend at `at`, saturation:
//     q = floor((acc + half) / 2^s) - at
//     p = q for q >= 0, slope * q / 2^k for q < 0
//     y = min(max(at + floor(p + 1/2), 0), 2^n - 1)
// The port `acc` is given without the bend: the constant at * 2^s is subtracted here.
//
// Precondition   -2^(B-1) <= acc + half - at * 2^s < 2^(B-1), an integer; s < B; 0 <= slope; the scaled p plus its
//                half and at * 2^k stay within [-2^(C-1), 2^(C-1)); B, C <= 252, k >= 1.
// Outside it     there is no witness.
// Why sound      bits as in Rescale; `pos` is sign bit times q, so 2^k p = 2^k pos + slope (q - pos) is a linear form of
//                bits and pos; Rescale(C, k, n) rounds and saturates it.
// Cost           B + C + 9 rows, or B + C + 6 where nothing can saturate above.
template LeakyRescale(B, s, n, at, slope, k, C) {
    signal input acc;
    signal output y;
    signal pos;
    signal bit[B];

    var half = s == 0 ? 0 : 1 << (s - 1);
    var u = 0;
    var q = 0;
    for (var i = 0; i < B; i++) {
        bit[i] <-- ((acc + half - at * (1 << s) + (1 << (B - 1))) >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        u += bit[i] * (1 << i);
        if (i >= s) {
            q += bit[i] * (1 << (i - s));
        }
    }
    u === acc + half - at * (1 << s) + (1 << (B - 1));
    q -= 1 << (B - 1 - s);
    pos <== bit[B - 1] * q;

    component round = Rescale(C, k, n);
    round.acc <== (1 << k) * pos + slope * (q - pos) + at * (1 << k);
    y <== round.y;
}

// By look-ups, rescale, rounding, activation and saturation in one: y = f(floor((acc + half) / 2^s)) for any function f of a table.
//
// The quotient q = (acc + half - remainder) / 2^s is not a signal: kappa = q + beta y is, and it is looked up in {t + beta f(t)}.
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

// By look-ups, y = floor((acc + half) / 2^s), s >= 1, where intervals prove that it needs no saturation, hence no function table.
//
// Committed      y, which is a choice until it is looked up; r and l, all limbs of the remainder and of y but the highest.
// Looked up      the Lr limbs of acc + half - 2^s y (w bits each; the highest has the s - w (Lr - 1) bits that are
//                left) in tables of exactly their width; the Ly limbs of y in tables of 2^w rows or fewer.
// Precondition   acc is an integer form of wires that are fixed before X; |acc| + half + 2^s (2^(w Ly) + 1) < r.
// Outside it     there is no witness for a floor outside [0, 2^(w Ly)).
// Why sound      y is an integer in [0, 2^(w Ly)) and 0 <= acc + half - 2^s y < 2^s, over the integers by the bound.
// Cost           Lr + Ly rows: 2 for s <= w and y below a table.
template LookupFloor(s, w, Ly) {
    var Lr = (s + w - 1) \ w;
    signal input acc;
    signal input X;
    signal input y;
    signal input r[Lr - 1];
    signal input l[Ly - 1];
    signal output g[Lr];
    signal output h[Ly];

    var remainder = acc + (1 << (s - 1)) - (1 << s) * y;
    for (var i = 0; i < Lr - 1; i++) {
        g[i] <-- 1 / (X - r[i]);
        g[i] * (X - r[i]) === 1;
        remainder -= r[i] * (1 << (w * i));
    }
    var topr = 1 << (w * (Lr - 1));
    g[Lr - 1] <-- topr / (topr * X - remainder);
    g[Lr - 1] * (topr * X - remainder) === topr;

    var rest = y;
    for (var i = 0; i < Ly - 1; i++) {
        h[i] <-- 1 / (X - l[i]);
        h[i] * (X - l[i]) === 1;
        rest -= l[i] * (1 << (w * i));
    }
    var topy = 1 << (w * (Ly - 1));
    h[Ly - 1] <-- topy / (topy * X - rest);
    h[Ly - 1] * (topy * X - rest) === topy;
}

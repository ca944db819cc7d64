pragma circom 2.1.0;

// Rescale with rounding, ReLU and saturation in one:
//     y = min(max(floor((acc + half) / 2^s), 0), 2^n - 1),   half = 2^(s-1), 0 for s = 0.
//
// acc is a linear form of any length; it appears in one row only, on the C side, where it is free for the prover.
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

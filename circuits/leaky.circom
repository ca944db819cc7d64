pragma circom 2.1.0;

include "rescale.circom";

// Rescale, LeakyRelu with its bend at `at`, saturation:
//     q = floor((acc + half) / 2^s) - at,              half = 2^(s-1), 0 for s = 0
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

pragma circom 2.1.0;

// y = floor((acc + half) / 2^s), half = 2^(s-1), where intervals prove that it needs no saturation, hence no function
// table.
//
// Committed      y, which is a choice until it is looked up; r and l, all limbs of the remainder and of y but the highest.
// Looked up      the Lr limbs of acc + half - 2^s y (w bits each; the highest has the s - w (Lr - 1) bits that are
//                left) in tables of exactly their width; the Ly limbs of y in tables of 2^w rows or fewer.
// Precondition   acc is an integer form of wires that are fixed before X; |acc| + half + 2^s (2^(w Ly) + 1) < r. s >= 1.
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

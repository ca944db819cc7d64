pragma circom 2.1.0;

// f_i = floor((C_i + half) / 2^s) - lo with C_i = a_i0 B_0 + ... + a_i(K-1) B_(K-1) for g rows a_i and one column B, half = 2^(s-1),
// or 0 for s = 0: the products of all rows in K rows of constraints.
//
// The rows of a stand side by side in one field element, b bits apart: sum_i 2^(b i) a_ik times B_k, added up over k, is
// sum_i 2^(b i) C_i. Floors and remainders of every C_i are committed, and their limbs keep it in b bits.
//
// Committed      f; r, the Lr limbs of the remainders; l, all limbs of f but the highest.
// Looked up      each limb of a remainder in a table of exactly its width (w bits; the highest has the s - w (Lr - 1) that are
//                left); the Ly limbs of f in tables of exactly theirs, N integers in all.
// Precondition   a and B are integer forms of wires that are fixed before X; |c - C_i| < 2^b for every integer c that floor and
//                remainder can say, 2^s lo - half <= c < 2^s (lo + N) - half, and all that a and B allow C_i to be; b g <= 253.
// Outside it     there is no witness for a floor outside [lo, lo + N).
// Why sound      let d_i be what floor and remainder of row i say less C_i. The last product makes sum_i 2^(b i) d_i vanish modulo r; it
//                is below 2^(b g) < r, so it vanishes, and with |d_i| < 2^b each d_i does, lowest first. Were one |d_i| as large as
//                2^b, the row beside it would take it. The limbs make f and remainder unique.
// Cost           K + g (Lr + Ly) rows.
// Source         the products of a column are shared as digits are in a convolution by one multiplication (Kronecker substitution).
template LookupMatmul(g, K, b, lo, s, Ly, w) {
    var Lr = (s + w - 1) \ w;
    signal input a[g][K];
    signal input B[K];
    signal input X;
    signal input f[g];
    signal input r[g][Lr];
    signal input l[g][Ly - 1];
    signal product[K - 1];
    signal output h[g][Lr];
    signal output e[g][Ly];

    var half = s == 0 ? 0 : 1 << (s - 1);
    var sum = 0;
    for (var i = 0; i < g; i++) {
        var c = (f[i] + lo) * (1 << s) - half;
        for (var j = 0; j < Lr; j++) {
            c += r[i][j] * (1 << (w * j));
        }
        sum += c * (1 << (b * i));
    }
    for (var k = 0; k < K; k++) {
        var packed = 0;
        for (var i = 0; i < g; i++) {
            packed += a[i][k] * (1 << (b * i));
        }
        if (k < K - 1) {
            product[k] <== packed * B[k];
            sum -= product[k];
        } else {
            packed * B[k] === sum;
        }
    }

    for (var i = 0; i < g; i++) {
        for (var j = 0; j < Lr; j++) {
            h[i][j] <-- 1 / (X - r[i][j]);
            h[i][j] * (X - r[i][j]) === 1;
        }
        var top = 1 << (w * (Ly - 1));
        var rest = f[i];
        for (var j = 0; j < Ly - 1; j++) {
            e[i][j] <-- 1 / (X - l[i][j]);
            e[i][j] * (X - l[i][j]) === 1;
            rest -= l[i][j] * (1 << (w * j));
        }
        e[i][Ly - 1] <-- top / (top * X - rest);
        e[i][Ly - 1] * (top * X - rest) === top;
    }
}

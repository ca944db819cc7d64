pragma circom 2.1.0;

// f_ij = floor((C_ij + half) / 2^s) - lo with C_ij = a_i0 B_j0 + ... + a_i(K-1) B_j(K-1) for m rows a_i and n columns B_j, of each column
// from row first_j on; half = 2^(s-1), or 0 for s = 0.
//
// g rows of a stand side by side in one field element, b bits apart, and P_qk = sum_i 2^(b i) a_(qg+i)k times B_jk, added up over k, is
// sum_i 2^(b i) C_(qg+i)j. G = ceil(m / g) such groups are folded by powers of X, so one product serves all rows of a column.
// Floors and remainders of every C_ij are committed, and their limbs keep it in b bits.
//
// Committed      f, column by column; r, the Lr limbs of the remainders; l, all limbs of f but the highest.
// Looked up      each limb of a remainder in a table of exactly its width (w bits; the highest has the s - w (Lr - 1) that are
//                left); the Ly limbs of f in tables of exactly theirs, N integers in all.
// Precondition   a and B are integer forms of wires that are fixed before X; |c - C_ij| < 2^b for every integer c that floor and
//                remainder can say, 2^s lo - half <= c < 2^s (lo + N) - half, and all that a and B allow C_ij to be; b g <= 253.
// Outside it     there is no witness for a floor outside [lo, lo + N).
// Why sound      let d_ij be what floor and remainder say less C_ij, and D_qj = sum_i 2^(b i) d_(qg+i)j. The last product of a column
//                says that sum_q X^q D_qj = 0 from its first group on: a polynomial in X whose coefficients are fixed before X, so but
//                for G of the r values of X each D_qj vanishes modulo r. It is below 2^(b g) < r, so it vanishes, and with
//                |d_ij| < 2^b each d_ij does, lowest first. Were one |d_ij| as large as 2^b, the row beside it would take it.
//                The limbs make f and remainder unique.
// Cost           (G - 1) K + n K rows, one for each group of a column behind its first, and Lr + Ly for each f.
// Source         the products of a column are shared as digits are in a convolution by one multiplication (Kronecker substitution);
//                groups as in Freivalds, Probabilistic machines can use less running time (1977).
template LookupMatmul(m, K, n, g, b, lo, s, Ly, w, first) {
    var Lr = (s + w - 1) \ w;
    var G = (m + g - 1) \ g;
    var size = 0;
    var behind = 0;
    for (var j = 0; j < n; j++) {
        size += m - first[j];
        behind += G - 1 - first[j] \ g;
    }
    signal input a[m][K];
    signal input B[n][K];
    signal input X;
    signal input f[size];
    signal input r[size][Lr];
    signal input l[size][Ly - 1];
    signal folded[G - 1][K];
    signal product[n][K - 1];
    signal total[behind];
    signal output h[size][Lr];
    signal output e[size][Ly];

    // folded[q - 1] is X times what the groups from q on are together
    for (var q = G - 1; q > 0; q--) {
        for (var k = 0; k < K; k++) {
            var packed = 0;
            for (var i = q * g; i < m && i < (q + 1) * g; i++) {
                packed += a[i][k] * (1 << (b * (i - q * g)));
            }
            folded[q - 1][k] <== (q < G - 1 ? packed + folded[q][k] : packed) * X;
        }
    }

    var half = s == 0 ? 0 : 1 << (s - 1);
    var at = 0;
    var rest = 0;
    for (var j = 0; j < n; j++) {
        var head = first[j] \ g;
        var sum = 0;
        for (var q = G - 1; q >= head; q--) {
            for (var i = q == head ? first[j] : q * g; i < m && i < (q + 1) * g; i++) {
                var t = at + i - first[j];
                var c = (f[t] + lo) * (1 << s) - half;
                for (var u = 0; u < Lr; u++) {
                    c += r[t][u] * (1 << (w * u));
                }
                sum += c * (1 << (b * (i - q * g)));
            }
            if (q > head) {
                total[rest] <== sum * X;
                sum = total[rest];
                rest++;
            }
        }
        for (var k = 0; k < K; k++) {
            var packed = 0;
            for (var i = first[j]; i < m && i < (head + 1) * g; i++) {
                packed += a[i][k] * (1 << (b * (i - head * g)));
            }
            if (head < G - 1) {
                packed += folded[head][k];
            }
            if (k < K - 1) {
                product[j][k] <== packed * B[j][k];
                sum -= product[j][k];
            } else {
                packed * B[j][k] === sum;
            }
        }
        at += m - first[j];
    }

    for (var t = 0; t < size; t++) {
        for (var j = 0; j < Lr; j++) {
            h[t][j] <-- 1 / (X - r[t][j]);
            h[t][j] * (X - r[t][j]) === 1;
        }
        var top = 1 << (w * (Ly - 1));
        var left = f[t];
        for (var j = 0; j < Ly - 1; j++) {
            e[t][j] <-- 1 / (X - l[t][j]);
            e[t][j] * (X - l[t][j]) === 1;
            left -= l[t][j] * (1 << (w * j));
        }
        e[t][Ly - 1] <-- top / (top * X - left);
        e[t][Ly - 1] * (top * X - left) === top;
    }
}

pragma circom 2.1.0;

// y[i] = f(nibble i of a, nibble i of b), f bit by bit: and, or, xor.
//
// Committed      y; u and v, all nibbles of a and of b but the highest.
// Looked up      every nibble of a and of b in a table of exactly 16 rows, the highest as (a - sum of the others) / 16^(k-1); for each
//                place kappa = 16 u + v + beta y in {t + beta f(t)}, t of 0 .. 255, a table of its own for the highest.
// Precondition   a and b are linear forms of wires that are fixed before X; 16^k < r.
// Outside it     there is no witness for an a or b outside [0, 16^k), whatever field element it is.
// Why sound      the nibbles are integers of [0, 16), so a and b are their sums, and 16 u + v is the row of that pair alone. y is fixed
//                before X, so the look-up of kappa leaves y = f of that row. Without the look-up of u, v = t - 16 u is another pair;
//                without that of v, u = (t - v) / 16 in the field.
// Cost           4 k rows.
template LookupBitwise(k) {
    signal input a;
    signal input b;
    signal input X;
    signal input beta;
    signal input y[k];
    signal input u[k - 1];
    signal input v[k - 1];
    signal kappa[k];
    signal output h[k];
    signal output hu[k];
    signal output hv[k];

    var top = 1 << (4 * (k - 1));
    var resta = a;
    var restb = b;
    for (var i = 0; i < k - 1; i++) {
        hu[i] <-- 1 / (X - u[i]);
        hu[i] * (X - u[i]) === 1;
        hv[i] <-- 1 / (X - v[i]);
        hv[i] * (X - v[i]) === 1;
        kappa[i] <-- beta * y[i] + 16 * u[i] + v[i];
        y[i] * beta === kappa[i] - 16 * u[i] - v[i];
        resta -= u[i] * (1 << (4 * i));
        restb -= v[i] * (1 << (4 * i));
    }
    hu[k - 1] <-- top / (top * X - resta);
    hu[k - 1] * (top * X - resta) === top;
    hv[k - 1] <-- top / (top * X - restb);
    hv[k - 1] * (top * X - restb) === top;
    kappa[k - 1] <-- beta * y[k - 1] + (16 * resta + restb) / top;
    top * y[k - 1] * beta === top * kappa[k - 1] - 16 * resta - restb;
    for (var i = 0; i < k; i++) {
        h[i] <-- 1 / (X - kappa[i]);
        h[i] * (X - kappa[i]) === 1;
    }
}

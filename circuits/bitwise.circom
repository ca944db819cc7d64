pragma circom 2.1.0;

// y[i] = nibble i of a and b, a or b, a xor b, bit by bit.

// In bits: op = 0, 1, 2. Where isSigned is 1, a, b and y are held above -2^(4 k - 1): their top bits are those of two's complement
// turned over.
//
// Precondition   0 <= a, b < 2^(4 k), 4 k <= 251.
// Outside it     there is no witness for any other a or b.
// Why sound      both are the sums of their bits, and every bit of the result is a product of two of them or a form of it.
// Cost           13 k + 2 rows.
template Bitwise(k, op, isSigned) {
    signal input a;
    signal input b;
    signal output y[k];
    signal u[4 * k];
    signal v[4 * k];
    signal both[4 * k];

    var sumu = 0;
    var sumv = 0;
    for (var i = 0; i < k; i++) {
        var nibble = 0;
        for (var j = 4 * i; j < 4 * i + 4; j++) {
            u[j] <-- (a >> j) & 1;
            u[j] * (u[j] - 1) === 0;
            v[j] <-- (b >> j) & 1;
            v[j] * (v[j] - 1) === 0;
            both[j] <== u[j] * v[j];
            sumu += u[j] * (1 << j);
            sumv += v[j] * (1 << j);
            var bit = both[j];
            if (op == 2) {
                bit = u[j] + v[j] - 2 * both[j];
            }
            var turned = isSigned == 1 && j == 4 * k - 1 ? 1 : 0;
            // of bits that are turned over, and is or, or is and, xor is its opposite
            if (op < 2 && (op == 1) != (turned == 1)) {
                bit = u[j] + v[j] - both[j];
            }
            if (op == 2 && turned == 1) {
                bit = 1 - bit;
            }
            nibble += bit * (1 << (j - 4 * i));
        }
        y[i] <== nibble;
    }
    sumu === a;
    sumv === b;
}

// By look-ups: y[i] = f(nibble i of a, nibble i of b), any f.
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

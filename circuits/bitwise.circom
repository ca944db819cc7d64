pragma circom 2.1.0;

// y[i] = nibble i of a and b, a or b, a xor b (op = 0, 1, 2), bit by bit. Where isSigned is 1, a, b and y are held above -2^(4 k - 1):
// their top bits are those of two's complement turned over.
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

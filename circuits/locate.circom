pragma circom 2.1.0;

// b[k - 1] = 1 where u >= T[k], otherwise 0, for k = 1 .. m: u is in the interval [T[k], T[k + 1]) that the last 1 names.
//
// Precondition   T[0] < T[1] < ... < T[m + 1] are integers, none of these intervals is wider than 2^w, and 2^(w + 1) + T[m + 1] - T[0]
//                < r. u is any linear form. m >= 1.
// Outside it     there is no witness for a u that is not in [T[0], T[m + 1]): the rows are a range check of u.
// Why sound      with a 1 before b and a 0 behind it, every step down from one to the next is 0 or 1, and all of them add up to 1:
//                so there is one, at k. u - T[k] and T[k + 1] - 1 - u are both in [0, 2^w), and their sum is T[k + 1] - 1 - T[k]
//                as integers, so neither is more than that: u is in that interval. Where m = 1 one row says all of the first part.
// Cost           m + 1 + 2 (w + 1) rows, one less where m = 1.
template Locate(m, w, T) {
    signal input u;
    signal output b[m];
    signal low[w];
    signal high[w];

    var least = T[0];
    var next = T[1];
    for (var k = 1; k <= m; k++) {
        b[k - 1] <-- u >= T[k] ? 1 : 0;
        least += b[k - 1] * (T[k] - T[k - 1]);
        next += b[k - 1] * (T[k + 1] - T[k]);
    }
    for (var k = 0; k <= m; k++) {
        var step = (k == 0 ? 1 : b[k - 1]) - (k == m ? 0 : b[k]);
        if (k > 0 || m > 1) {
            step * (step - 1) === 0;
        }
    }

    var below = 0;
    var above = 0;
    for (var i = 0; i < w; i++) {
        low[i] <-- ((u - least) >> i) & 1;
        low[i] * (low[i] - 1) === 0;
        below += low[i] * (1 << i);
        high[i] <-- ((next - 1 - u) >> i) & 1;
        high[i] * (high[i] - 1) === 0;
        above += high[i] * (1 << i);
    }
    below === u - least;
    above === next - 1 - u;
}

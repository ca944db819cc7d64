pragma circom 2.1.0;

// What a circuit with look-ups has in addition to its gadgets. X is the challenge, a public signal that the verifier
// derives from the commitment, so everything committed is fixed before it. Each table T has the sum
//     sum over its look-ups of 1 / (X - key)  =  sum over its rows of m / (X - key)
// in one linear row of its own: a value outside the table leaves a pole that no other term cancels. The inverses that a
// gadget outputs are the terms of these sums.

// A row of a table: g = m / (X - key), m the number of look-ups that hit it.
//
// key            t in a table of one column, t + beta f(t) in one of two; no t appears twice in a table of two.
// Committed      m. Left free, it would close any sum after X is known.
// Cost           1 row.
template LookupTableRow() {
    signal input key;
    signal input X;
    signal input m;
    signal output g;

    g <-- m / (X - key);
    g * (X - key) === m;
}

// square = x^2. beta = X^(2^k) is k of these in a chain: with at most 2^k look-ups and rows in every table of two columns, X^i
// beta^j -> X^(i + 2^k j) is injective on what the sums consist of, so beta is as good as a second challenge.
//
// Cost           1 row.
template LookupSquare() {
    signal input x;
    signal output square;

    square <== x * x;
}

// next = f X + word: one step of F = sum of word_j X^j, last word first. A word is an integer form below 2^248.
//
// Cost           1 row.
template LookupWord() {
    signal input f;
    signal input word;
    signal input X;
    signal output next;

    next <== f * X + word;
}

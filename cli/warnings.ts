// The line that every use of a development key prints.

export const DEV_KEY = 'this is a development key: whoever made it can forge proofs';

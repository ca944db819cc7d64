// The line that every use of a development key prints, and the demo once for its two.

export const DEV_KEY = 'this is a development key: whoever made it can forge proofs';
export const DEV_KEYS = 'these are development keys: whoever made them can forge proofs';

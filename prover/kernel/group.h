// Sums of many points of one group, y^2 = x^3 + b: included once for each, with GROUP 1 or 2, in the coordinates of coordinates.h.
//
// A multi-exponentiation, sum of k_i P_i, after Pippenger, is made of
//   preparePoints   P, -P and for G1 their images under the endomorphism in our form: each digit's point is there to be copied
//   windowSum       sum of digit * point over one window and one range of points: sorts the entries by |digit|, adds up each
//                   bucket, and adds the buckets up with their weights
//   joinWindows     sum of 2^(c w) windowSum over the windows w
// and prepareScalars, the digits. For scalars that are equal:
//   classSums       the sum of each class of points
// and for the multiples of one point:
//   multiples       k_i P by a table of the points that digits name
//
// A bucket is added up pairwise in affine coordinates: all additions of a round share one inversion (Montgomery's trick), 5
// products and a square each. An affine addition has exceptions; they are found before the shared product is taken:
//   one of them infinity   the other one is the sum
//   equal points           the slope is 3x^2 / 2y instead of (y2 - y1) / (x2 - x1)
//   opposite points        infinity
// The free word behind the first element of x is 1 for infinity.
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(name) JOIN(name, GROUP)
#define wide NAME(wide)
#define stored NAME(stored)
#define point NAME(point)
#define addition NAME(addition)
#define workspace NAME(workspace)
#define prepared NAME(prepared)
#define projective NAME(projective)
#define ELEMENTS GROUP /* of a coordinate */
#define HALVES (3 - GROUP) /* of a scalar */

typedef struct {
  stored x, y;
} point;

#define IS_INFINITY(p) ((p)->x.c[0][9])

static void NAME(setInfinity)(point *p) {
  __builtin_memset(p, 0, sizeof(point));
  p->x.c[0][9] = 1;
}

/** The elements of two coordinates, one pair each. */
#define PAIRS(w) ((pair *)(w))

#include "additions.h"
#include "points.h"
#include "buckets.h"
#include "window.h"
#include "join.h"
#include "scalars.h"

#undef CAPACITY
#undef DIRECT
#undef LINES
#undef IS_INFINITY
#undef POINT_WORDS
#undef PAIRS
#undef ELEMENTS
#undef HALVES
#undef JOIN
#undef JOIN_
#undef NAME
#undef wide
#undef stored
#undef point
#undef addition
#undef workspace
#undef prepared
#undef projective
#undef GROUP

// The kernel as one translation unit, so that the products can be shared and inlined alike everywhere.
#include "field.h"
#include "quotient.c"
#include "sums.c"
#include "scale.c"
#include "lagrange.c"
#include "pairing.c"
#include "probe.c"

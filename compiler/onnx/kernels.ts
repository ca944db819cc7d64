// Kernels of support vector machines: how near each row is to each support vector.
import { mapBuilder } from '../linear/builder.js';
import { point } from '../recipes/functions.js';
import { dense } from './dense.js';
import { weights, type Rows } from './rows.js';
import type { Operand, Site } from './site.js';
import { product } from './sums.js';

/** e to it is less than a step of the result. */
const LEAST_EXPONENT = -12;

/** Bits of a kernel's value beyond the usual ones: many of them are added up, with coefficients of any size. */
const FINER = 2;

/** [rows, vectors] */
export function kernelsOf(site: Site, rows: Rows, vectors: readonly number[], count: number): Operand {
  const kernel = site.string('kernel_type', 'LINEAR');
  const [gamma = 0, constant = 0, degree = 0] = kernelParams(site);
  const given = site.inGroup({ name: 'kernels', within: null, finer: FINER });
  const nothing = new Array<number>(count).fill(0);
  const scaled = (): Operand => dense(site, rows, vectors, nothing.fill(constant), gamma);
  switch (kernel) {
    case 'LINEAR':
      return dense(site, rows, vectors, nothing);
    case 'POLY':
      return powered(given, scaled(), degree);
    case 'SIGMOID':
      return given.table(scaled(), point('tanh'));
    case 'RBF': {
      // no more than 0, though its interval does not say so
      const exponents = site.table(distances(site, rows, vectors, count, -gamma), point('clip', LEAST_EXPONENT, 0));
      return given.table(exponents, point('exp'));
    }
    default:
      return site.refuse(`expected a kernel LINEAR, POLY, RBF or SIGMOID, got ${kernel}`);
  }
}

function kernelParams(site: Site): readonly number[] {
  const params = weights(site, 'kernel_params');
  if (params.length !== 0 && params.length < 3)
    site.refuse(`expected gamma, coef0 and a degree in 'kernel_params', got ${params.length} numbers`);
  return params;
}

function powered(site: Site, x: Operand, degree: number): Operand {
  if (degree === 1) return x;
  return degree === 2 ? product(site, x, x) : site.table(x, point('power', degree));
}

/** by |x - v|^2: the squares of the features are the same for all vectors, and what is left is linear. */
function distances(site: Site, rows: Rows, vectors: readonly number[], count: number, by: number): Operand {
  const { x, features } = rows;
  const norms = Array.from({ length: count }, (_, v) => {
    const own = vectors.slice(v * features, (v + 1) * features);
    return by * own.reduce((sum, w) => sum + w * w, 0);
  });
  const cross = dense(site, rows, vectors, norms, -2 * by);
  const squares = product(site, x, x);
  const builder = mapBuilder(site.size(cross.shape));
  site.terms(cross.shape[0] * count * (features + 1));
  const [own, ofSquares] = [builder.part(cross.id), builder.part(squares.id)];
  const each = own.form([0], [1]);
  const { pattern, kernel } = ofSquares.form([...Array(features).keys()], new Float64Array(features).fill(by));
  for (let o = 0; o < builder.bias.length; o++) {
    own.set(o, o, each.pattern, each.kernel);
    ofSquares.set(o, Math.floor(o / count) * features, pattern, kernel);
  }
  return site.linear(builder.build(), cross.shape, 'float32');
}

// The activations that recurrent nodes name in an attribute: functions of one value, with parameters from two lists.
import type { Interval } from '../linear/intervals.js';
import { identityMap, scaleMap } from '../linear/maps.js';
import { point, type PointFunction } from '../recipes/functions.js';
import { sizeOf } from '../tensor.js';
import type { Operand, Site } from './site.js';

export interface Activation {
  /** All that it can give; null: without bounds. */
  readonly within: Interval | null;
  readonly bend: (site: Site, x: Operand) => Operand;
}

interface Form {
  /** Default of each parameter that it has; null: none that all agree on. */
  readonly alpha?: number | null;
  readonly beta?: number | null;
  readonly make: (alpha: number, beta: number) => Activation;
}

/** inner and outer: y = outer f(inner x + offset) */
const of = (f: PointFunction, within: Interval | null = null, inner = 1, outer = 1, offset = 0): Activation => ({
  within,
  bend: (site, x) => line(site, site.table(line(site, x, inner, offset), f), outer, 0),
});

function line(site: Site, x: Operand, factor: number, offset: number): Operand {
  if (factor === 1 && offset === 0) return x;
  return site.linear(scaleMap(identityMap(x.id, sizeOf(x.shape)), factor, offset), x.shape, x.dtype);
}

const UNIT = { lo: 0, hi: 1 };
const SIGNED = { lo: -1, hi: 1 };

/** By their names in lower case: onnxruntime reads them in any. */
const FORMS: Readonly<Record<string, Form>> = {
  affine: {
    alpha: null,
    beta: null,
    make: (alpha, beta) => ({ within: null, bend: (site, x) => line(site, x, alpha, beta) }),
  },
  elu: { alpha: 1, make: (alpha) => of(point('elu', alpha)) },
  hardsigmoid: {
    alpha: 0.20000000298023224,
    beta: 0.5,
    make: (alpha, beta) => of(point('clip', 0, 1), UNIT, alpha, 1, beta),
  },
  leakyrelu: { alpha: 0.009999999776482582, make: (alpha) => of(point('leakyRelu', alpha)) },
  relu: { make: () => of(point('relu')) },
  scaledtanh: {
    alpha: null,
    beta: null,
    make: (alpha, beta) => of(point('tanh'), null, beta, alpha),
  },
  sigmoid: { make: () => of(point('sigmoid'), UNIT) },
  softplus: { make: () => of(point('softplus')) },
  softsign: { make: () => of(point('softsign'), SIGNED) },
  tanh: { make: () => of(point('tanh'), SIGNED) },
};

/** The activations of a node, those of the first direction first; parameters go to those that have them, in order. */
export function activationsOf(site: Site, defaults: readonly string[]): Activation[] {
  const names = listOf(site, 'activations', 'string') ?? defaults;
  const parameters = {
    alpha: listOf(site, 'activation_alpha', 'number'),
    beta: listOf(site, 'activation_beta', 'number'),
  };
  if (names.length !== defaults.length)
    site.refuse(`expected ${defaults.length} activations, got ${names.length}`, 'list those of every direction');
  const next = { alpha: 0, beta: 0 };
  return names.map((name) => {
    const form = Object.hasOwn(FORMS, name.toLowerCase()) ? FORMS[name.toLowerCase()] : null;
    if (form === null) return site.refuse(`expected activations of ${known}, got '${name}'`);
    const parameter = (which: 'alpha' | 'beta'): number => {
      const fallback = form[which];
      if (fallback === undefined) return 0;
      const value = parameters[which]?.[next[which]++] ?? fallback;
      return value ?? site.refuse(`expected activation_${which} of ${name}, got none`, 'write its parameters out');
    };
    const [alpha, beta] = [parameter('alpha'), parameter('beta')];
    if (name.toLowerCase() === 'leakyrelu' && !(alpha >= 0)) site.refuse(`expected an alpha from 0, got ${alpha}`);
    return form.make(alpha, beta);
  });
}

const known = 'Affine, Elu, HardSigmoid, LeakyRelu, Relu, ScaledTanh, Sigmoid, Softplus, Softsign and Tanh';

function listOf(site: Site, name: string, type: 'string'): readonly string[] | null;
function listOf(site: Site, name: string, type: 'number'): readonly number[] | null;
function listOf(site: Site, name: string, type: 'string' | 'number'): readonly unknown[] | null {
  const value = site.attribute(name);
  if (value === undefined) return null;
  if (!Array.isArray(value) || !value.every((v) => typeof v === type))
    return site.refuse(`expected attribute '${name}' to be ${type}s, got another type`);
  return value as readonly unknown[];
}

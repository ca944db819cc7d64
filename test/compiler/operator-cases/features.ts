// Random steps in front of a model of ai.onnx.ml: numbers that are met exactly, keys and categories of both signs, rows of zeros.
import { floats } from '../onnx-models.js';
import { integersOf, shapeOf, type Case, type CaseOf } from './case.js';
import { DOMAIN, floatsOf, rowsOf } from './linear-models.js';

/** Multiples of 0.75, or any floats. */
const floatRows = (c: Case, features = c.random.int(1, 4)): { readonly x: string; readonly features: number } => {
  const shape = [c.random.int(1, 3), features];
  return { x: c.random.chance(0.6) ? c.grid(shape) : c.live(shape), features };
};

const ArrayFeatureExtractor: CaseOf = (c) => {
  const { random } = c;
  const shape = [...shapeOf(c, 0, 2), 3];
  const isLive = random.chance(0.4);
  const x = random.chance(0.3) ? c.whole(shape, 'int64') : c.either(shape);
  const y = isLive ? c.indices([random.int(1, 3)]) : c.integers(Array.from({ length: random.int(1, 3) }, () => random.int(0, 2))); // prettier-ignore
  return { domain: DOMAIN, in: [x, y] };
};

const Binarizer: CaseOf = (c) => ({
  domain: DOMAIN,
  in: [floatRows(c).x],
  attributes: { threshold: { float: c.random.pick([0, 0.75, -1.5, Math.fround(0.3)]) } },
});

const FeatureVectorizer: CaseOf = (c) => {
  const { random } = c;
  const rows = random.int(1, 3);
  const shapes = Array.from({ length: random.int(1, 3) }, () => [rows, random.int(1, 3)]);
  const isWhole = random.chance(0.3);
  const inputs = shapes.map((shape) => (isWhole ? c.whole(shape, 'int64') : c.live(shape)));
  return {
    domain: DOMAIN,
    in: inputs,
    attributes: { inputdimensions: shapes.map(([, n]) => n + random.pick([0, 0, 1, -1])) },
  };
};

const Imputer: CaseOf = (c) => {
  const { random } = c;
  const isWhole = random.chance(0.4);
  const features = random.int(1, 4);
  const count = random.pick([1, features]);
  const x = isWhole ? c.whole([random.int(1, 3), features], 'int64') : floatRows(c, features).x;
  const attributes = isWhole
    ? { imputed_value_int64s: Array.from({ length: count }, () => random.int(-5, 5)), replaced_value_int64: random.int(-3, 3) } // prettier-ignore
    : { imputed_value_floats: floatsOf(c, count), replaced_value_float: { float: random.pick([0, 0.75, -1.5, NaN]) } };
  return { domain: DOMAIN, in: [x], attributes };
};

const LabelEncoder: CaseOf = (c) => {
  const { random, opset } = c;
  const [fromInts, toInts] = [random.chance(0.5), random.chance(0.5)];
  const shape = shapeOf(c, 1, 2);
  const x = fromInts ? c.whole(shape, 'int64') : c.grid(shape);
  const keys = Array.from({ length: random.int(1, 5) }, () => random.int(-6, 6));
  const values = keys.map(() => (toInts ? random.int(-9, 9) : random.between(-2, 2)));
  const reals = keys.map((k) => (random.chance(0.1) ? NaN : 0.75 * k));
  if (opset >= 4 && fromInts && !toInts && random.chance(0.5)) {
    const tensor = (list: readonly number[]) => ({ tensor: floats([list.length], list) });
    const other = random.pick([{}, { default_float: { float: 7 } }, { default_tensor: tensor([5.5]) }]);
    const list = { tensor: integersOf([keys.length], keys, 'int64') };
    return { domain: DOMAIN, in: [x], attributes: { keys_tensor: list, values_tensor: tensor(values), ...other } };
  }
  if (opset >= 4 && fromInts && toInts && random.chance(0.7)) {
    const tensor = (list: readonly number[]) => ({ tensor: integersOf([list.length], list, 'int64') });
    return { domain: DOMAIN, in: [x], attributes: { keys_tensor: tensor(keys), values_tensor: tensor(values), default_tensor: tensor([5]) } }; // prettier-ignore
  }
  const attributes = {
    ...(fromInts ? { keys_int64s: keys } : { keys_floats: { floats: reals } }),
    ...(toInts ? { values_int64s: values } : { values_floats: { floats: values } }),
    ...(random.chance(0.5) ? { default_int64: 7, default_float: { float: 7 } } : {}),
  };
  return { domain: DOMAIN, in: [x], attributes };
};

const Normalizer: CaseOf = (c) => {
  const { random } = c;
  const norm = random.pick(['MAX', 'L1', 'L2']);
  if (norm === 'MAX') return { domain: DOMAIN, in: [c.positive([2, 3])], attributes: { norm } };
  const { x } = random.chance(0.3) ? { x: c.grid([2, random.int(1, 2)]) } : rowsOf(c); // at times a row of zeros
  return { domain: DOMAIN, in: [x], attributes: { norm } };
};

const OneHotEncoder: CaseOf = (c) => {
  const { random } = c;
  const shape = shapeOf(c, 1, 2);
  const x = random.pick([() => c.grid(shape), () => c.whole(shape, 'int64'), () => c.live(shape)])();
  const cats = [...new Set(Array.from({ length: random.int(1, 5) }, () => random.int(-4, 4)))];
  return { domain: DOMAIN, in: [x], attributes: { cats_int64s: cats, zeros: 1 } };
};

export const FEATURES: Readonly<Record<string, CaseOf>> = {
  ArrayFeatureExtractor,
  Binarizer,
  FeatureVectorizer,
  Imputer,
  LabelEncoder,
  Normalizer,
  OneHotEncoder,
};

// The codec of a step that keeps no data of its own.
import { fieldsOf } from '../json.js';
import type { Codec } from './steps.js';

export type Nothing = Readonly<Record<string, never>>;

export const nothing: Codec<Nothing> = {
  encode: () => ({}),
  decode: (place) => {
    fieldsOf(place, []);
    return {};
  },
};

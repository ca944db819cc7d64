// Records by the names of a model's tensors, which may be those of Object.prototype too: 'constructor', '__proto__'.

/** The record's own entry of that name. */
export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

// Where a client keeps what it must not forget: texts by their names, 'receipts/ID.json'. On disk in Node, what an app likes in a browser.
export interface Store {
  /** undefined: there is none. */
  readonly read: (name: string) => Promise<string | undefined>;
  /** Whole or not at all, and there when it resolves. */
  readonly write: (name: string, text: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** Does something while no other process of the same store does the same of that name; without it, there is none. */
  readonly alone?: <T>(name: string, act: () => Promise<T>) => Promise<T>;
  /** Names in a folder. */
  readonly list: (folder: string) => Promise<readonly string[]>;
}

/**
 * Gone with the process: whoever keeps receipts here cannot challenge them after it ended.
 * @example
 * ```ts
 * const store = memoryStore();
 * await store.write('receipts/1.json', '{}');
 * ```
 */
export function memoryStore(): Store {
  const texts = new Map<string, string>();
  return {
    read: (name) => Promise.resolve(texts.get(name)),
    write: (name, text) => Promise.resolve(void texts.set(name, text)),
    remove: (name) => Promise.resolve(void texts.delete(name)),
    list: (folder) => Promise.resolve([...texts.keys()].filter((name) => name.startsWith(`${folder}/`))),
  };
}

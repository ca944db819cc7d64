// An instance of the kernel, which every thread has. Imports nothing: a thread that starts loads it first.

/** One call of an export with plain numbers: addresses, counts. */
export type Call = readonly [name: string, ...args: number[]];

/** The exports of an instance, called by name. */
export interface Callee {
  readonly call: (call: Call) => number;
  readonly setStack: (top: number) => void;
  readonly heapBase: number;
}

export async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Callee> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const stack = exports['__stack_pointer'] as WebAssembly.Global;
  return {
    call: ([name, ...args]) => (exports[name] as (...args: number[]) => number | undefined)(...args) ?? 0,
    setStack: (top) => {
      stack.value = top;
    },
    heapBase: (exports['__heap_base'] as WebAssembly.Global).value,
  };
}

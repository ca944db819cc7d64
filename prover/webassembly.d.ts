// The part of WebAssembly that the prover uses: TypeScript declares it only in the DOM library.

declare namespace WebAssembly {
  type Module = object;
  class Memory {
    /** In pages of 64 KiB; throws a RangeError where the address space cannot be obtained. */
    constructor(options: { initial: number; maximum?: number; shared?: boolean });
    /** A SharedArrayBuffer for a shared memory. */
    readonly buffer: ArrayBuffer;
    /** Adds pages of 64 KiB; throws a RangeError where they cannot be obtained. */
    grow(pages: number): number;
  }
  class Global {
    value: number;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  function instantiate(
    module: Module,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<Instance>;
}

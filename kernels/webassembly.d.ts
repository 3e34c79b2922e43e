// kernels/webassembly: the part of WebAssembly's interface that this room uses, which neither TypeScript's language
// library nor Node's types declare. workerd's types have their own.

declare namespace WebAssembly {
  // oxlint-disable-next-line typescript/no-extraneous-class -- modules are made and handed on, nothing more
  class Module {
    constructor(bytes: ArrayBufferView | ArrayBuffer);
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
}

// training/engines/wasm/allocator: hands out addresses of the shared memory one after the other. Nothing is ever freed.

const ALIGNMENT = 64; // bytes: a cache line, and a row of a panel

export class Allocator {
  #end: number;

  /** @param begin the first address to hand out, a multiple of 64 */
  constructor(begin: number) {
    this.#end = begin;
  }

  /** The address after everything handed out so far. */
  get end(): number {
    return this.#end;
  }

  /** The address of that many bytes, a multiple of 64. */
  take(bytes: number): number {
    const begin = this.#end;
    this.#end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return begin;
  }

  /** The same `count` times. */
  takeEach(count: number, bytes: number): number[] {
    return Array.from({ length: count }, () => this.take(bytes));
  }
}

/**
 * The library's objects that outlive a call: memory objects, which say where a tensor's values are, and primitives.
 *
 * @module
 */

import { check } from "./_binding.ts";
import type { Library } from "./library.ts";
import type { Handle } from "./_symbols.ts";

/** dnnl_memory_create: no values yet. */
const NO_VALUES = 0n;

/** A tensor as the library sees it. */
export class Memory {
  readonly handle: Handle;
  readonly #library: Library;
  #address = 0;

  constructor(library: Library, descriptor: Handle) {
    const made = new BigUint64Array(1);
    check(library.call.dnnl_memory_create(made, descriptor, library.engine, NO_VALUES));
    this.#library = library;
    this.handle = made[0];
  }

  /** Tells where the values are now. */
  moveTo(address: number): void {
    if (address === this.#address) return;
    check(this.#library.call.dnnl_memory_set_data_handle(this.handle, BigInt(address)));
    this.#address = address;
  }

  release(): void {
    this.#library.call.dnnl_memory_destroy(this.handle);
  }
}

/** Something to execute on memory objects, each under the number that `dnnl_types.h` gives to its role (DNNL_ARG_*). */
export class Primitive {
  readonly #library: Library;
  readonly #handle: Handle;
  /** Of dnnl_exec_arg_t: an int, 4 bytes that are not used, a pointer. */
  readonly #roles: Uint8Array<ArrayBuffer>;
  readonly #count: number;

  constructor(library: Library, descriptor: Handle, roles: readonly (readonly [role: number, memory: Memory])[]) {
    const made = new BigUint64Array(1);
    check(library.call.dnnl_primitive_create(made, descriptor));
    this.#library = library;
    this.#handle = made[0];
    this.#count = roles.length;
    this.#roles = new Uint8Array(roles.length * 16);
    const view = new DataView(this.#roles.buffer);
    roles.forEach(([role, { handle }], i) => {
      view.setInt32(i * 16, role, true);
      view.setBigUint64(i * 16 + 8, handle, true);
    });
  }

  /** Computes; returns when it is done. */
  execute(): void {
    const { call, stream } = this.#library;
    check(call.dnnl_primitive_execute(this.#handle, stream, this.#count, this.#roles));
    check(call.dnnl_stream_wait(stream));
  }

  release(): void {
    this.#library.call.dnnl_primitive_destroy(this.#handle);
  }
}

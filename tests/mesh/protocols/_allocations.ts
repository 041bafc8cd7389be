/** How much memory a piece of code asks for at once. */

/** Runs `work` and resolves to the size of the largest typed array or buffer that was made meanwhile, in bytes. */
export async function largestAllocation(work: () => Promise<unknown>): Promise<number> {
  const global = globalThis as Record<string, unknown>;
  const names = ["Uint8Array", "Float32Array", "Int32Array", "ArrayBuffer"];
  const originals = names.map((name) => global[name] as new (...args: unknown[]) => { byteLength: number });
  let largest = 0;
  try {
    names.forEach((name, i) => {
      global[name] = new Proxy(originals[i], {
        construct(target, args, newTarget) {
          // before it is made: what does not fit into memory throws
          if (typeof args[0] === "number") largest = Math.max(largest, args[0] * bytesOfOne(name));
          return Reflect.construct(target, args, newTarget);
        },
      });
    });
    await work();
  } finally {
    names.forEach((name, i) => global[name] = originals[i]);
  }
  return largest;
}

function bytesOfOne(name: string): number {
  return name.endsWith("32Array") ? 4 : 1;
}

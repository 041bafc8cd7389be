import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { messageOf } from "../../src/core/errors.ts";
import { buildKernels, builds, kernelFolder } from "../../scripts/kernels.ts";

/** Why the compiler, a download of 109 MB from npm, cannot be loaded. */
const missing = await buildKernels("simd").then(() => undefined, (error) => messageOf(error).split("\n")[0]);

for (const [name, features] of builds) {
  Deno.test({
    name: `${name} is what its sources give, byte for byte${missing ? ` (skipped: ${missing})` : ""}`,
    ignore: missing !== undefined,
    async fn() {
      const committed = await Deno.readFile(join(kernelFolder, name));
      const built = await buildKernels(features);
      assert(
        built.length === committed.length && built.every((byte, i) => byte === committed[i]),
        `${name} differs from a fresh build: run \`deno task kernels\` and commit the result`,
      );
    },
  });

  Deno.test(`${name} brings no data of its own into tfjs's memory`, async () => {
    const module = await WebAssembly.compile(await Deno.readFile(join(kernelFolder, name)));
    assertEquals(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
    assertEquals(sectionsOf(await Deno.readFile(join(kernelFolder, name))).filter((id) => id === 11 || id === 8), []);
  });
}

/** The ids of a module's sections: 8 is a start function, 11 data. */
function sectionsOf(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]);
    let [size, shift, byte] = [0, 0, 0];
    do {
      byte = bytes[at++];
      size |= (byte & 127) << shift;
      shift += 7;
    } while (byte & 128);
    at += size;
  }
  return ids;
}

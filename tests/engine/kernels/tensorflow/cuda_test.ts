import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { cudaDevices } from "../../../../src/engine/kernels/tensorflow/cuda.ts";
import { execute } from "../../../../scripts/engine_tensorflow/execute.ts";
import { findCompiler } from "../../../../scripts/engine_tensorflow/compile.ts";

const compiler = await findCompiler().catch(() => undefined);

/** What {@linkcode cudaDevices} finds with a driver whose functions are these; `name` gives a device's name. */
async function withDriver(functions: { init: number; count: number; name: string }): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const [source, library] = [join(folder, "driver.cc"), join(folder, "libcuda.so.1")];
    await Deno.writeTextFile(
      source,
      `#include <cstdio>
      extern "C" {
      int cuInit(unsigned) { return ${functions.init}; }
      int cuDeviceGetCount(int *count) { *count = ${functions.count}; return 0; }
      int cuDeviceGet(int *device, int ordinal) { *device = ordinal + 7; return 0; }
      int cuDeviceGetName(char *name, int length, int device) { ${functions.name} }
      }`,
    );
    const built = await execute([compiler!, "-shared", "-fPIC", source, "-o", library]);
    assertEquals([built.ok, built.stderr], [true, ""]);
    return cudaDevices(library);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("without NVIDIA's driver there is no device", () => {
  assertEquals(cudaDevices("libcuda-that-is-not-there.so.1"), []);
});

Deno.test({
  name: `the driver is asked for every device's name${compiler ? "" : " (skipped: needs a C++ compiler)"}`,
  ignore: compiler === undefined,
  async fn() {
    const named = `std::snprintf(name, length, "Card of handle %d", device); return 0;`;
    assertEquals(await withDriver({ init: 0, count: 2, name: named }), ["Card of handle 7", "Card of handle 8"]);
    assertEquals(await withDriver({ init: 0, count: 1, name: "return 101;" }), ["device 0"]);
    assertEquals(await withDriver({ init: 100, count: 2, name: named }), []); // CUDA_ERROR_NO_DEVICE
  },
});

/**
 * Builds the WebAssembly kernels from their AssemblyScript sources: `deno task kernels [FOLDER]`. Only whoever edits a
 * kernel needs it: the results are committed, and a test compares them with a fresh build.
 *
 * The compiler is a 109 MB download. Everything in the lock file is fetched by whoever runs anything, so it is kept out
 * of there: run this with `--no-lock`, as the task does.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { defineCommand, path } from "../src/cli/flags/mod.ts";
import { UserError } from "../src/core/errors.ts";

/** Where the .wasm files lie. */
const kernelFolder = fromFileUrl(new URL("../src/engine/kernels/wasm/", import.meta.url));

/** The builds: file name -> the compiler's features. */
const builds: ReadonlyMap<string, string> = new Map([
  ["kernels.simd.wasm", "threads,simd"],
  ["kernels.relaxed.wasm", "threads,simd,relaxed-simd"],
]);

/**
 * The bytes of one build.
 *
 * @throws {UserError} if the sources do not compile; the compiler's messages go to standard error.
 */
async function buildKernels(features: string): Promise<Uint8Array> {
  // a constant in the import itself would put the compiler into the module graph of `deno check`
  const specifier = "npm:assemblyscript@0.28.20/asc";
  const { default: asc } = await import(specifier);
  const folder = join(kernelFolder, "assembly");
  let bytes: Uint8Array | undefined;
  const messages: string[] = [];
  const collect = { write: (text: string | Uint8Array) => (messages.push(String(text)), true) };
  const { error } = await asc.main(
    [
      "index.ts",
      ...["--outFile", "kernels.wasm", "-O3", "--noAssert", "--runtime", "stub"],
      ...["--importMemory", "--sharedMemory", "--noExportMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
      ...["--enable", features],
    ],
    {
      stdout: collect,
      stderr: collect,
      readFile: (name: string, base: string) => Deno.readTextFile(join(folder, base, name)).catch(() => null),
      writeFile: (_name: string, contents: Uint8Array) => void (bytes = contents),
      listFiles: () => [],
    },
  );
  if (error || !bytes) {
    console.error(messages.join(""));
    throw new UserError("building the kernels: the sources must compile", { where: folder, cause: error });
  }
  return bytes;
}

/** The command. */
export const kernels = defineCommand({
  name: "kernels",
  does: "rebuild the WebAssembly kernels from their AssemblyScript sources, after editing these",
  arguments: { folder: { ...path("FOLDER", "where they go"), shown: "src/engine/kernels/wasm" } },
  example: "",
  async run({ arguments: { folder = kernelFolder } }) {
    for (const [name, features] of builds) {
      const bytes = await buildKernels(features);
      await Deno.writeFile(join(folder, name), bytes);
      console.log(`${name}: ${bytes.length} bytes`);
    }
  },
});

if (import.meta.main) await kernels.main();

/**
 * The addon, compiled from the sources that the npm package brings.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import type { PackageName } from "../../src/engine/kernels/tensorflow/installation.ts";
import { execute, firstThatRuns, reasonIn } from "./execute.ts";
import type { Library } from "./library.ts";
import { compileCommand, PACKAGE_VERSION } from "./plan.ts";

/** What is built, and to where. */
export interface CompileOptions {
  readonly compiler: string;
  readonly packageName: PackageName;
  readonly library: Library;
  /**
   * Where the loader finds the library: absolute, or from `$ORIGIN`, the addon's folder. @default the library's folder
   */
  readonly searchPath?: string;
  readonly output: string;
}

/**
 * A C++ compiler of this machine: $CXX, or the first of the usual names.
 *
 * @throws {UserError} if there is none.
 */
export async function findCompiler(): Promise<string> {
  const named = Deno.env.get("CXX");
  const compiler = await firstThatRuns(named ? [named] : ["c++", "g++", "clang++"], ["--version"]);
  if (compiler) return compiler;
  throw new UserError("a C++ compiler must be installed (Debian: apt install g++) or named in CXX", {
    where: named && "CXX",
    value: named,
  });
}

/**
 * Builds the addon against a TensorFlow library.
 *
 * @throws {UserError} if the compiler fails.
 */
export async function compileAddon(options: CompileOptions): Promise<void> {
  const { compiler, packageName, library, searchPath = library.folder, output } = options;
  // constants in the imports themselves would put both into the lock file and the module graph of `deno check`
  const [sources, headers] = [`npm:${packageName}@${PACKAGE_VERSION}/package.json`, "npm:node-api-headers@1.9.0"];
  await import(sources, { with: { type: "json" } });
  const { include_dir: nodeHeaders } = (await import(headers)).default;
  const binding = join(fromFileUrl(new URL(".", import.meta.resolve(sources))), "binding");
  const command = compileCommand({
    compiler,
    sources: ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(binding, name)),
    includes: [nodeHeaders, library.include],
    libraries: library.files,
    searchPath,
    output,
  });
  const { ok, stderr } = await execute(command);
  if (!ok) throw new UserError(`${compiler} failed: ${reasonIn(stderr)}`, { value: command.join(" ") });
}

/**
 * TensorFlow as a C library with its headers: one that is on the machine, or PyPI's.
 *
 * @module
 */

import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { execute, firstThatRuns } from "./execute.ts";
import { cudaRequirements, pipArguments, TENSORFLOW_VERSION, wheelRequirement } from "./plan.ts";

/** What an addon is compiled with and linked to. */
export interface Library {
  /** Holds `tensorflow/c/c_api.h`. */
  readonly include: string;
  /** Holds the shared libraries. */
  readonly folder: string;
  /** The shared libraries: the one with the C API, and the one with the core. */
  readonly files: readonly string[];
}

/** Names of the library with the C API: in wheels, and as TensorFlow distributes it for C. */
const NAMES = ["libtensorflow_cc.so.2", "libtensorflow.so.2"];
const CORE = "libtensorflow_framework.so.2";

/** Where a TensorFlow for C is put by hand (tensorflow.org/install/lang_c). */
const PREFIXES = ["/usr/local", "/usr"];

const pythons = ["python3", "python"];

/**
 * The TensorFlow under `root`, a wheel's `tensorflow` folder or a prefix with `include` and `lib`; undefined if none
 * is.
 */
export async function libraryIn(root: string): Promise<Library | undefined> {
  const include = join(root, "include");
  if (!await isFile(join(include, "tensorflow", "c", "eager", "c_api.h"))) return undefined;
  for (const folder of [root, join(root, "lib"), join(root, "lib64")]) {
    for (const name of NAMES) {
      const files = [join(folder, name), join(folder, CORE)];
      if ((await Promise.all(files.map(isFile))).every(Boolean)) return { include, folder, files };
    }
  }
}

/**
 * A TensorFlow that is on the machine already: of Python, or one for C.
 *
 * @param named the only place to look.
 * @throws {UserError} if there is none.
 */
export async function findLibrary(named?: string): Promise<Library> {
  const roots = named !== undefined ? [named] : [...await pythonPackages(), ...PREFIXES];
  for (const root of roots) {
    const library = await libraryIn(root);
    if (library) return library;
  }
  if (named === undefined) throw new UserError("there is none");
  throw new UserError(
    `a TensorFlow library must be a folder with include/tensorflow/c and ${NAMES.join(" or ")}`,
    { where: "--library", value: named },
  );
}

/** The folders of the `tensorflow` packages of this machine's Pythons. */
async function pythonPackages(): Promise<string[]> {
  const script = "import importlib.util as u; s = u.find_spec('tensorflow'); " +
    "print(s.submodule_search_locations[0] if s else '')"; // finds it without importing it
  const found = await Promise.all(pythons.map((python) => execute([python, "-c", script])));
  return found.filter(({ ok, stdout }) => ok && stdout !== "").map(({ stdout }) => stdout);
}

/**
 * PyPI's wheel, unpacked into `target` by pip, and for CUDA the libraries of NVIDIA that it wants.
 *
 * @throws {UserError} if there is no pip or it fails.
 */
export async function fetchLibrary({ target, cuda }: { target: string; cuda: boolean }): Promise<Library> {
  const python = await firstThatRuns(pythons, ["-m", "pip", "--version"]);
  if (!python) {
    throw new UserError(
      "it comes from PyPI by pip, so Python and pip must be installed (Debian: apt install python3-pip)",
    );
  }
  const { arch } = Deno.build;
  const install = async (requirements: readonly string[]) => {
    const { ok } = await execute([python, ...pipArguments(requirements, { target, arch })], { show: true });
    if (!ok) throw new UserError("pip failed", { value: requirements.join(" ") });
  };
  const wheel = wheelRequirement({ cuda, arch });
  await install([wheel]);
  if (cuda) {
    const metadata = join(target, `tensorflow-${TENSORFLOW_VERSION}.dist-info`, "METADATA");
    await install(cudaRequirements(await Deno.readTextFile(metadata)));
  }
  const library = await libraryIn(join(target, "tensorflow"));
  if (!library) {
    throw new UserError("the wheel must hold the C library and its headers, and does not", { value: wheel });
  }
  return library;
}

function isFile(path: string): Promise<boolean> {
  return Deno.stat(path).then((entry) => entry.isFile, () => false);
}

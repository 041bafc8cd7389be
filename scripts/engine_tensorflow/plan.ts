/**
 * What `deno task engine:tensorflow` will do, as pure functions: which ways it tries, and with which commands.
 *
 * @module
 */

import type { PackageName } from "../../src/engine/kernels/tensorflow/installation.ts";

/** The version of the npm packages; the one of deno.json's import map. */
export const PACKAGE_VERSION = "4.22.0";

/** The TensorFlow that is taken from PyPI: the newest whose wheels run with glibc 2.17. */
export const TENSORFLOW_VERSION = "2.20.0";

/** The ways to an addon, in the order in which they are tried. */
export const routeNames = ["installer", "machine", "pypi"] as const;

/** One of {@linkcode routeNames}. */
export type RouteName = typeof routeNames[number];

/** The package for a machine with or without a CUDA device. */
export function choosePackage(cuda: boolean): PackageName {
  return cuda ? "@tensorflow/tfjs-node-gpu" : "@tensorflow/tfjs-node";
}

/**
 * The ways to try. A library that the user named leaves no choice; building from source is for Linux alone, whose
 * wheels hold TensorFlow as a library that an addon can be linked with.
 */
export function planRoutes({ os, library }: { os: string; library?: string }): RouteName[] {
  if (library !== undefined) return ["machine"];
  return os === "linux" ? [...routeNames] : ["installer"];
}

/** What is compiled, with what, to where; all absolute paths. */
export interface CompileInput {
  readonly compiler: string;
  readonly sources: readonly string[];
  readonly includes: readonly string[];
  /** TensorFlow's shared libraries. */
  readonly libraries: readonly string[];
  /** Where the loader finds them: absolute, or from `$ORIGIN`, the addon's own folder. */
  readonly searchPath: string;
  readonly output: string;
}

/** The compiler and its arguments. The addon is N-API, which the process that loads it provides. */
export function compileCommand(input: CompileInput): string[] {
  return [
    ...[input.compiler, "-shared", "-fPIC", "-O2", "-std=c++17", "-DNAPI_VERSION=8"],
    ...input.includes.flatMap((folder) => ["-I", folder]),
    ...input.sources,
    ...input.libraries,
    `-Wl,-rpath,${input.searchPath}`,
    ...["-o", input.output],
  ];
}

/** The requirement of the wheel: with CUDA inside, or smaller and without. Only x86-64 has a smaller one. */
export function wheelRequirement({ cuda, arch }: { cuda: boolean; arch: string }): string {
  return `${cuda || arch !== "x86_64" ? "tensorflow" : "tensorflow-cpu"}==${TENSORFLOW_VERSION}`;
}

/**
 * pip's arguments: wheels for this machine unpacked into `target`, whichever version pip's own Python has. What
 * TensorFlow's Python part needs is left out, because no Python runs.
 */
export function pipArguments(requirements: readonly string[], { target, arch }: { target: string; arch: string }) {
  return [
    ...["-m", "pip", "install", "--target", target, "--upgrade", "--no-deps", "--no-compile"],
    ...["--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311"],
    ...["manylinux_2_27", "manylinux_2_17", "manylinux2014"].flatMap((tag) => ["--platform", `${tag}_${arch}`]),
    ...["--disable-pip-version-check", "--root-user-action=ignore"],
    ...requirements,
  ];
}

/**
 * The CUDA libraries that a TensorFlow wheel wants: the requirements of its extra `and-cuda`.
 *
 * @param metadata the wheel's METADATA (core metadata specification, `Requires-Dist`).
 */
export function cudaRequirements(metadata: string): string[] {
  const lines = metadata.matchAll(/^Requires-Dist:\s*([^;\n]+?)\s*;\s*extra\s*==\s*["']and-cuda["']\s*$/gm);
  return [...lines].map(([, requirement]) => requirement.replaceAll(/[\s()]/g, ""));
}

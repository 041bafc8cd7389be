/**
 * The system's libdnnl: found, its version looked at before anything else is called, and opened.
 *
 * @module
 */

import { messageOf, UserError } from "../../../core/errors.ts";
import { type Binding, check } from "./_binding.ts";
import { commonSymbols, type Functions, type Handle, symbols2, symbols3 } from "./_symbols.ts";
import { bindVersion2 } from "./_version2.ts";
import { bindVersion3 } from "./_version3.ts";

/** The environment variable that names a libdnnl to take instead of looking for one. */
const PATH_VARIABLE = "SYNCYTIUM_LIBDNNL";

/** What an opened libdnnl offers. */
export interface Library {
  /** "2.6.3" */
  readonly version: string;
  readonly call: Functions<typeof commonSymbols>;
  readonly binding: Binding;
  /** The processor as the library's engine, and the queue of what it executes. */
  readonly engine: Handle;
  readonly stream: Handle;
  /** Whether it was built to use several threads. */
  readonly threaded: boolean;
  /** How many threads calls from this thread are spread over. */
  setThreads(count: number): void;
}

/** Opens a shared library, as `Deno.dlopen` does. */
export type OpenLibrary = <S extends Deno.ForeignLibraryInterface>(path: string, symbols: S) => Deno.DynamicLibrary<S>;

/** What is called to learn the version. */
const versionSymbols = {
  dnnl_version: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** OpenMP's, from the runtime that libdnnl itself is linked to. */
const threadSymbols = {
  omp_set_num_threads: { parameters: ["i32"], result: "void", optional: true },
} as const satisfies Deno.ForeignLibraryInterface;

/** What systems call libdnnl, in the order in which it is looked for; Debian 13 has libdnnl.so.3.6. */
export function libraryNames(system: typeof Deno.build.os = Deno.build.os): readonly string[] {
  if (system === "windows") return ["dnnl.dll"];
  if (system === "darwin") {
    return ["", "/opt/homebrew/lib/", "/usr/local/lib/"].map((folder) => `${folder}libdnnl.dylib`);
  }
  const minors = Array.from({ length: NEWEST_MINOR + 1 }, (_, i) => `libdnnl.so.3.${NEWEST_MINOR - i}`);
  return ["libdnnl.so.3", ...minors, "libdnnl.so.2"];
}

/** What to do where there is none. */
const remedy = "install the package libdnnl2 (Debian 12), libdnnl3.6 (Debian 13) or onednn (Homebrew), " +
  `or name the library's file in the variable ${PATH_VARIABLE}`;

/** Minor versions of 3 up to which a library is looked for by its full name; 13 came out in 2026. */
const NEWEST_MINOR = 32;

/** Where `dnnl_version_t` (three int, a pointer, two unsigned) has its cpu_runtime, and values of it. */
const RUNTIME_OFFSET = 24;
const [SEQUENTIAL, OPENMP] = [1, 2];
/** dnnl_cpu and dnnl_stream_in_order. */
const [PROCESSOR, IN_ORDER] = [1, 1];

/**
 * How OpenMP's threads wait for work, read by its runtime when it is loaded: in their default they would go on spinning
 * for milliseconds on the cores that the wasm kernels' threads want next. GOMP_SPINCOUNT has the last word in GCC's
 * runtime; of 0, 2,000, 20,000 and its default, 2,000 gave the shortest training steps.
 */
const waiting = { OMP_WAIT_POLICY: "passive", GOMP_SPINCOUNT: "2000" };

/** POSIX's dlopen, and where systems have it; Deno's own has no flags. */
const loaderSymbols = {
  dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;
const loaders: Partial<Record<typeof Deno.build.os, { path: string; stay: number }>> = {
  linux: { path: "libdl.so.2", stay: 0x1000 },
  darwin: { path: "/usr/lib/libSystem.B.dylib", stay: 0x80 },
};
/** RTLD_NOW; `stay` above is RTLD_NODELETE. */
const NOW = 2;

/** Options of {@linkcode openLibrary}. */
export interface OpenLibraryOptions {
  /** A path or name to take. @default the variable SYNCYTIUM_LIBDNNL, else the names that systems give to libdnnl */
  path?: string;
  /** @default Deno.dlopen */
  open?: OpenLibrary;
}

/**
 * Opens libdnnl, version 2 or 3.
 *
 * @throws {UserError} if there is none, if it may not be loaded, or if its version or its threading is not known.
 */
export function openLibrary(options: OpenLibraryOptions = {}): Library {
  return withVariables(waiting, () => findLibrary(options));
}

function findLibrary(options: OpenLibraryOptions): Library {
  const { path = pathFromEnvironment(), open = Deno.dlopen } = options;
  const candidates = path === undefined ? libraryNames() : [path];
  let failure: unknown;
  let refusal: unknown;
  for (const candidate of candidates) {
    let probe: Deno.DynamicLibrary<typeof versionSymbols>;
    try {
      probe = open(candidate, versionSymbols);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) {
        const rule = "starting the onednn engine: loading libdnnl must be allowed; run with --allow-ffi";
        throw new UserError(rule, { where: candidate, value: "not allowed" });
      }
      failure = error;
      continue;
    }
    try {
      return bind(candidate, open, probe.symbols.dnnl_version());
    } catch (error) {
      refusal ??= error;
      probe.close();
    }
  }
  if (refusal !== undefined) throw refusal;
  throw new UserError(`starting the onednn engine: there must be a libdnnl; ${remedy}`, {
    where: path === undefined ? "looked for" : PATH_VARIABLE,
    value: path === undefined ? `${candidates[0]}, …, ${candidates.at(-1)}` : messageOf(failure),
  });
}

/** The variable's value, where reading it is allowed. */
function pathFromEnvironment(): string | undefined {
  return mayUse(PATH_VARIABLE) ? Deno.env.get(PATH_VARIABLE) : undefined;
}

function mayUse(variable: string): boolean {
  return Deno.permissions.querySync({ name: "env", variable }).state === "granted";
}

/** Runs `work` with environment variables set that may be, and that the user has not set. */
function withVariables<T>(variables: Record<string, string>, work: () => T): T {
  const mine = Object.entries(variables).filter(([name]) => mayUse(name) && Deno.env.get(name) === undefined);
  for (const [name, value] of mine) Deno.env.set(name, value);
  try {
    return work();
  } finally {
    for (const [name] of mine) Deno.env.delete(name);
  }
}

function bind(path: string, open: OpenLibrary, described: Deno.PointerValue): Library {
  const { version, major, runtime } = readVersion(described!);
  const refuse = (rule: string, value: string) =>
    new UserError(`starting the onednn engine: ${rule}`, { where: path, value });
  if (major !== 2 && major !== 3) throw refuse("oneDNN's version must be 2 or 3", version);
  stayLoaded(path, open);
  const { omp_set_num_threads: setThreads } = open(path, threadSymbols).symbols;
  if (runtime !== SEQUENTIAL && (runtime !== OPENMP || setThreads === null)) {
    throw refuse("oneDNN must be built with OpenMP, or without threads", `version ${version}, runtime ${runtime}`);
  }
  const call = open(path, commonSymbols).symbols;
  const binding = major === 2 ? bindVersion2(open(path, symbols2).symbols) : bindVersion3(open(path, symbols3).symbols);
  check(call.dnnl_set_primitive_cache_capacity(0));
  const [engine, stream] = [new BigUint64Array(1), new BigUint64Array(1)];
  check(call.dnnl_engine_create(engine, PROCESSOR, 0n));
  check(call.dnnl_stream_create(stream, engine[0], IN_ORDER));
  return Object.freeze({
    version,
    call,
    binding,
    engine: engine[0],
    stream: stream[0],
    threaded: runtime === OPENMP,
    setThreads: (count: number) => setThreads?.(count),
  });
}

/**
 * Keeps a library that is open loaded until the process ends. Deno closes it as the process ends, and OpenMP's threads,
 * which wait in a runtime that would be unloaded with it, would end the process with a segmentation fault.
 */
function stayLoaded(path: string, open: OpenLibrary): void {
  const loader = loaders[Deno.build.os];
  if (!loader) return;
  const { dlopen } = open(loader.path, loaderSymbols).symbols;
  if (dlopen(new TextEncoder().encode(`${path}\0`), NOW | loader.stay) === null) {
    const rule = "starting the onednn engine: the loader must keep the library until the process ends";
    throw new UserError(rule, { where: path, value: "not kept" });
  }
}

/** Reads a `dnnl_version_t`. */
function readVersion(at: Deno.PointerObject): { version: string; major: number; runtime: number } {
  const view = new Deno.UnsafePointerView(at);
  const [major, minor, patch] = [0, 4, 8].map((offset) => view.getInt32(offset));
  return { version: `${major}.${minor}.${patch}`, major, runtime: view.getUint32(RUNTIME_OFFSET) };
}

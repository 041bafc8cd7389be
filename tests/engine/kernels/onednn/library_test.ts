import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/core/errors.ts";
import { makeOnednnEngine } from "../../../../src/engine/engines/onednn.ts";
import { libraryNames, type OpenLibrary, openLibrary } from "../../../../src/engine/kernels/onednn/library.ts";

/** A library that has nothing but a version: three int, a pointer, the runtimes of processor and graphics. */
function pretend(
  version: readonly number[],
  runtime: number,
  { kept = true } = {},
): { open: OpenLibrary; opened: string[] } {
  const words = new Int32Array([...version, 0, 0, 0, runtime, 0]);
  const opened: string[] = [];
  const open = (path: string) => {
    opened.push(path);
    const succeed = () => 0;
    const symbols = {
      dnnl_version: () => Deno.UnsafePointer.of(words),
      omp_set_num_threads: null,
      dnnl_set_primitive_cache_capacity: succeed,
      dnnl_engine_create: succeed,
      dnnl_stream_create: succeed,
      dlopen: () => kept ? Deno.UnsafePointer.of(words) : null,
    };
    return { symbols, close() {} };
  };
  return { open: open as unknown as OpenLibrary, opened };
}

/** Nothing can be opened: `error` says why. */
const refuse = (error: Error): OpenLibrary => () => {
  throw error;
};

for (const version of [[1, 96, 4], [4, 0, 0], [9, 9, 9]]) {
  Deno.test(`oneDNN ${version.join(".")} is refused by its version, before anything else of it is called`, () => {
    const { open, opened } = pretend(version, 2);
    assertThrows(
      () => openLibrary({ path: "libdnnl.so", open }),
      UserError,
      `oneDNN's version must be 2 or 3 (libdnnl.so: ${version.join(".")})`,
    );
    assertEquals(opened, ["libdnnl.so"]);
  });
}

Deno.test({
  name: "a library that the system's loader would not keep until the process ends is refused",
  ignore: Deno.build.os === "windows",
  fn() {
    const { open } = pretend([3, 7, 2], 2, { kept: false });
    const keep = () => openLibrary({ path: "libdnnl.so", open });
    assertThrows(keep, UserError, "the loader must keep the library until the process ends (libdnnl.so: not kept)");
  },
});

for (const [runtime, what] of [[2, "OpenMP that cannot be told how many threads to use"], [4, "TBB"]] as const) {
  Deno.test(`oneDNN built with ${what} is refused`, () => {
    const { open } = pretend([3, 7, 2], runtime);
    assertThrows(
      () => openLibrary({ path: "libdnnl.so", open }),
      UserError,
      `oneDNN must be built with OpenMP, or without threads (libdnnl.so: version 3.7.2, runtime ${runtime})`,
    );
  });
}

Deno.test("oneDNN built without threads is refused where several may compute", async () => {
  const engine = makeOnednnEngine({ path: "libdnnl.so", open: pretend([3, 7, 2], 1).open });
  await assertRejects(
    () => engine.start({ threads: 2, adapter: "hardware", named: true }),
    UserError,
    "must be built with OpenMP to use several threads (oneDNN 3.7.2: built without, 2 threads asked for)",
  );
});

Deno.test("a library that is refused does not keep another one from being found", () => {
  const { open, opened } = pretend([9, 9, 9], 2);
  assertThrows(() => openLibrary({ open, path: undefined }), UserError, "must be 2 or 3");
  const path = Deno.env.get("SYNCYTIUM_LIBDNNL");
  assertEquals(opened, path === undefined ? [...libraryNames()] : [path]);
});

Deno.test("where there is no libdnnl, the error names the packages to install and the variable", () => {
  const open = refuse(new Error("no such file"));
  assertThrows(() => openLibrary({ open, path: "/nowhere/libdnnl.so" }), UserError, "libdnnl2 (Debian 12)");
  assertThrows(
    () => openLibrary({ open, path: "/nowhere/libdnnl.so" }),
    UserError,
    "SYNCYTIUM_LIBDNNL (SYNCYTIUM_LIBDNNL: no such file)",
  );
});

Deno.test("where loading it is not allowed, the error says which flag is missing", () => {
  const open = refuse(new Deno.errors.NotCapable("Requires ffi access"));
  assertThrows(() => openLibrary({ open, path: "libdnnl.so.3" }), UserError, "run with --allow-ffi (libdnnl.so.3: ");
});

Deno.test("OpenMP is told not to spin while it is loaded, unless the user has; then the environment is as it was", () => {
  const names = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"];
  const values = () => names.map((name) => Deno.env.get(name));
  const set = (values: (string | undefined)[]) =>
    names.forEach((name, i) => values[i] === undefined ? Deno.env.delete(name) : Deno.env.set(name, values[i]));
  const before = values();
  let during: (string | undefined)[] = [];
  const open: OpenLibrary = () => {
    during = values();
    throw new Error("no such file");
  };
  try {
    for (const [users, expected] of [[[], ["passive", "2000"]], [["active"], ["active", "2000"]]]) {
      set(users);
      assertThrows(() => openLibrary({ open }), UserError);
      assertEquals(during, expected);
      assertEquals(values(), names.map((_, i) => users[i]));
    }
  } finally {
    set(before);
  }
});

Deno.test("libdnnl is looked for by the names that systems have for versions 3 and 2", () => {
  const linux = libraryNames("linux");
  assertEquals([linux[0], linux.at(-1), linux.includes("libdnnl.so.3.6")], ["libdnnl.so.3", "libdnnl.so.2", true]);
  assertEquals(libraryNames("windows"), ["dnnl.dll"]);
  assertEquals(libraryNames("darwin").includes("/opt/homebrew/lib/libdnnl.dylib"), true);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { FOLDER_VARIABLE, readInstallation } from "../../src/engine/kernels/tensorflow/installation.ts";
import { findCompiler } from "../../scripts/engine_tensorflow/compile.ts";
import { execute } from "../../scripts/engine_tensorflow/execute.ts";
import { findLibrary, type Library, libraryIn } from "../../scripts/engine_tensorflow/library.ts";
import { setUp } from "../../scripts/engine_tensorflow/set_up.ts";

/** A TensorFlow of this machine, or the one that the engine was set up with; nothing is downloaded for a test. */
async function anyLibrary(): Promise<Library | undefined> {
  try {
    const { addon } = await readInstallation();
    const library = await libraryIn(join(dirname(addon), "tensorflow"));
    return library ?? await findLibrary();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return await findLibrary().catch(() => undefined);
  }
}

const library = await anyLibrary();
const lacking = [
  ...await findCompiler().then(() => [], () => ["a C++ compiler"]),
  ...library ? [] : ["a TensorFlow library"],
].join(" and ");

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: `the package's source becomes an engine that works${lacking ? ` (skipped: needs ${lacking})` : ""}`,
  ignore: lacking !== "",
  fn: () =>
    inFolder(async (folder) => {
      const script = fromFileUrl(new URL("../../scripts/engine_tensorflow/main.ts", import.meta.url));
      // like the task: what only the set-up needs is not for the lock file
      const command = ["run", "--no-prompt", "--no-lock", "--allow-all", script, "--device", "cpu"];
      const { ok, stdout, stderr } = await execute(
        [Deno.execPath(), ...command, "--library", dirname(library!.include)],
        { env: { [FOLDER_VARIABLE]: folder } },
      );
      assertEquals(ok, true, stderr);
      const { packageName, version, addon } = await readInstallation(folder);
      assertEquals([packageName, dirname(dirname(addon))], ["@tensorflow/tfjs-node", folder]);
      const lines = stdout.split("\n");
      assert(lines.includes(`  found ${library!.files[0]}`), stdout);
      assert(lines.at(-1)!.startsWith(`the engine works: TensorFlow ${version}, `), stdout);
    }),
});

Deno.test("a compiler that is not there is asked for before anything else", () =>
  inFolder(async (folder) => {
    const before = Deno.env.get("CXX");
    try {
      Deno.env.set("CXX", "compiler-that-is-not-there");
      const start = () => setUp({ folder, cuda: false, library: folder, say: () => {} });
      const refused = await assertRejects(start, UserError, "a C++ compiler must be installed");
      assert(messageOf(refused).includes("CXX: compiler-that-is-not-there"), messageOf(refused));
    } finally {
      if (before === undefined) Deno.env.delete("CXX");
      else Deno.env.set("CXX", before);
    }
  }));

Deno.test("a folder without TensorFlow is refused, and nothing is written down", () =>
  inFolder(async (folder) => {
    const refused = await assertRejects(() => findLibrary(folder), UserError, "a folder with include/tensorflow/c");
    await assertRejects(
      () => setUp({ folder, cuda: false, library: folder, say: () => {} }),
      UserError,
      "no way worked",
    );
    assert(messageOf(refused).includes(`--library: ${folder}`), messageOf(refused));
    await assertRejects(() => readInstallation(folder), UserError, "it must be set up first");
  }));

Deno.test("TensorFlow is found as a wheel and as a prefix has it, and only whole", () =>
  inFolder(async (folder) => {
    const put = async (...path: string[]) => {
      const file = join(folder, ...path);
      await Deno.mkdir(dirname(file), { recursive: true });
      await Deno.writeTextFile(file, "");
      return file;
    };
    for (const [root, place, name] of [["wheel", ".", "libtensorflow_cc.so.2"], ["c", "lib", "libtensorflow.so.2"]]) {
      const framework = await put(root, place, "libtensorflow_framework.so.2");
      assertEquals(await libraryIn(join(folder, root)), undefined);
      const main = await put(root, place, name);
      assertEquals(await libraryIn(join(folder, root)), undefined);
      await put(root, "include", "tensorflow", "c", "eager", "c_api.h");
      const found = await libraryIn(join(folder, root));
      assertEquals(found?.files, [main, framework]);
    }
  }));

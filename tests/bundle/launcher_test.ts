/** The launcher, before a bundle that holds a Deno of a few lines. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { sumsOf } from "../../scripts/bundle/archive.ts";

const LAUNCHER = fromFileUrl(new URL("../../scripts/bundle/launcher.sh", import.meta.url));

/** What stands in for Deno: it says how it is called. */
const DENO =
  '#!/bin/sh\n[ "$1" = --version ] && exit 0\nprintf "%s\\n" "$@" "DENO_DIR=$DENO_DIR" "LIB=${LD_LIBRARY_PATH:-}"\n';

class Bundle implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(files: Readonly<Record<string, string>> = {}): Promise<Bundle> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "syncytium-" }));
    const all: Record<string, string> = {
      syncytium: await Deno.readTextFile(LAUNCHER),
      deno: DENO,
      "deno.json": "{}",
      "bundle/usage.txt": "usage: all of it\n",
      "bundle/version.txt": "syncytium 1.2.3, commit abc\n",
      "bundle/commands.txt": "demo\nself-test\n",
      ...files,
    };
    for (const [file, text] of Object.entries(all)) {
      await Deno.mkdir(join(folder, file, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, file), text);
    }
    for (const program of ["syncytium", "deno"]) await Deno.chmod(join(folder, program), 0o755);
    await Deno.writeTextFile(join(folder, "SHA256SUMS"), await sumsOf(folder, Object.keys(all)));
    return new Bundle(folder);
  }

  async run(args: readonly string[], program = join(this.folder, "syncytium")) {
    const options = { args: [...args], clearEnv: true, env: { PATH: "/usr/bin:/bin" } };
    const { code, stdout, stderr } = await new Deno.Command(program, options).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out, error };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("a command is Deno's task of this name, with all that was given to it", async () => {
  await using bundle = await Bundle.make();
  const { folder } = bundle;
  const expected = (args: string[]) =>
    [...["task", "--quiet", "--config", `${folder}/deno.json`], ...args, `DENO_DIR=${folder}/.cache`, "LIB=", ""].join(
      "\n",
    );
  assertEquals(await bundle.run(["demo", "--out", "a b", ""]), {
    code: 0,
    out: expected(["demo", "--out", "a b", ""]),
    error: "",
  });
  // by a link from elsewhere, as in /usr/local/bin
  const link = join(folder, "bin", "link");
  await Deno.mkdir(join(folder, "bin"));
  await Deno.symlink(join(folder, "syncytium"), link);
  assertEquals((await bundle.run(["self-test"], link)).out, expected(["self-test"]));
});

Deno.test("libraries that are carried are found by the programs of the bundle, unless the system has all of them", async () => {
  const libraries = { "lib/libm.so.6": "a library", "lib/libmissing.so.1": "a library" };
  await using bundle = await Bundle.make(libraries);
  assertStringIncludes((await bundle.run(["demo"])).out, `LIB=${bundle.folder}/lib\n`);
  await using needless = await Bundle.make({ "lib/libm.so.6": "a library" });
  assertStringIncludes((await needless.run(["demo"])).out, "LIB=\n");
});

Deno.test("without a command it says what there is, and its version where it is asked", async () => {
  await using bundle = await Bundle.make();
  for (const args of [[], ["help"], ["--help"]]) {
    assertEquals(await bundle.run(args), { code: 0, out: "usage: all of it\n", error: "" });
  }
  assertEquals((await bundle.run(["--version"])).out, "syncytium 1.2.3, commit abc\n");
});

Deno.test("a command that is not there is refused in a line", async () => {
  await using bundle = await Bundle.make();
  for (const name of ["dmeo", "d.mo", "-x"]) {
    const { code, out, error } = await bundle.run([name]);
    assertEquals([code, out], [2, ""]);
    assertEquals(error, `error: reading the command line: ${name} is no command; ./syncytium without one lists them\n`);
  }
});

Deno.test("verify tells that all is whole, or in a line what is not and what helps", async () => {
  await using bundle = await Bundle.make();
  assertEquals((await bundle.run(["verify"])).out, "all 6 files are as they were bundled\n");
  await Deno.writeTextFile(join(bundle.folder, "deno.json"), "{ }");
  const one = await bundle.run(["verify"]);
  assertEquals([one.code, one.out], [1, ""]);
  const [place, remedy] = [bundle.folder, "unpack the archive anew into an empty folder, after comparing its SHA-256"];
  assertMatch(one.error, /^error: .*\n$/);
  assertStringIncludes(one.error, `and 1 of them are not (${place}/deno.json changed or missing); ${remedy}`);
  await Deno.remove(join(bundle.folder, "bundle/usage.txt"));
  const two = await bundle.run(["verify"]);
  assertStringIncludes(
    two.error,
    `and 2 of them are not (${place}/deno.json and others, changed or missing); ${remedy}`,
  );
  await Deno.remove(join(bundle.folder, "SHA256SUMS"));
  assertStringIncludes((await bundle.run(["verify"])).error, `SHA256SUMS must be there (${place})`);
});

Deno.test("the first start finds a damaged bundle, and one that was unpacked over another", async () => {
  await using bundle = await Bundle.make();
  const { folder } = bundle;
  await Deno.writeTextFile(join(folder, "deno.json"), "{");
  const damaged = await bundle.run(["demo"]);
  assertEquals([damaged.code, damaged.out], [1, ""]);
  assertStringIncludes(damaged.error, "every file must be as it was bundled");
  await Deno.writeTextFile(join(folder, "deno.json"), "{}");
  assertEquals((await bundle.run(["demo"])).code, 0);
  // from then on only verify reads all of it
  await Deno.writeTextFile(join(folder, "deno.json"), "{");
  assertEquals((await bundle.run(["demo"])).code, 0);
  const sums = join(folder, "SHA256SUMS");
  await Deno.writeTextFile(sums, `${await Deno.readTextFile(sums)}${"0".repeat(64)}  src/new.ts\n`);
  assertEquals((await bundle.run(["demo"])).code, 1);
});

Deno.test("a machine that cannot run it is told what it must be", async () => {
  await using bundle = await Bundle.make({ deno: "#!/bin/sh\necho libgcc_s.so.1: not found >&2\nexit 127\n" });
  const { code, out, error } = await bundle.run(["demo"]);
  assertEquals([code, out], [1, ""]);
  assertMatch(error, /^error: starting: the machine must be Linux on x86-64 with glibc 2\.27 or later .*\n$/);
  assertStringIncludes(error, "it is Linux x86_64, and says: libgcc_s.so.1: not found");
});

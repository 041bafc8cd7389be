/** Archives of the same bytes wherever and whenever they are made. */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { archiveEnding, endings, filesBelow, sumsOf, writeArchive } from "../../scripts/bundle/archive.ts";
import { execute } from "../../scripts/engine_tensorflow/execute.ts";

/** A folder of this name with a program and, made in an order of its own, some files. */
async function lay(parent: string, order: readonly string[], mode: number): Promise<string> {
  const folder = join(parent, "syncytium");
  await Deno.mkdir(join(folder, "src"), { recursive: true });
  for (const file of order) {
    await Deno.writeTextFile(join(folder, file), `this is ${file}\n`);
    await Deno.chmod(join(folder, file), file === "run" ? mode | 0o111 : mode);
  }
  return folder;
}

const FILES = ["run", "src/a.ts", "src/b.ts"];

for (const ending of endings) {
  Deno.test(`two ${ending} of the same files have the same bytes, and unpack to these`, async () => {
    const place = await Deno.makeTempDir({ prefix: "syncytium-" });
    try {
      const at = (name: string) => join(place, name);
      const one = await lay(at("one"), FILES, 0o600);
      const two = await lay(at("two"), FILES.toReversed(), 0o644);
      await Deno.utime(join(two, "run"), 1, 1);
      const written = await writeArchive(one, at(`one${ending}`), "fast");
      assertEquals(await writeArchive(two, at(`two${ending}`), "fast"), written);
      const bytes = await Deno.readFile(at(`one${ending}`));
      assertEquals(await Deno.readFile(at(`two${ending}`)), bytes);
      assertEquals(written.bytes, bytes.length);
      assert((await execute(["sha256sum", at(`one${ending}`)])).stdout.startsWith(written.digest));

      await Deno.mkdir(at("unpacked"));
      assertEquals(await execute(["tar", "-xf", at(`one${ending}`), "-C", at("unpacked")]), {
        ok: true,
        stdout: "",
        stderr: "",
      });
      const unpacked = at("unpacked/syncytium");
      assertEquals(await filesBelow(unpacked), FILES);
      assertEquals((await Deno.stat(join(unpacked, "run"))).mode! & 0o777, 0o755);
      assertEquals(await Deno.readTextFile(join(unpacked, "src/b.ts")), "this is src/b.ts\n");

      await Deno.writeTextFile(join(two, "src/a.ts"), "this is another\n");
      assertNotEquals((await writeArchive(two, at(`two${ending}`), "fast")).digest, written.digest);
    } finally {
      await Deno.remove(place, { recursive: true });
    }
  });
}

Deno.test("an archive's name says what it is", () => {
  assertEquals(archiveEnding("out/syncytium.tar.gz"), ".tar.gz");
  for (const name of ["syncytium.zip", "syncytium", "out/.tar.gz"]) {
    assertThrows(() => archiveEnding(name), UserError, `its name must end in .tar.zst or .tar.gz (--out: ${name})`);
  }
});

Deno.test("nothing is left of an archive whose folder cannot be packed, and the reason is told", async () => {
  const place = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    const failed = await writeArchive(join(place, "nothing"), join(place, "a.tar.gz"), "fast").catch((error) => error);
    assert(failed instanceof UserError && failed.message.startsWith("making the bundle: GNU tar must pack it: "));
    assertEquals([...Deno.readDirSync(place)], []);
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});

Deno.test("the sums of files are what sha256sum checks", async () => {
  const place = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    const folder = await lay(place, FILES, 0o644);
    await Deno.writeTextFile(join(folder, "SHA256SUMS"), await sumsOf(folder, FILES));
    const check = () => execute(["sha256sum", "-c", "--quiet", "SHA256SUMS"], { cwd: folder });
    assertEquals((await check()).ok, true);
    await Deno.writeTextFile(join(folder, "src/a.ts"), "changed");
    assertEquals((await check()).stdout, "src/a.ts: FAILED");
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});

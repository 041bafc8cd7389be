import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { entryAt, replaceFolder, writeAtomically } from "../../src/core/files.ts";

Deno.test("nothing lies where a path leads nowhere, or through a file; a link is told from what it leads to", async () => {
  const directory = await Deno.makeTempDir();
  const [file, link] = [join(directory, "file"), join(directory, "link")];
  await Deno.writeTextFile(file, "");
  await Deno.symlink(join(directory, "absent"), link);
  const found = async (...of: Parameters<typeof entryAt>) => (await entryAt(...of)) !== undefined;
  assertEquals([await found(directory), await found(file), await found(link, { follow: false })], [true, true, true]);
  assertEquals([await found(join(file, "below")), await found(link)], [false, false]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test({
  name: "a permission that is missing is not taken for a file that is",
  permissions: { read: false },
  fn: async () => void await assertRejects(() => entryAt("absent"), Deno.errors.NotCapable),
});

Deno.test("a file is replaced whole, with its mode, and nothing else is left", async () => {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "key");
  await writeAtomically(path, "old, and longer");
  await writeAtomically(path, new Uint8Array([110, 101, 119]), { mode: 0o600 });
  assertEquals(await Deno.readTextFile(path), "new");
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  assertEquals((await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name), ["key"]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("where the target cannot be replaced, nothing is left behind", async () => {
  const directory = await Deno.makeTempDir();
  await Deno.mkdir(join(directory, "taken", "inside"), { recursive: true });
  await assertRejects(() => writeAtomically(join(directory, "taken"), "text"));
  assertEquals((await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name), ["taken"]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a folder whose place cannot be taken leaves the earlier one as it was", async () => {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "model");
  await replaceFolder(path, (aside) => Deno.writeTextFile(join(aside, "old"), ""));
  await assertRejects(() =>
    replaceFolder(path, async (aside) => {
      await Deno.writeTextFile(join(aside, "new"), "");
      await Deno.remove(aside, { recursive: true }); // nothing is there to be renamed any more
    })
  );
  assertEquals((await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name), ["model"]);
  assertEquals((await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name), ["old"]);
  await Deno.remove(directory, { recursive: true });
});

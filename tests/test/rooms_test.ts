import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join, relative } from "@std/path";
import { entryOf, roomsOf } from "../../scripts/test/_rooms.ts";

const TESTS = fromFileUrl(new URL("../", import.meta.url));

Deno.test("every file of tests is in one room, that of its folder of tests/ or of what lies beside the folders", async () => {
  const found = roomsOf(TESTS).flatMap(({ name, files }) => files.map((file) => [name, relative(TESTS, file)]));
  const all: string[] = [];
  const walk = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await walk(join(folder, name));
      else if (name.endsWith("_test.ts")) all.push(relative(TESTS, join(folder, name)));
    }
  };
  await walk(TESTS);
  assertEquals(found.map(([, file]) => file).sort(), all.sort());
  for (const [name, file] of found) assertEquals(name, file.includes("/") ? file.split("/")[0] : "tests");
});

Deno.test("a file of a room that fails or cannot be loaded is named, and the others are run", async () => {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    const files = Object.entries({
      a: 'throw new Error("no first file");',
      b: 'Deno.test("it is so", () => {\n  throw new Error("it is not");\n});',
      c: 'Deno.test("it is well", () => {});',
    }).map(([name, text]) => {
      const path = join(directory, `${name}_test.ts`);
      Deno.writeTextFileSync(path, text);
      return path;
    });
    const entry = join(directory, "entry.ts");
    await Deno.writeTextFile(entry, entryOf({ name: "room", files }));
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--no-config", "--no-prompt", "--parallel", entry],
      ...{ cwd: directory, stdin: "null", stderr: "null", env: { NO_COLOR: "1" } },
    }).output();
    const out = new TextDecoder().decode(stdout);
    assertEquals(code, 1, out);
    assertStringIncludes(out, "FAILED | 1 passed | 2 failed");
    assertStringIncludes(out, `a_test.ts can be loaded`);
    assertStringIncludes(out, "no first file");
    assertStringIncludes(out, "it is so => ./b_test.ts:1:6");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

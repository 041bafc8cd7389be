/** The package as others get it: what is documented, what is published, and what can be imported from elsewhere. */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import deno from "../deno.json" with { type: "json" };
import { missing, rooms } from "./fixtures/rooms.ts";

const REPOSITORY = fromFileUrl(new URL("..", import.meta.url));

/** Runs Deno in the repository and returns how it ended and all that it wrote. */
async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    ...{ cwd: REPOSITORY, stdin: "null", env: { NO_COLOR: "1" } },
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("all that mod.ts offers is documented, and speaks of nothing that it does not offer", async () => {
  assertEquals(await run("doc", "--lint", "--quiet", "mod.ts"), { code: 0, text: "" });
});

Deno.test("the package can be published as it is, with the sources and documents, and no test or script", async () => {
  // slow types are refused all the same; the others are checked in the test below
  const { code, text } = await run("publish", "--dry-run", "--allow-dirty", "--no-check");
  assertEquals(code, 0, text);
  const root = new URL("..", import.meta.url).href;
  const files = text.split("\n").map((line) => line.trim()).filter((line) => line.startsWith(root))
    .map((line) => line.slice(root.length).replace(/ \([^()]*\)$/, ""));
  const places = new Set(files.map((file) => file.split("/")[0]));
  const rest = ["ARCHITECTURE.md", "LICENSE", "README.md", "deno.json"];
  assertEquals([...places].toSorted(), [...rest, "docs", "mod.ts", "peers", "src"]);
  assertEquals(files.filter((file) => /_(test|bench)\.ts$/.test(file)), []);
  const missing = Object.values(deno.exports).filter((path) => !files.includes(path.slice("./".length)));
  assertEquals(missing, []);
});

Deno.test("every room can be imported by its name, and brings its types", () => {
  const names = Object.keys(deno.exports).map((path) => deno.name + path.slice(".".length));
  assertEquals(Object.keys(rooms).toSorted(), names.toSorted());
  assertEquals(Object.entries(rooms).flatMap(([name, room]) => Object.keys(room).length > 0 ? [] : [name]), []);
  assertEquals(missing.filter((thing) => thing !== undefined), []);
});

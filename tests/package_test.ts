/** The package as others get it: what is documented, what is published, and what can be imported from elsewhere. */
import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import deno from "../deno.json" with { type: "json" };

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

Deno.test("every room can be imported from elsewhere by its name, and brings its types", async () => {
  const names = Object.keys(deno.exports).map((path) => deno.name + path.slice(".".length));
  const lines = names.flatMap((name, i) => [
    `import * as room${i} from "${name}";`,
    "// @ts-expect-error: the types say that there is no such thing",
    `if (room${i}.nothingOfThisName || Object.keys(room${i}).length === 0) throw new Error("${name} is empty");`,
  ]);
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    const program = join(directory, "program.ts");
    await Deno.writeTextFile(program, lines.join("\n"));
    const options = ["--quiet", "--check", "--no-prompt", "--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];
    const config = ["--config", join(REPOSITORY, "deno.json")];
    assertEquals(await run("run", ...options, ...config, program), { code: 0, text: "" });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/**
 * `deno task test`: every test, and the examples in the documentation. First the rooms that may run side by side, as
 * many as there are processors, then the tests that take the machine for themselves: those of peers as processes.
 *
 * @module
 */
import { join } from "@std/path";
import { EXIT } from "../../src/cli/command.ts";
import { choice, defineCommand, rest } from "../../src/cli/flags/mod.ts";
import { examplesOf, writeExamples } from "./_examples.ts";
import { entryOf, type Room, roomsOf } from "./_rooms.ts";

const ROOT = join(import.meta.dirname!, "../..");
const ROOMS = roomsOf(join(ROOT, "tests"));

/** The room whose files run one after the other, each loaded for itself. */
const ALONE = "integration";

/** What the examples in the documentation are named as, in the place of a room. */
const EXAMPLES = "examples";

/** Types are another task's. */
const OPTIONS = ["test", "--no-check", "--no-prompt", "--allow-read", "--allow-write", "--allow-net", "--allow-env"]
  .concat(["--allow-sys", "--allow-run", "--allow-ffi"]);

/** Runs Deno's tests, which tell of themselves; false where one failed. */
async function denoTest(args: readonly string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [...OPTIONS, ...args],
    ...{ cwd: ROOT, stdin: "null", stdout: "inherit", stderr: "inherit" },
  }).spawn().status;
  return success;
}

/** Each room in an isolate of its own, side by side, and the examples in one. */
async function testTogether(rooms: readonly Room[], hasExamples: boolean): Promise<boolean> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-tests-" });
  try {
    const entries = rooms.map((room) => ({ name: room.name, module: entryOf(room) }));
    if (hasExamples) {
      entries.push({ name: EXAMPLES, module: writeExamples(examplesOf(ROOT, "src", ["mod.ts"]), directory) });
    }
    if (entries.length === 0) return true;
    const paths = entries.map(({ name, module }) => {
      const path = join(directory, `${name}.ts`);
      Deno.writeTextFileSync(path, module);
      return path;
    });
    return await denoTest(["--parallel", ...paths]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The command. */
export const test = defineCommand({
  name: "test",
  does: "every test, and the examples in the documentation; types are another task's: check",
  notes: ['A single file, or a single test: deno test -A FILE --filter "part of its name".'],
  arguments: {
    named: {
      ...rest(choice("ROOM", [...ROOMS.map(({ name }) => name), EXAMPLES], "only these rooms of tests"), 0),
      shown: "all",
    },
  },
  example: "data mesh",
  async run({ arguments: { named } }) {
    const isMeant = (name: string) => named.length === 0 || named.some((one) => one === name);
    const rooms = ROOMS.filter(({ name }) => isMeant(name));
    Deno.addSignalListener("SIGINT", () => {}); // Deno's tests end by it, and then what was made for them is removed
    const results = [await testTogether(rooms.filter(({ name }) => name !== ALONE), isMeant(EXAMPLES))];
    for (const { files } of rooms.filter(({ name }) => name === ALONE)) results.push(await denoTest(files));
    if (results.includes(false)) Deno.exit(EXIT.failed);
  },
});

if (import.meta.main) await test.main();

/**
 * `deno task test`: every test, and the examples in the documentation. Rooms, and files of peers as processes, run side
 * by side, two more than there are processors: many of them wait for a time-out, and others then have its processor.
 *
 * @module
 */
import { join } from "@std/path";
import { EXIT, Interrupted } from "../../src/cli/command.ts";
import { choice, defineCommand, rest } from "../../src/cli/flags/mod.ts";
import { examplesOf, writeExamples } from "./_examples.ts";
import { longestFirst } from "./_order.ts";
import { entryOf, roomsOf } from "./_rooms.ts";

const ROOT = join(import.meta.dirname!, "../..");
const ROOMS = roomsOf(join(ROOT, "tests"));

/** What runs at the same time. */
const SIDE_BY_SIDE = navigator.hardwareConcurrency + 2;

/** The room of peers as processes, whose files are loaded each for itself. */
const PROCESSES = "integration";

/** What the examples in the documentation are named as, in the place of a room. */
const EXAMPLES = "examples";

/** Types are another task's. */
const OPTIONS = ["test", "--no-check", "--no-prompt", "--allow-read", "--allow-write", "--allow-net", "--allow-env"]
  .concat(["--allow-sys", "--allow-run", "--allow-ffi", "--parallel"]);

/** Runs Deno's tests, which tell of themselves; false where one failed. @throws {Interrupted} if a SIGINT ended them */
async function denoTest(files: readonly string[]): Promise<boolean> {
  const { success, code } = await new Deno.Command(Deno.execPath(), {
    args: [...OPTIONS, ...files],
    ...{ cwd: ROOT, env: { DENO_JOBS: `${SIDE_BY_SIDE}` }, stdin: "null", stdout: "inherit", stderr: "inherit" },
  }).spawn().status;
  if (code === EXIT.interrupted) throw new Interrupted("the tests were interrupted");
  return success;
}

/**
 * The files that Deno's tests are: a module in `directory` for each room that `isMeant`, and for the examples; those of
 * peers as processes as they are.
 */
function testFiles(directory: string, isMeant: (name: string) => boolean): string[] {
  const modules = ROOMS.filter(({ name }) => name !== PROCESSES && isMeant(name))
    .map((room) => ({ name: room.name, module: entryOf(room) }));
  if (isMeant(EXAMPLES)) {
    modules.push({ name: EXAMPLES, module: writeExamples(examplesOf(ROOT, "src", ["mod.ts"]), directory) });
  }
  const written = modules.map(({ name, module }) => {
    const path = join(directory, `${name}.ts`);
    Deno.writeTextFileSync(path, module);
    return path;
  });
  const processes = ROOMS.find(({ name }) => name === PROCESSES && isMeant(name))?.files ?? [];
  return longestFirst([...written, ...processes]);
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
    Deno.addSignalListener("SIGINT", () => {}); // Deno's tests end by it, and then what was made for them is removed
    const directory = await Deno.makeTempDir({ prefix: "syncytium-tests-" });
    let success: boolean;
    try {
      success = await denoTest(testFiles(directory, isMeant));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
    if (!success) Deno.exit(EXIT.failed);
  },
});

if (import.meta.main) await test.main();

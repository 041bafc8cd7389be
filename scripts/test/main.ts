/**
 * `deno task test`: every test, and the examples in the documentation. First the rooms, one more side by side than there
 * are processors, then the tests of peers as processes: two files side by side, those that time themselves alone.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { EXIT, Interrupted } from "../../src/cli/command.ts";
import { choice, defineCommand, rest } from "../../src/cli/flags/mod.ts";
import { examplesOf, writeExamples } from "./_examples.ts";
import { entryOf, type Room, roomsOf } from "./_rooms.ts";

const ROOT = join(import.meta.dirname!, "../..");
const ROOMS = roomsOf(join(ROOT, "tests"));

/** The rooms that take longest, on two processors half a minute and more: they begin first. */
const LONGEST = ["mesh", "peer", "engine", "pretraining", "cli", "segmentation", "evaluation"];

/** Rooms side by side: while the tests of one wait for a time-out, there is another for their processor. */
const SIDE_BY_SIDE = navigator.hardwareConcurrency + 1;

/** The room of peers as processes, whose files are loaded each for itself. */
const PROCESSES = "integration";

/**
 * Its files that have the machine for themselves: their time-outs and budgets of time, and the moments in which they
 * kill or stop a peer, are those of peers that nothing else holds up.
 */
const ALONE = ["mesh_failure_test.ts", "network_namespaces_test.ts", "planning_test.ts", "sleeper_test.ts"];

/** What the examples in the documentation are named as, in the place of a room. */
const EXAMPLES = "examples";

/** Types are another task's. */
const OPTIONS = ["test", "--no-check", "--no-prompt", "--allow-read", "--allow-write", "--allow-net", "--allow-env"]
  .concat(["--allow-sys", "--allow-run", "--allow-ffi"]);

/** Runs Deno's tests, which tell of themselves; false where one failed. @throws {Interrupted} if a SIGINT ended them */
async function denoTest(args: readonly string[], env: Record<string, string> = {}): Promise<boolean> {
  const { success, code } = await new Deno.Command(Deno.execPath(), {
    args: [...OPTIONS, ...args],
    ...{ cwd: ROOT, env, stdin: "null", stdout: "inherit", stderr: "inherit" },
  }).spawn().status;
  if (code === EXIT.interrupted) throw new Interrupted("the tests were interrupted");
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
    return await denoTest(["--parallel", ...paths], { DENO_JOBS: `${SIDE_BY_SIDE}` });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Each file of peers as processes in an isolate of its own. */
async function testProcesses(files: readonly string[]): Promise<boolean> {
  const isAlone = (file: string) => ALONE.includes(basename(file));
  const [beside, alone] = [files.filter((file) => !isAlone(file)), files.filter(isAlone)];
  // each has several peers, of several threads: more files would be too many for any machine
  const results = [beside.length === 0 || await denoTest(["--parallel", ...beside], { DENO_JOBS: "2" })];
  if (alone.length > 0) results.push(await denoTest(alone));
  return !results.includes(false);
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
    const rank = ({ name }: Room) => LONGEST.includes(name) ? LONGEST.indexOf(name) : LONGEST.length;
    const rooms = ROOMS.filter(({ name }) => isMeant(name)).toSorted((a, b) => rank(a) - rank(b));
    Deno.addSignalListener("SIGINT", () => {}); // Deno's tests end by it, and then what was made for them is removed
    const results = [await testTogether(rooms.filter(({ name }) => name !== PROCESSES), isMeant(EXAMPLES))];
    results.push(await testProcesses(rooms.filter(({ name }) => name === PROCESSES).flatMap(({ files }) => files)));
    if (results.includes(false)) Deno.exit(EXIT.failed);
  },
});

if (import.meta.main) await test.main();

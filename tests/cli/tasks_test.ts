/** The tasks of deno.json: in groups that a newcomer understands, each with its help. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import deno from "../../deno.json" with { type: "json" };

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** In the order in which `deno task` lists them. */
const GROUPS = ["Try it", "Run a site", "Measure", "Study", "Develop"];

const tasks = Object.entries(deno.tasks).map(([name, { description, command }]) => {
  const [group, does] = description.split(/: (.*)/);
  return { name, group, does, command };
});

Deno.test("every task is described, in one of the groups, and those of a group stand together", () => {
  for (const { name, group, does } of tasks) assert(GROUPS.includes(group) && does, name);
  const order = tasks.map(({ group }) => GROUPS.indexOf(group));
  assertEquals(order, order.toSorted((a, b) => a - b));
});

const commands = tasks.flatMap(({ command, ...task }) => {
  const [, run] = command.match(/^(?:\w+=\S+ )*(deno run .*)$/) ?? [];
  return run === undefined ? [] : [{ ...task, command: run }];
});

/** Runs a task with the permissions it has. */
async function run(command: string, ...args: string[]): Promise<{ code: number; out: string[]; errors: string[] }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    // downloads are told of on the first call
    args: ["run", "--quiet", ...command.split(" ").slice(2), ...args],
    ...{ cwd: ROOT, stdin: "null", env: { NO_COLOR: "1" } },
  }).output();
  const lines = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd().split("\n");
  return { code, out: lines(stdout), errors: lines(stderr) };
}

for (const { name, does, command } of commands) {
  Deno.test(`deno task ${name} --help says what deno task says of it, and a slip is answered in one line`, async () => {
    const [help, slip] = await Promise.all([run(command, "--help"), run(command, "--hlep")]);
    assertEquals(help.code, 0);
    assertMatch(help.out[0], new RegExp(`^usage: deno task ${name}( |$)`));
    assertEquals(help.out[2], does.charAt(0).toUpperCase() + does.slice(1));
    const isGroup = help.out[0].includes(" COMMAND ");
    assertEquals([slip.code, slip.errors.length], [2, 1], slip.errors.join("\n"));
    assertMatch(
      slip.errors[0],
      isGroup ? /must be one of .*, got --hlep/ : /unknown flag --hlep \(did you mean --help\?\)/,
    );
  });
}

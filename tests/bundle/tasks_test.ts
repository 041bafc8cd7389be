/** What becomes of deno.json and of the texts that name its tasks. */
import { assert, assertEquals } from "@std/assert";
import deno from "../../deno.json" with { type: "json" };
import { bundleConfiguration, carriedTasks, nameCommands, usageText } from "../../scripts/bundle/tasks.ts";

const tasks = carriedTasks(deno.tasks);

Deno.test("a bundle has every task that runs a program, but those for who edits it or that fetch more packages", () => {
  const left = Object.keys(deno.tasks).filter((name) => !(name in tasks));
  const expected = Object.entries(deno.tasks).filter(([, { description, command }]) =>
    description.startsWith("Develop: ") || command.includes("--no-lock")
  );
  assertEquals(left, expected.map(([name]) => name));
  for (const name of ["demo", "doctor", "inspect", "node", "self-test"]) assert(name in tasks, name);
  for (const name of ["test", "bundle", "engine:tensorflow"]) assert(!(name in tasks), name);
});

Deno.test("its tasks have the permissions that they have in deno.json, and its packages are files", () => {
  const imports = { libp2p: "./node_modules/bundled/libp2p.js" };
  const made = JSON.parse(bundleConfiguration(deno, imports));
  assertEquals(made.tasks.node, deno.tasks.node);
  assertEquals([made.imports, made.version, made.exports], [imports, deno.version, deno.exports]);
  assertEquals(made.publish, undefined);
});

Deno.test("texts name the bundle's commands, and leave tasks that it does not have", () => {
  const named = (text: string) => nameCommands(text, tasks);
  assertEquals(
    named("`deno task inspect` shows one, deno task self-test"),
    "`./syncytium inspect` shows one, ./syncytium self-test",
  );
  assertEquals(named("deno task --quiet bench peers"), "./syncytium bench peers");
  assertEquals(named("usage: deno task ${usage}"), "usage: ./syncytium ${usage}");
  assertEquals(named("`deno task ${startedBy}`"), "`./syncytium ${startedBy}`");
  assertEquals(named('{ starter = "deno task" }'), '{ starter = "./syncytium" }');
  for (const text of ["deno task engine:tensorflow", "deno task test", "deno task nodes", "`deno task` alone"]) {
    assertEquals(named(text), text);
  }
});

Deno.test("without a command the launcher lists all of them, in their groups, under the version", () => {
  const lines = usageText(tasks, "syncytium 1.2.3").split("\n");
  assertEquals(lines[0], "syncytium 1.2.3");
  const listed = lines.filter((line) => line.startsWith("  ")).map((line) => line.trim().split(/\s/)[0]);
  assertEquals(new Set(listed), new Set([...Object.keys(tasks), "verify", "--version"]));
  assert(lines.includes("Run a site"));
});

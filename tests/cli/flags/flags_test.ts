/** Command lines as data: what is read, what is refused and how, and what --help says. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../src/cli/command.ts";
import {
  choice,
  defineCommand,
  defineGroup,
  integer,
  list,
  needed,
  number,
  path,
  rest,
  several,
  text,
  toggle,
  withDefault,
  without,
} from "../../../src/cli/flags/mod.ts";
import { nearest } from "../../../src/cli/flags/_nearest.ts";
import { versionFault } from "../../../src/cli/flags/_version.ts";

const paint = defineCommand({
  name: "paint",
  does: "paints pictures",
  notes: ["Slowly."],
  arguments: { picture: needed(path("FILE", "a picture")), more: rest(text("TITLE", "its titles"), 0) },
  flags: {
    coats: withDefault(integer("N", "coats of paint", { from: 1, to: 9 }), 2),
    drying: number("H", "hours between coats", { above: 0, to: 48 }),
    colours: list(choice("NAMES", ["red", "blue"])),
    seeds: list(integer("LIST", "seeds", { from: 0 })),
    fineBrush: toggle("with a fine brush"),
    state: needed(path("DIR", "where it dries")),
  },
  example: "cat.png --state attic",
  run() {},
});

const read = (line: string) => paint.read(line.split(" ").filter(Boolean))!;

/** What `run` prints. */
async function printed(run: () => Promise<void>): Promise<string> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => lines.push(line);
  try {
    await run();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

Deno.test("a command gets values of the declared types; what is not given has its default or is absent", () => {
  const { flags, arguments: given } = read("cat.png --state attic");
  const typed: { coats: number; drying?: number; colours?: ("red" | "blue")[]; fineBrush: boolean; state: string } =
    flags;
  assertEquals(typed, { coats: 2, fineBrush: false, state: "attic" });
  assertEquals(given, { picture: "cat.png", more: [] });
  const all = read("a --coats=3 --drying 0.5 --colours blue,red --seeds 3,0 --fine-brush --state x --state y b c");
  assertEquals(all.flags, {
    ...{ coats: 3, drying: 0.5, colours: ["blue", "red"], seeds: [3, 0], fineBrush: true, state: "y" },
  });
  assertEquals(all.arguments, { picture: "a", more: ["b", "c"] });
});

Deno.test("a flag that may be given several times has all its values, each by its rule; without any, none", () => {
  const mix = defineCommand({
    ...{ name: "mix", does: "mixes", example: "", run() {} },
    flags: { colour: several(choice("NAME", ["red", "blue"])) },
  });
  assertEquals(mix.read(["--colour", "red", "--colour=blue"])!.flags, { colour: ["red", "blue"] });
  assertEquals(mix.read([])!.flags, { colour: [] });
  assertThrows(() => mix.read(["--colour", "red", "--colour", "grey"]), UsageError, "one of red, blue, got grey");
});

Deno.test("what is wrong is said in one sentence: the flag, the rule, the value, and the usage", () => {
  const usage = "; usage: paint FILE [TITLE…] --state DIR [--coats N] [--drying H] [--colours NAMES] [--seeds LIST] …";
  for (
    const [line, message] of [
      ["a", "the flag --state is needed"],
      ["a --state x --coats 10", "the flag --coats must be an integer from 1 to 9, got 10"],
      ["a --state x --coats 1.5", "the flag --coats must be an integer from 1 to 9, got 1.5"],
      ["a --state x --coats", "the flag --coats needs a value"],
      ["a --state x --coats --fine-brush", "the flag --coats needs a value"],
      ["a --state x --drying 0", "the flag --drying must be a number above 0 and at most 48, got 0"],
      ["a --state x --colours red,green", "the flag --colours must be one of red, blue, got green"],
      ["a --state x --colours rad", "the flag --colours must be one of red, blue, got rad (did you mean red?)"],
      ["a --state x --colours red,red", "the flag --colours must list different values, with commas, got red,red"],
      ["a --state x --seeds 1,-2", "the flag --seeds must be an integer of at least 0, got -2"],
      ["--state x", "at least 1 argument(s) expected, 0 given"],
      ["a --state x --coat 3", "unknown flag --coat (did you mean --coats?)"],
      ["a --state x --fien-brush", "unknown flag --fien-brush (did you mean --fine-brush?)"],
      ["a --state x --colour=red", "unknown flag --colour (did you mean --colours?)"],
      ["a --state x --varnish", "unknown flag --varnish"],
    ]
  ) assertEquals(assertThrows(() => read(line), UsageError).message, message + usage, line);
});

Deno.test("an error of the command's own about its flags gets the usage, too", async () => {
  const refuse = defineCommand({
    ...{ name: "refuse", does: "Refuses", example: "" },
    run() {
      throw new UsageError("only one of --a and --b can be");
    },
  });
  const error = await assertRejects(() => refuse.run([]), UsageError);
  assertEquals(error.message, "only one of --a and --b can be; usage: refuse");
});

Deno.test("--help goes before every mistake, and says usage, purpose, flags with defaults, and an example", async () => {
  const lines = (await printed(() => paint.run(["--coats", "99", "--help"]))).split("\n");
  assertEquals(lines, [
    "usage: deno task paint FILE [TITLE…] --state DIR [--coats N] [--drying H] [--colours NAMES] [--seeds LIST] …",
    "",
    "Paints pictures",
    "",
    "Slowly.",
    "",
    "  FILE                a picture",
    "  TITLE               its titles",
    "  --coats N           coats of paint (2)",
    "  --drying H          hours between coats",
    "  --colours NAMES     red, blue",
    "  --seeds LIST        seeds",
    "  --fine-brush        with a fine brush",
    "  --state DIR         where it dries",
    "",
    "example: deno task paint cat.png --state attic",
  ]);
  assertEquals(await printed(() => paint.run(["-h"])), lines.join("\n"));
});

Deno.test("a group runs the command that is named, lists them all, and suggests the nearest", async () => {
  const done: unknown[] = [];
  const inner = defineCommand({
    ...{ name: "house paint", does: "Paints it", example: "--coats 2", flags: { coats: integer("N", "coats") } },
    run: ({ flags }) => void done.push(flags),
  });
  const house = defineGroup({ name: "house", does: "a house", commands: [inner] });
  await house.run(["paint", "--coats", "3"]);
  assertEquals(done, [{ coats: 3 }]);
  assertStringIncludes(await printed(() => house.run(["--help"])), "\n\nA house\n\n  paint               Paints it");
  const refuse = async (args: string[]) => (await assertRejects(() => house.run(args), UsageError)).message;
  const usage = "; usage: house COMMAND … (house COMMAND --help says more)";
  assertEquals(
    await refuse(["pant"]),
    `the command must be one of paint, got pant (did you mean paint?)${usage}`,
  );
  assertEquals(await refuse(["demolish"]), `the command must be one of paint, got demolish${usage}`);
  assertEquals(
    await refuse(["paint", "--coast", "1"]),
    "unknown flag --coast (did you mean --coats?); usage: house paint [--coats N]",
  );
});

Deno.test("the nearest word begins alike or differs by a slip or two", () => {
  const known = ["--threads", "--steps", "--step-size", "--out"];
  assertEquals(
    ["--thread", "--treads", "--stpes", "--step", "--ou", "--nodes", "--z"].map((word) => nearest(word, known)),
    ["--threads", "--threads", "--steps", "--steps", "--out", undefined, undefined],
  );
});

Deno.test("a command line is handed on without the flags that are not the other command's", () => {
  const args = ["--name", "a", "--rounds", "2", "--fine-tune=3", "b", "--alone"];
  assertEquals(without(args, ["name", "fineTune"]), ["--rounds", "2", "b", "--alone"]);
});

Deno.test("a Deno that is too old is told with what helps, whatever it would stumble over", () => {
  const fault = "starting: Deno must be 2.9 or later, this is 2.3.1; deno upgrade brings it, or npx --yes deno@2.9.6";
  assertEquals(["1.46.3", "2.8.9", "2.9.0", "2.10.0", "3.0.0"].map((version) => versionFault(version) === undefined), [
    ...[false, false, true, true, true],
  ]);
  assertEquals(versionFault("2.3.1"), fault);
  assertEquals(versionFault(Deno.version.deno), undefined);
});

/** `deno task export`: what it refuses, and that nothing is left then. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { exportCommand } from "../../src/cli/export.ts";
import { UserError } from "../../src/core/errors.ts";
import { readModel, writeModel } from "../../src/models/folder.ts";
import { facts, VECTORS } from "../models/_model.ts";
import { withDirectory } from "../peer/_site.ts";

Deno.test("a mistake is one sentence that names what is wrong, and nothing is written", () =>
  withDirectory(async (directory) => {
    const path = (name: string) => join(directory, name);
    await writeModel(path("other"), facts(), VECTORS);
    await Deno.mkdir(path("there"));
    const refuse = async (rule: string, changes: Record<string, string>) => {
      const flags = { model: path("other"), to: "pytorch", output: path("out"), ...changes };
      const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
      await assertRejects(() => exportCommand.run(args), UserError, rule);
    };
    await refuse(`the output must not be there yet (${path("there")})`, { output: path("there") });
    await refuse("the folder must hold model.json", { model: path("there") });
    await refuse("must be one of", { to: "keras" });
    await refuse("the output must be writable", { output: join(path("other"), "model.json", "out") });
    await refuse("encoder/level0/block0/filter must be [3,3,3,1,2] ([2])", {});
    assertEquals([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), ["other", "there"]);
    assertEquals((await readModel(path("other"))).vectors, [...VECTORS]);
  }));

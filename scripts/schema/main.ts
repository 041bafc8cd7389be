/**
 * `deno task schema`: writes the JSON Schema of a peer's configuration and its reference, from what the parser checks.
 * Whoever changes a setting runs it and commits the result; a test compares them.
 *
 * @module
 */
import { join } from "@std/path";
import { defineCommand } from "../../src/cli/flags/mod.ts";
import { schemaFiles } from "./_files.ts";

/** The command. */
export const schema = defineCommand({
  name: "schema",
  does: "rewrite the configuration's JSON Schema and reference, after changing a setting",
  example: "",
  async run() {
    for (const [path, text] of await schemaFiles()) {
      await Deno.writeTextFile(join(import.meta.dirname!, "../..", path), text);
      console.log(`wrote ${path}`);
    }
  },
});

if (import.meta.main) await schema.main();

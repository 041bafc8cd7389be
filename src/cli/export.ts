/**
 * `deno task export --model DIR --to FORMAT --output PATH`: writes a kept model for other programs.
 *
 * @module
 */
import { exportFormats, exportModel, requireNewOutput } from "../exporting/formats.ts";
import { readModel } from "../models/folder.ts";
import { choice, defineCommand, needed, path } from "./flags/mod.ts";

/** The command. */
export const exportCommand = defineCommand({
  name: "export",
  does: "writes a kept model for other programs",
  flags: {
    model: needed(path("DIR", "the model's folder: results/model of a site, or results/encoder")),
    to: needed(choice("FORMAT", exportFormats, "what to write")),
    output: needed(path("PATH", "the folder or file that is written; must not be there yet")),
  },
  example: "--model results/model --to pytorch --output for_pytorch",
  async run({ flags: { model, to, output } }) {
    await requireNewOutput(output);
    await exportModel(await readModel(model), output, { to });
    console.log(`${to} in ${output}`);
  },
});

if (import.meta.main) await exportCommand.main();

/** `charter withdraw`: takes the version that waits out. */
import { UserError } from "../../core/errors.ts";
import { defineCommand } from "../flags/mod.ts";
import { writeCharter } from "./_files.ts";
import { charterFile } from "./_flags.ts";
import { readWaiting } from "./_waiting.ts";

/** The command. */
export const withdraw = defineCommand({
  name: "charter withdraw",
  does: "withdraw the version that waits",
  notes: ["Takes the version that waits out of CHARTER. Copies that others hold stay what they are."],
  arguments: { file: charterFile },
  example: "charter.json",
  async run({ arguments: { file } }) {
    const { chain, pending: { charter } } = await readWaiting(file);
    if (!chain) {
      throw new UserError("withdrawing a version: without the first there is no charter; remove the file instead", {
        where: file,
      });
    }
    await writeCharter(file, chain.versions);
    console.log(`${file}: version ${charter.version} is withdrawn, version ${chain.version} is in force`);
  },
});

/** `charter approve`: signs the version that waits. */
import { defineCommand } from "../flags/mod.ts";
import { readOwnKeys, signAs } from "./_files.ts";
import { charterFile, signing } from "./_flags.ts";
import { conclude } from "./_result.ts";
import { readWaiting } from "./_waiting.ts";

/** The command. */
export const approve = defineCommand({
  name: "charter approve",
  does: "sign the version that waits",
  notes: ["The signature goes into CHARTER itself. Look at it first: charter show CHARTER."],
  arguments: { file: charterFile },
  flags: signing,
  example: "charter.json --state state",
  async run({ arguments: { file }, flags: { state, again } }) {
    const { chain, pending: { charter } } = await readWaiting(file);
    const identity = await readOwnKeys(state, chain);
    const voters = chain?.newest ?? charter;
    const signed = await signAs(charter, { state, identity, file, voters, again });
    await conclude(file, [...chain?.versions ?? [], signed]);
  },
});

/** `charter threshold`: proposes how many members must agree. */
import { setThreshold } from "../../mesh/charter/proposals.ts";
import { defineCommand, needed } from "../flags/mod.ts";
import { charterFile, members, signing } from "./_flags.ts";
import { propose, PROPOSING_NOTES } from "./_proposing.ts";

/** The command. */
export const threshold = defineCommand({
  name: "charter threshold",
  does: "change how many must sign",
  notes: ["Lets M members decide from the version after this one on.", ...PROPOSING_NOTES],
  arguments: { file: charterFile, number: needed(members("how many must sign")) },
  flags: signing,
  example: "charter.json 3 --state state",
  run: ({ arguments: { file, number }, flags }) =>
    propose({ file, ...flags }, ({ chain }) => setThreshold(chain, number)),
});

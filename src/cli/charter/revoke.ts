/** `charter revoke`: proposes to remove a member. */
import { revoke as revoked } from "../../mesh/charter/proposals.ts";
import { defineCommand, needed, text } from "../flags/mod.ts";
import { charterFile, members, signing } from "./_flags.ts";
import { propose, PROPOSING_NOTES } from "./_proposing.ts";

/** The command. */
export const revoke = defineCommand({
  name: "charter revoke",
  does: "remove a member",
  notes: ["Once this is in force, the others turn the member away and renew their keys.", ...PROPOSING_NOTES],
  arguments: { file: charterFile, member: needed(text("MEMBER", "its name or peer id")) },
  flags: { ...signing, threshold: { ...members("how many must sign from then on"), shown: "as before" } },
  example: "charter.json hospital-d --state state",
  run: ({ arguments: { file, member }, flags: { threshold, ...flags } }) =>
    propose({ file, ...flags }, ({ chain }) => revoked(chain, member, threshold)),
});

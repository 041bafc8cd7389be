/** `charter rotate`: proposes new keys of this site. */
import { makeMember } from "../../mesh/charter/member.ts";
import { memberOf, renew } from "../../mesh/charter/proposals.ts";
import { prepareIdentity } from "../../mesh/envelope/identity.ts";
import { defineCommand, toggle } from "../flags/mod.ts";
import { charterFile, signing } from "./_flags.ts";
import { propose, PROPOSING_NOTES } from "./_proposing.ts";

/** The command. */
export const rotate = defineCommand({
  name: "charter rotate",
  does: "renew this site's own keys",
  notes: [
    "Makes new keys of this site beside the old, and proposes a version that names them; the old identity signs the new.",
    "The peer puts them in place when it is started with a charter that names them, so start it again then.",
    ...PROPOSING_NOTES,
  ],
  arguments: { file: charterFile },
  flags: { ...signing, sealing: toggle("renew the key for sealing only; the peer id stays") },
  example: "charter.json --state state",
  run: ({ arguments: { file }, flags: { sealing, ...flags } }) =>
    propose({ file, ...flags }, async ({ chain, identity }) => {
      const { consortium } = chain.newest;
      const { name } = memberOf(chain.newest, identity.peerId);
      const fresh = await prepareIdentity(flags.state, sealing);
      return renew(chain, await makeMember(fresh, { consortium, name, ...(!sealing && { old: identity }) }));
    }),
});

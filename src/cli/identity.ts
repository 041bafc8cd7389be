/**
 * `deno task identity --state DIR`: the peer id of a site, for the other sites' lists of members.
 *
 * @module
 */
import { createIdentity } from "../mesh/envelope/identity.ts";
import { defineCommand, needed } from "./flags/mod.ts";
import { state } from "./flags/shared.ts";

/** The command. */
export const identity = defineCommand({
  name: "identity",
  does: "a site's peer id, for the other sites' lists of members; makes the site's keys at the first call",
  flags: { state: needed(state) },
  example: "--state state",
  async run({ flags: { state } }) {
    const { peerId } = await createIdentity(state);
    console.log(peerId);
  },
});

if (import.meta.main) await identity.main();

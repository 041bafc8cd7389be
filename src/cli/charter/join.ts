/** `charter join`: a site makes its keys and asks to be entered. */
import { defineCommand, needed, path, text } from "../flags/mod.ts";
import { state } from "../flags/shared.ts";
import { writeJoinRequest } from "./joining.ts";

/** The command. */
export const join = defineCommand({
  name: "charter join",
  does: "make this site's keys and ask to be entered",
  notes: [
    "Makes this site's keys in its state directory, if they are not there yet, and writes a request to be entered in a",
    "charter: the site's name, peer id and public keys, signed by itself. It holds no secret and can go by mail.",
    "A file that is there already stays; the same request again changes nothing.",
  ],
  flags: {
    state: needed(state),
    name: needed(text("NAME", "how the site is called in the charter")),
    consortium: needed(text("ID", "the consortium to join")),
    out: { ...path("FILE", "where the request goes"), shown: "NAME.join.json" },
  },
  example: "--state state --name hospital-a --consortium heart-2026",
  async run({ flags: { state, name, consortium, out = `${name}.join.json` } }) {
    const peerId = await writeJoinRequest({ state, name, consortium, out });
    console.log(`${out}: ${name}, ${peerId}, asks to join ${consortium}`);
  },
});

/** `charter join`: a site makes its keys and asks to be entered. */
import { writeNew } from "../../core/files.ts";
import { joinRequest, makeMember, parseJoinRequest } from "../../mesh/charter/member.ts";
import { loadIdentity } from "../../mesh/envelope/identity.ts";
import { defineCommand, needed, path, text } from "../flags/mod.ts";
import { state } from "../flags/shared.ts";
import { explained, hasKeys, inTheWay, present, written } from "./_files.ts";

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
    const doing = "writing the join request";
    const before = await present(doing, out);
    // without keys it cannot be this site's: none are made in vain
    if (before !== undefined && !await hasKeys(state)) throw inTheWay(doing, out);
    const identity = await loadIdentity(state);
    const request = joinRequest(consortium, await makeMember(identity, { consortium, name }));
    await explained("making a join request", "--name and --consortium", () => parseJoinRequest(request));
    const text = `${JSON.stringify(request, null, 2)}\n`;
    if (before !== undefined && before !== text) throw inTheWay(doing, out);
    if (before === undefined) await written(doing, out, () => writeNew(out, text));
    console.log(`${out}: ${name}, ${identity.peerId}, asks to join ${consortium}`);
  },
});

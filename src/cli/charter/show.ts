/** `charter show`: what a charter says. */
import { charterDigest, fingerprint } from "../../mesh/charter/charter.ts";
import { type CharterFile, readCharterFile } from "../../mesh/charter/file.ts";
import { defineCommand } from "../flags/mod.ts";
import { json } from "../flags/shared.ts";
import { charterFile } from "./_flags.ts";
import { describeFile } from "./_text.ts";

async function toJson({ chain, pending }: CharterFile): Promise<object> {
  const named = async (charter: NonNullable<CharterFile["pending"]>["charter"]) => {
    const digest = await charterDigest(charter);
    return { ...charter, digest, fingerprint: fingerprint(digest) };
  };
  return {
    founding: chain && fingerprint(chain.mark.founding),
    inForce: chain && await named(chain.newest),
    waiting: pending && { ...await named(pending.charter), needed: pending.approval.needed },
  };
}

/** The command. */
export const show = defineCommand({
  name: "charter show",
  does: "members, threshold, signatures, and fingerprints to compare over the telephone",
  notes: ["A peer keeps what it has adopted in its state directory, charter.json, which can be shown too."],
  arguments: { file: charterFile },
  flags: { json },
  example: "charter.json",
  async run({ arguments: { file }, flags: { json } }) {
    const read = await readCharterFile(file);
    console.log(json ? JSON.stringify(await toJson(read), null, 2) : (await describeFile(read)).join("\n"));
  },
});

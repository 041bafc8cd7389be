/** `charter merge`: puts the signatures of copies together. */
import { UserError } from "../../core/errors.ts";
import { type Charter, charterDigest } from "../../mesh/charter/charter.ts";
import { readCharterFile } from "../../mesh/charter/file.ts";
import { defineCommand, path, rest } from "../flags/mod.ts";
import { versionsOf } from "./_files.ts";
import { charterFile } from "./_flags.ts";
import { conclude } from "./_result.ts";
import { readWaiting } from "./_waiting.ts";

function withSignatures(charter: Charter, { signatures }: Charter): Charter {
  const signed = new Set(charter.signatures.map(({ peer }) => peer));
  return { ...charter, signatures: [...charter.signatures, ...signatures.filter(({ peer }) => !signed.has(peer))] };
}

/** The command. */
export const merge = defineCommand({
  name: "charter merge",
  does: "put signatures of several copies together",
  notes: ["Puts the signatures of copies that went to several members at once into CHARTER."],
  arguments: { file: charterFile, copies: rest(path("COPY", "a copy of it that others have signed")) },
  example: "charter.json copy-b.json copy-c.json",
  async run({ arguments: { file, copies } }) {
    const { chain, pending: { charter } } = await readWaiting(file);
    const digest = await charterDigest(charter);
    let merged = charter;
    for (const copy of copies) {
      const last = versionsOf(await readCharterFile(copy)).at(-1)!;
      if (await charterDigest(last) !== digest) {
        throw new UserError(`merging charters: it must be a copy of version ${charter.version} of ${file}`, {
          where: copy,
        });
      }
      merged = withSignatures(merged, last);
    }
    await conclude(file, [...chain?.versions ?? [], merged]);
  },
});

/** `charter verify`: whether a charter is valid, and whether it is the one that was named over the telephone. */
import { UserError } from "../../core/errors.ts";
import { fingerprint } from "../../mesh/charter/charter.ts";
import { readCharterFile } from "../../mesh/charter/file.ts";
import { defineCommand, pattern } from "../flags/mod.ts";
import { charterFile } from "./_flags.ts";

/** The command. */
export const verify = defineCommand({
  name: "charter verify",
  does: "check every version and signature",
  notes: ["A version that waits for signatures does not count."],
  arguments: { file: charterFile },
  flags: {
    fingerprint: pattern("DIGITS", "of the first version or of the one in force; must be one of them", {
      rule: "be 40 digits",
      form: /^\s*(\d\s*){40}$/,
    }),
  },
  example: "charter.json --fingerprint 0123456789012345678901234567890123456789",
  async run({ arguments: { file }, flags: { fingerprint: given } }) {
    const digits = given?.replaceAll(/\s/g, "");
    const { chain, pending } = await readCharterFile(file);
    if (!chain) {
      const { signers, needed } = pending!.approval;
      throw new UserError(
        `verifying the charter: its first version must have ${needed} signatures, it has ${signers.length}`,
        { where: file },
      );
    }
    const [founding, newest] = [chain.mark.founding, chain.mark.digest].map(fingerprint);
    if (digits !== undefined && ![founding, newest].some((each) => each.replaceAll(" ", "") === digits)) {
      throw new UserError("verifying the charter: its fingerprint must be the one given", {
        where: file,
        value: `${newest}, founded as ${founding}`,
      });
    }
    console.log(`${file}: version ${chain.version} and all before it are valid; founded as ${founding}, now ${newest}`);
  },
});

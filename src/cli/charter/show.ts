/** `charter show` and `verify`: what a charter says, and whether it is valid. */
import { UserError } from "../../core/errors.ts";
import { charterDigest, fingerprint } from "../../mesh/charter/charter.ts";
import { type CharterFile, readCharterFile } from "../../mesh/charter/file.ts";
import { parseFlags, UsageError } from "../command.ts";
import { describeFile } from "./_text.ts";

const SHOW_USAGE = "charter show CHARTER [--json]";
const VERIFY_USAGE = "charter verify CHARTER [--fingerprint DIGITS]";

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

/** Prints a charter. */
export async function show(args: readonly string[]): Promise<void> {
  const help = [
    "Verifies a charter, and prints version, members, threshold, signatures and the fingerprints to compare over the telephone.",
    "A peer keeps what it has adopted in its state directory, charter.json, which can be shown too.",
  ];
  const { positional: [file], flags } = parseFlags(args, { usage: SHOW_USAGE, help, boolean: ["json"], positional: 1 });
  const read = await readCharterFile(file);
  console.log(flags.json ? JSON.stringify(await toJson(read), null, 2) : (await describeFile(read)).join("\n"));
}

/** Says whether a charter is valid, and whether it is the one that was named over the telephone. */
export async function verify(args: readonly string[]): Promise<void> {
  const help = [
    "Verifies every version and signature; a version that waits for signatures does not count.",
    "  --fingerprint DIGITS   of the first version or of the one in force; must be one of them",
  ];
  const rules = { usage: VERIFY_USAGE, help, string: ["fingerprint"], positional: 1 };
  const { positional: [file], flags: { fingerprint: given } } = parseFlags(args, rules);
  const digits = given === undefined ? undefined : String(given).replaceAll(/\s/g, "");
  if (digits !== undefined && !/^\d{40}$/.test(digits)) {
    throw new UsageError(`the flag --fingerprint must be 40 digits, got ${given}; usage: ${VERIFY_USAGE}`);
  }
  const { chain, pending } = await readCharterFile(file);
  if (!chain) {
    const { signers, needed } = pending!.approval;
    throw new UserError(
      `verifying the charter: its first version must have ${needed} signatures, it has ${signers.length}`,
      {
        where: file,
      },
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
}

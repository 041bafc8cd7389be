/** `charter approve`, `merge` and `withdraw`: what becomes of a version that waits for signatures. */
import { UserError } from "../../core/errors.ts";
import { type Charter, charterDigest } from "../../mesh/charter/charter.ts";
import type { CharterChain } from "../../mesh/charter/chain.ts";
import { type Pending, readCharterFile } from "../../mesh/charter/file.ts";
import { parseFlags } from "../command.ts";
import { needed, readOwnKeys, signAs, versionsOf, writeCharter } from "./_files.ts";
import { conclude } from "./_result.ts";

const APPROVE_USAGE = "charter approve CHARTER --state DIR [--again]";
const MERGE_USAGE = "charter merge CHARTER COPY…";
const WITHDRAW_USAGE = "charter withdraw CHARTER";

async function readWaiting(path: string): Promise<{ chain?: CharterChain; pending: Pending }> {
  const { chain, pending } = await readCharterFile(path);
  if (pending) return { chain, pending };
  throw new UserError(
    `reading the charter: a version must wait for signatures, but version ${chain!.version} is in force`,
    {
      where: path,
    },
  );
}

/** Signs the version that waits. */
export async function approve(args: readonly string[]): Promise<void> {
  const help = [
    "Signs the version that waits, into CHARTER itself. Look at it first: charter show CHARTER.",
    "  --state DIR       this site's state directory",
    "  --again           sign although this site has signed another version of this number",
  ];
  const rules = { usage: APPROVE_USAGE, help, string: ["state"], boolean: ["again"], positional: 1 };
  const parsed = parseFlags(args, rules);
  const state = needed(parsed, "state", APPROVE_USAGE);
  const [file] = parsed.positional;
  const { chain, pending: { charter } } = await readWaiting(file);
  const identity = await readOwnKeys(state, chain);
  const voters = chain?.newest ?? charter;
  const signed = await signAs(charter, { state, identity, file, voters, again: parsed.flags.again === true });
  await conclude(file, [...chain?.versions ?? [], signed]);
}

/** Puts the signatures of copies together. */
export async function merge(args: readonly string[]): Promise<void> {
  const help = ["Puts the signatures of copies that went to several members at once into CHARTER."];
  const { positional: [file, ...copies] } = parseFlags(args, { usage: MERGE_USAGE, help, positional: [2, 2000] });
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
}

function withSignatures(charter: Charter, { signatures }: Charter): Charter {
  const signed = new Set(charter.signatures.map(({ peer }) => peer));
  return { ...charter, signatures: [...charter.signatures, ...signatures.filter(({ peer }) => !signed.has(peer))] };
}

/** Takes the version that waits out. */
export async function withdraw(args: readonly string[]): Promise<void> {
  const help = ["Takes the version that waits out of CHARTER. Copies that others hold stay what they are."];
  const { positional: [file] } = parseFlags(args, { usage: WITHDRAW_USAGE, help, positional: 1 });
  const { chain, pending: { charter } } = await readWaiting(file);
  if (!chain) {
    throw new UserError("withdrawing a version: without the first there is no charter; remove the file instead", {
      where: file,
    });
  }
  await writeCharter(file, chain.versions);
  console.log(`${file}: version ${charter.version} is withdrawn, version ${chain.version} is in force`);
}

/** What the commands that change a charter have in common: the next version, signed by whoever proposes it. */
import type { Charter } from "../../mesh/charter/charter.ts";
import type { CharterChain } from "../../mesh/charter/chain.ts";
import { memberOf } from "../../mesh/charter/proposals.ts";
import type { Identity } from "../../mesh/envelope/identity.ts";
import { explained, readChangeable, readOwnKeys, signAs } from "./_files.ts";
import { conclude } from "./_result.ts";

/** Further lines of their help. */
export const PROPOSING_NOTES = [
  "The new version goes into CHARTER itself and is in force once as many members have signed as its version before asks for.",
];

/** Who proposes a change, and to what. */
export interface Proposer {
  /** The charter's file. */
  file: string;
  /** The site's state directory. */
  state: string;
  /** Sign although another version of this number was signed. */
  again: boolean;
}

/** What a change starts from. */
export interface Start {
  chain: CharterChain;
  identity: Identity;
}

/** Puts what `change` makes into the charter's file, signed. @throws {UserError} if the site has no vote. */
export async function propose(
  { file, state, again }: Proposer,
  change: (start: Start) => Charter | Promise<Charter>,
): Promise<void> {
  const doing = "changing the charter";
  const chain = await readChangeable(file);
  const identity = await readOwnKeys(state, chain);
  // before anything is made: who has no vote changes nothing
  await explained(doing, file, () => memberOf(chain.newest, identity.peerId));
  const next = await explained(doing, file, () => change({ chain, identity }));
  const signed = await signAs(next, { state, identity, file, voters: chain.newest, again });
  await conclude(file, [...chain.versions, signed]);
}

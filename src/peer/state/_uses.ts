/** What a case serves for, in words. */
import type { PeerSplit } from "../../data/splits.ts";
import { BEGIN_ANEW } from "./anew.ts";

/** What is being done, as errors begin. */
export const WHILE = "opening the data";

/** The way out of a refusal, as errors end. */
export const ANEW = `or begin anew with ${BEGIN_ANEW}`;

/** In the order in which they are told. */
export const USES = ["training", "labelled", "probe", "test"] as const;

/** Tells the uses of a case by its id: "training", "training and labelled", "test", or "no use". */
export function usesIn(split: PeerSplit): (id: string) => string {
  const uses = new Map<string, string>();
  for (const use of USES) {
    for (const id of split[use]) uses.set(id, uses.has(id) ? `${uses.get(id)} and ${use}` : use);
  }
  return (id) => uses.get(id) ?? NO_USE;
}

/** Of a case that serves for nothing. */
export const NO_USE = "no use";

/** Names in a sentence, the first of them where there are many. */
export function listed(names: readonly string[], most = 12): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}

/** What a split by hand changes of the one that is kept. */
import { UserError } from "../../core/errors.ts";
import type { PeerSplit } from "../../data/splits.ts";
import type { Identified, PresentCase } from "./_identify.ts";
import { subjectsIn } from "./_subjects.ts";
import { ANEW, NO_USE, type USES, usesIn, WHILE } from "./_uses.ts";
import type { KeptSplit } from "./kept_split.ts";

/**
 * What a split by hand adds: training cases, and to a site that had none, labelled ones of the training cases and test
 * cases that served for nothing.
 *
 * @throws {UserError} if it changes anything else.
 */
export function addedByHand({ kept, configured, identified: { keptAs, copies }, sealed, present }: {
  kept: KeptSplit;
  configured: PeerSplit;
  identified: Identified;
  sealed: ReadonlyMap<string, string>;
  present: readonly PresentCase[];
}): Record<typeof USES[number], string[]> {
  const [usesBefore, usesNow] = [usesIn(kept.split), usesIn(configured)];
  const seen = subjectsIn(["training", "probe"], { kept, present, keptAs });
  const added: ReturnType<typeof addedByHand> = { training: [], labelled: [], probe: [], test: [] };
  for (const { id, subject } of present) {
    const original = keptAs.get(id) ?? copies.get(id);
    const before = keptAs.has(id) ? usesBefore(original!) : NO_USE;
    const now = usesNow(id);
    if (now === before) continue;
    const called = original === undefined || original === id ? id : `${id}, whose image is that of ${original},`;
    const require = (holds: boolean, what: string) => {
      if (holds) return;
      throw new UserError(`${WHILE}: a case must keep the use that this state was begun with; set it back, ${ANEW}`, {
        where: 'field "data.split"',
        value: what,
      });
    };
    const joins = before === NO_USE && now === "training";
    const isLabelled = now === "training and labelled" && (before === "training" || before === NO_USE) &&
      kept.split.labelled.length === 0;
    const isTested = before === NO_USE && now === "test" && kept.split.test.length === 0 && !copies.has(id);
    require(joins || isLabelled || isTested, `${called} was in ${before} and is in ${now}`);
    const other = isTested ? seen.get(subject) : sealed.get(subject) ?? copies.get(id);
    const otherUses = other === undefined ? now : usesBefore(other);
    const same = copies.has(id) ? "image" : `subject ${subject}`;
    require(
      other === undefined || !isTested && otherUses.startsWith("training"),
      `${called} is in ${now}, and ${other}, of the same ${same}, in ${otherUses}`,
    );
    if (isTested) added.test.push(id);
    else if (before === NO_USE) added.training.push(id);
    if (isLabelled) added.labelled.push(id);
  }
  return added;
}

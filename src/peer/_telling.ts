/** What is told at the end of a run of those who were there, and who were not. */
import type { Mesh } from "../mesh/mesh.ts";
import type { Run, Training } from "./_run.ts";
import { type History, untoldRound } from "./history.ts";
import type { Participation } from "./participation.ts";
import { lonelyRounds } from "./report/lonely_rounds.ts";
import { memberRemark } from "./report/participation.ts";
import type { SiteReport } from "./report/schema.ts";

/** Tells of the round after whose checkpoint the life before was killed, as far as it was written down. */
export function tellUntold(
  earlier: History,
  { method, rounds }: Pick<Training, "method" | "rounds">,
  emit: Run["emit"],
) {
  const line = untoldRound(earlier, method);
  if (!line) return;
  const { round, loss, partners, alone, consensus } = line;
  emit({ type: "round", rounds, round, loss, partners, alone, consensus, health: null, ...(method && { method }) });
}

/** Names who did not keep up, now that this site has done all its rounds. */
export function tellOfOthers(participation: Participation, rounds: number, emit: Run["emit"]): void {
  participation.finish(rounds);
  for (const member of participation.report()) {
    const remark = memberRemark(member, rounds);
    if (remark) emit({ type: "warning", message: `${member.peerId} ${remark}` });
  }
}

/** Says that nobody was met, and which configured addresses did not answer. */
export function tellIfAlone(participation: Participation, mesh: Mesh, emit: Run["emit"]): void {
  if (!participation.isAlone()) return;
  const addresses = mesh.unanswered().map(({ setting, address, reason }) => `${setting} (${address}): ${reason}`);
  const unanswered = addresses.length === 0 ? "" : `; nobody answered at ${addresses.join("; ")}`;
  emit({ type: "warning", message: `no other member was met, so all was trained at this site alone${unanswered}` });
}

/** Says in how many rounds nobody was averaged with, and why, of a site that met others. */
export function tellOfLonelyRounds(
  participation: Participation,
  report: Pick<SiteReport, "rounds" | "fineTuneRounds">,
  emit: Run["emit"],
): void {
  if (participation.isAlone()) return;
  const message = lonelyRounds(report);
  if (message !== undefined) emit({ type: "note", message });
}

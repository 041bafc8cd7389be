/** What comes before anything starts: with what a run goes on, whether it has anything left to do, and all checks. */
import { readCertificate } from "../mesh/connections/certificate.ts";
import { requirePorts, requireUdpPort } from "../mesh/finding/ports.ts";
import { requireQuorum } from "./_gathering.ts";
import { memberNames, type Membership, readMembership } from "./_membership.ts";
import { progressMeter } from "./_progress_meter.ts";
import type { Run } from "./_run.ts";
import type { PeerConfiguration } from "./configuration.ts";
import { loadExtensions } from "./extensions.ts";
import { trainingSeconds } from "./planning/plan_together.ts";
import { trainedBy } from "./planning_configuration.ts";
import type { SiteReport } from "./report/schema.ts";
import { checkSite, checkSiteLabels, openSite, type SiteCases } from "./site_data.ts";
import { type Anew, beginAnew } from "./state/anew.ts";
import { finishedMessage, readFinished, type RunFacts, writeFinished } from "./state/finished.ts";
import { checkUnforgotten, forgetFinished, isForgotten } from "./state/finished_checkpoints.ts";
import { finishedEarlier } from "./state/finished_earlier.ts";
import { checkResults } from "./state/results.ts";
import { forgetEarlier } from "./state/retention.ts";
import { settle, type Settled } from "./state/settle.ts";

/** A run that may start. */
export interface Prepared extends Pick<Settled, "configuration" | "site" | "training" | "keep"> {
  readonly membership: Membership;
  /** What will say that it is finished. */
  readonly facts: RunFacts;
}

/** How a start is followed, and what it begins anew. */
export interface PrepareOptions extends Pick<Run, "emit" | "signal"> {
  anew?: Anew;
}

/**
 * Settles with what a run goes on, and checks all that can be checked before a peer starts.
 *
 * @returns what starts; or the report of a run that is finished, which has nothing left to do.
 * @throws {UserError} for anything in configuration, data or state that the user can mend.
 */
export async function prepare(
  given: PeerConfiguration,
  { emit, signal, anew }: PrepareOptions,
): Promise<Prepared | { finished: SiteReport }> {
  const { stateDirectory } = given;
  const trained = trainedBy(given);
  const extensions = await loadExtensions(given.extensions, { where: given.name });
  extensions.forEach((extension) => emit({ type: "extension", ...extension }));
  const warn = (message: string) => emit({ type: "warning", message });
  requirePorts(given.mesh.listen, "mesh.listen"); // long before the network starts, which needs them
  if (given.mesh.quic !== undefined) requireUdpPort(given.mesh.quic, "mesh.quic");
  if (given.mesh.tls) await readCertificate(given.mesh.tls);
  const membership = await readMembership(given);
  requireQuorum(given.mesh.quorum, membership);
  if (membership.charter) emit({ type: "names", names: memberNames(membership.charter) });
  await checkResults(given, membership.identity, warn);
  if (anew) {
    await checkSite(await openSite(trained), trained, { signal }); // nothing is moved for a mistake
    if (anew === "fine-tuning") await checkUnforgotten(stateDirectory);
    for (const message of await beginAnew(given, anew)) emit({ type: "note", message });
  }
  const { warnings, ...settled } = await settle(trained, membership);
  warnings.forEach(warn);
  const facts: RunFacts = {
    settings: settled.training.fineTuning,
    split: settled.configuration.data.split!,
    seconds: await trainingSeconds(given, membership),
  };
  const finished = await finishedReport(given, settled, facts, { emit });
  if (finished) return { finished };
  await checkUnforgotten(stateDirectory);
  // as it was given: whether the cases were chosen by hand is seen there only
  await checkData(settled.site, trained, { emit, signal });
  (await forgetEarlier(given)).forEach(emit);
  return { ...settled, membership, facts };
}

/** The report of a run that is finished; the user is told of it, and what is not kept any longer goes. */
async function finishedReport(
  given: PeerConfiguration,
  { configuration, training }: Pick<Settled, "configuration" | "training">,
  facts: RunFacts,
  { emit }: Pick<Run, "emit">,
): Promise<SiteReport | undefined> {
  const { stateDirectory } = given;
  const warn = (message: string) => emit({ type: "warning", message });
  let run = await readFinished(configuration, facts, { warn });
  if (!run) {
    run = await finishedEarlier(configuration, { split: facts.split, training });
    if (!run) return undefined;
    await writeFinished(stateDirectory, { ...facts, ...run, isCut: false });
  }
  const forgotten = await forgetFinished(given, run.finishedAt);
  emit({ type: "note", message: finishedMessage(run, { isForgotten: await isForgotten(stateDirectory) }) });
  forgotten.forEach(emit);
  return run.report;
}

/** Checks the site's data, headers first, and tells what is suspicious. @throws {UserError} if any is at fault. */
async function checkData(
  site: SiteCases,
  configuration: PeerConfiguration,
  { emit, signal }: Pick<Run, "emit" | "signal">,
): Promise<void> {
  const onProgress = progressMeter("check", (progress) => emit({ type: "progress", ...progress }));
  const warnings = [
    ...await checkSite(site, configuration, { signal }),
    ...await checkSiteLabels(site, configuration, { onProgress, signal }),
  ];
  for (const message of warnings) emit({ type: "warning", message });
}

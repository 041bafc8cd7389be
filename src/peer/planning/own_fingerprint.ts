/**
 * What a site says of itself: of the volumes that it trains with, from their headers and the labels that it may learn
 * from, and, where minutes are planned with, of how fast it trains. Test cases are not looked at.
 *
 * @module
 */
import * as Comlink from "comlink";
import { raceAbort } from "../../core/deadline.ts";
import { checkCases } from "../../data/checks/check_cases.ts";
import { fingerprintOf, gridsOf } from "../../planning/fingerprint.ts";
import { disclose, type SiteFingerprint, type SiteSpeed } from "../../planning/site_fingerprint.ts";
import { planSize } from "../../planning/size.ts";
import { structuresOf } from "../../planning/structures.ts";
import { PLANNING } from "../../planning/table.ts";
import type { PeerConfiguration } from "../configuration.ts";
import { ANY_PLAN, type PlanningConfiguration } from "../planning_configuration.ts";
import { openSite } from "../site_data.ts";
import type { MeasureApi } from "./measure_site.ts";

/** Options of {@linkcode ownFingerprint}. */
export interface OwnFingerprintOptions {
  warn: (message: string) => void;
  /** Ends measuring. */
  signal?: AbortSignal;
}

/** It. @throws {UserError} for the first file at fault. */
export async function ownFingerprint(
  planning: PlanningConfiguration,
  options: OwnFingerprintOptions,
): Promise<SiteFingerprint> {
  const configuration = planning.withPlan(ANY_PLAN);
  const { data } = configuration;
  const { dataset, references: { training, labelled } } = await openSite(configuration);
  const cases = [...new Map([...training, ...labelled].map((reference) => [reference.id, reference])).values()];
  await checkCases(cases); // before a plan is made of what may be wrong
  const fingerprint = {
    ...fingerprintOf(await gridsOf(cases, data)),
    ...await structuresOf(labelled, dataset, data),
  };
  const released = disclose(fingerprint);
  if (planning.plan.minutes === undefined) return released;
  const alone = planSize(fingerprint, PLANNING.sizes[PLANNING.firstSize], { crop: data.crop });
  const measured = planning.withPlan({ ...alone, schedule: ANY_PLAN.schedule });
  return { ...released, speed: await measure({ ...measured, engine: planning.engine }, options) };
}

/** In a thread of its own: it computes for some seconds, and its engine goes with it. */
async function measure(
  configuration: PeerConfiguration,
  { warn, signal }: OwnFingerprintOptions,
): Promise<SiteSpeed> {
  const worker = new Worker(new URL("./measure_worker.ts", import.meta.url), { type: "module" });
  try {
    const measuring = Comlink.wrap<MeasureApi>(worker);
    return await raceAbort(measuring.measure(configuration, Comlink.proxy(warn)), signal);
  } finally {
    worker.terminate();
  }
}

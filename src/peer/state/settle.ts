/**
 * What the state says to a start: with which cases and under which settings it goes on.
 *
 * @module
 */
import type { Membership } from "../_membership.ts";
import type { PeerConfiguration } from "../configuration.ts";
import { openSiteDataset, referencesOf, type SiteCases } from "../site_data.ts";
import { checkCheckpoints } from "./check_checkpoints.ts";
import { type TrainingSettings, trainingSettings } from "./settings.ts";
import { type SettledSplit, settleSplit } from "./settle_split.ts";

/** How a start goes on. */
export interface Settled extends SettledSplit {
  /** Its cases by that split. */
  site: SiteCases;
  /** What its checkpoints are made with. */
  training: TrainingSettings;
}

/**
 * Settles it, before anything is prepared and with nothing written.
 *
 * @throws {UserError} if the state was begun with other settings, or with cases that would change sides.
 */
export async function settle(
  given: PeerConfiguration,
  { consortium, charter }: Pick<Membership, "consortium" | "charter">,
): Promise<Settled> {
  const dataset = await openSiteDataset(given);
  const founding = charter?.chain.mark.founding;
  const training = trainingSettings(given, {
    consortium,
    founding,
    labels: dataset.labels,
    channels: dataset.channels,
  });
  const isBegun = await checkCheckpoints(given, training);
  const settled = await settleSplit(given, dataset, { isBegun });
  return { ...settled, training, site: { dataset, references: referencesOf(dataset, settled.configuration) } };
}

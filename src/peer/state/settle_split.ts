/**
 * The split of a start: as the state was begun with it, or drawn and then kept.
 *
 * @module
 */
import type { Dataset } from "../../data/datasets/dataset.ts";
import type { PeerConfiguration } from "../configuration.ts";
import { splitOf } from "../site_data.ts";
import { USES } from "./_uses.ts";
import { firstSplit, type Found, laterSplit } from "./decide_split.ts";
import { imageDigest } from "./image_digest.ts";
import { readKeptSplit, writeKeptSplit } from "./kept_split.ts";

/** A split that is settled. */
export interface SettledSplit {
  /** With the split in `data.split`. */
  configuration: PeerConfiguration;
  /** What the user is told. */
  warnings: readonly string[];
  /** Keeps it in the state: once the training begins for good. */
  keep(): Promise<void>;
}

/**
 * Settles with which cases a start trains, probes and tests.
 *
 * @param options.isBegun whether there are checkpoints
 * @throws {UserError} as `laterSplit` does, or if the split by hand is at fault.
 */
export async function settleSplit(
  configuration: PeerConfiguration,
  dataset: Dataset,
  { isBegun }: { isBegun: boolean },
): Promise<SettledSplit> {
  const { data, stateDirectory } = configuration;
  const kept = await readKeptSplit(stateDirectory);
  // a split by hand is checked in any case
  const asked = kept && !data.split ? kept.split : splitOf(dataset, configuration);
  const configured = data.split && asked;
  const split = kept?.split ?? asked;
  const used = new Set([...USES.flatMap((use) => split[use]), ...USES.flatMap((use) => asked[use])]);
  const images = new Map<string, string>();
  for (const { id, image } of dataset.cases) {
    const isNew = kept !== undefined && kept.cases[id] === undefined;
    if (used.has(id) || isNew) images.set(id, await imageDigest(image));
  }
  const found: Found = {
    ...{ site: configuration.name, dataset: dataset.name, present: dataset.cases },
    ...{ images, configured, labelled: data.labelled },
  };
  const decided = kept ? laterSplit(kept, found) : firstSplit(found, split);
  const warnings = [...decided.warnings];
  if (!kept && isBegun) {
    warnings.push(
      `${stateDirectory} was begun by a version that kept no split: that of now is taken to be the same, and kept`,
    );
  }
  return {
    configuration: Object.freeze({ ...configuration, data: Object.freeze({ ...data, split: decided.split }) }),
    warnings,
    keep: () => writeKeptSplit(stateDirectory, decided.kept),
  };
}

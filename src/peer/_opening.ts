/**
 * What of a peer's training outlives an engine: its data, the network's shape, the checkpoints.
 *
 * @module
 */
import { mirrorAxes } from "../data/augmentation/mirror.ts";
import { channelCount } from "../data/channels.ts";
import type { PreparedCase } from "../data/prepare.ts";
import type { Engine } from "../engine/engine.ts";
import { parseUNetConfig, type UNetConfig } from "../model/config.ts";
import { PeerEngines } from "./_engines.ts";
import { requireMakeable } from "./_pretraining.ts";
import { progressMeter } from "./_progress_meter.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { PeerConfiguration } from "./configuration.ts";
import { loadExtensions } from "./extensions.ts";
import { openSite, prepareAll, type SiteCases, type Use } from "./site_data.ts";
import { BEGIN_ANEW } from "./state/anew.ts";
import { pretrainingFolder } from "./state/layout.ts";
import type { TrainingSettings } from "./state/settings.ts";
import type { StageProgress, TrainerOpened } from "./trainer_api.ts";

/** What {@linkcode openData} makes. */
export interface OpenedData extends SiteCases {
  readonly configuration: PeerConfiguration;
  readonly engines: PeerEngines;
  readonly prepared: Record<Use, PreparedCase[]>;
  readonly network: UNetConfig;
  readonly checkpoints: Checkpoints;
  readonly settings: TrainingSettings | undefined;
  readonly warn: (message: string) => void;
  /** Of the engine's start. */
  readonly warnings: readonly string[];
}

/** Options of {@linkcode openData}. */
export interface OpenDataOptions extends Pick<OpenedData, "settings" | "warn"> {
  /** The registry of engines, best first. */
  among: readonly Engine[];
  onProgress: (progress: StageProgress) => void;
}

/** Starts the engine, and reads and prepares the site's cases. @throws {UserError} for what the user can mend. */
export async function openData(
  configuration: PeerConfiguration,
  { among, settings, warn, onProgress }: OpenDataOptions,
): Promise<OpenedData> {
  const { network: { baseFilters, levels, norm, pool } } = configuration;
  await loadExtensions(configuration.extensions, { where: configuration.name });
  const engines = new PeerEngines(configuration.engine, among);
  const warnings: string[] = [];
  await engines.start((message) => warnings.push(message));
  const { dataset, references } = await openSite(configuration);
  // without labels the head has nothing to tell apart; it is never made, and pre-training does not know it
  const classes = Math.max(2, dataset.labels.size + 1);
  const network = parseUNetConfig({ channels: channelCount(dataset), classes, baseFilters, levels, norm, pool });
  await requireMakeable(network, configuration);
  const prepared = await prepareAll(references, configuration, dataset, progressMeter("prepare", onProgress));
  const checkpoints = new Checkpoints(pretrainingFolder(configuration.stateDirectory), {
    settings: settings?.pretraining,
    anew: BEGIN_ANEW,
  });
  return { configuration, engines, dataset, references, prepared, network, checkpoints, settings, warn, warnings };
}

/** What is told of the engine and the site's cases; `told` are warnings of its checkpoints. */
export function factsOf(
  { configuration, engines, dataset, prepared, warnings }: OpenedData,
  told: readonly string[],
): Pick<TrainerOpened, "engine" | "cases" | "labels" | "channels" | "warnings"> {
  const { training, labelled, probe, test } = prepared;
  const { reason } = mirrorAxes(configuration.fineTune.mirror ?? [], dataset.labels);
  return {
    engine: engines.current,
    cases: { training: training.length, labelled: labelled.length, probe: probe.length, test: test.length },
    labels: Object.fromEntries(dataset.labels),
    ...(dataset.channels && { channels: dataset.channels }),
    warnings: [...warnings, ...told, ...(reason === undefined || labelled.length === 0 ? [] : [reason])],
  };
}

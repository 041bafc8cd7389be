/**
 * How fast a site trains: a few steps of what it would do by itself, on the engine that it will have.
 *
 * @module
 */
import { memoryLimit } from "../../core/memory_limit.ts";
import { channelCount } from "../../data/channels.ts";
import type { CaseReference } from "../../data/datasets/dataset.ts";
import { prepareCase } from "../../data/prepare.ts";
import { startEngine } from "../../engine/engine.ts";
import { parseUNetConfig } from "../../model/config.ts";
import { measureTraining } from "../../planning/measuring/measure_training.ts";
import type { SiteSpeed } from "../../planning/site_fingerprint.ts";
import { workOf } from "../../planning/size.ts";
import { PLANNING } from "../../planning/table.ts";
import { methodsOf } from "../_trainings.ts";
import type { PeerConfiguration } from "../configuration.ts";
import { loadExtensions } from "../extensions.ts";
import { fineTuningPart } from "../fine_tuning_part.ts";
import { planIn } from "../planning_configuration.ts";
import { openSite } from "../site_data.ts";

/** What the Worker offers that measures. */
export interface MeasureApi {
  /** Measures, once. @throws {UserError} if no engine starts or a volume is at fault. */
  measure(configuration: PeerConfiguration, warn: (message: string) => void): Promise<SiteSpeed>;
}

/** Measures what `configuration` would have the site do. */
export async function measureSite(
  configuration: PeerConfiguration,
  warn: (message: string) => void,
): Promise<SiteSpeed> {
  const { name, extensions, engine, data, network: { patch, ...network }, pretrain, plan } = configuration;
  const { fineTune, schedule: { exchanges } } = configuration;
  const since = performance.now();
  await loadExtensions(extensions, { where: name });
  const { threads, adapter, activations } = engine;
  await startEngine({ engine: engine.name, threads, adapter, activations, warn });
  const { dataset, references: { training, labelled, probe, test } } = await openSite(configuration);
  const start = performance.now() - since;
  const cases = { training: training.length, labelled: labelled.length };
  const tunes = fineTuningPart(fineTune, { cases, structures: dataset.labels.size }) === "labels";
  const { prepared, seconds: prepare } = await prepareFirst(
    [...(tunes ? labelled.slice(0, 1) : []), ...training],
    (reference) => prepareCase(reference, data, dataset),
  );
  const [first] = prepared;
  const { measuringShare, leastMeasuring, mostMeasuring } = PLANNING;
  const classes = Math.max(2, dataset.labels.size + 1);
  const labels = new Set(labelled.map(({ id }) => id));
  const isTaught = tunes && fineTune.unlabelled !== null && training.some(({ id }) => !labels.has(id));
  const plain = { ...fineTune, unlabelled: null };
  const measured = await measureTraining({
    network: parseUNetConfig({ channels: channelCount(dataset), ...network, classes }),
    patch,
    pretrain: { [name]: pretrain },
    fineTune: { ...(isTaught && { taught: { ...fineTune } }), ...(tunes && { plain }) },
    training: prepared,
    ...(tunes && { labelled: { prepared: first, reference: labelled[0] } }),
    scheme: dataset,
    seconds: Math.min(mostMeasuring, Math.max(leastMeasuring, measuringShare * 60 * (plan?.minutes ?? 0))),
    ahead: data.ahead,
    recompute: engine.recompute,
  });
  const { step, round, health } = measured.pretrain[name];
  const { taught: taughtStep, plain: plainStep = 0 } = measured.fineTune as { taught?: number; plain?: number };
  const { length: networks } = methodsOf(fineTune);
  const together = fineTune.mode === "federated" ? networks * fineTune.rounds * exchanges : 0;
  const speed: SiteSpeed = {
    work: workOf(planIn(configuration)),
    pretrainStep: step,
    round: round + (probe.length > 0 ? health : 0) + exchanges * PLANNING.exchange,
    fineTuneStep: networks * (taughtStep ?? plainStep),
    ...(taughtStep !== undefined && { plainStep: networks * plainStep }),
    tests: tunes ? networks * test.length * measured.test : 0,
    beside: start / 1000 + PLANNING.joining + (training.length + probe.length + test.length) * prepare +
      together * PLANNING.exchange,
    memory: PLANNING.memoryShare * memoryLimit(data.memory).bytes,
  };
  const rounded = Object.entries(speed).map(([name, value]) => [name, Number(value.toPrecision(3))]);
  return Object.fromEntries(rounded) as typeof speed;
}

/** The first two volumes that differ, and the seconds that the last of them took: the first also warms up. */
async function prepareFirst<Prepared>(
  references: readonly CaseReference[],
  prepare: (reference: CaseReference) => Promise<Prepared>,
): Promise<{ prepared: Prepared[]; seconds: number }> {
  const prepared: Prepared[] = [];
  let seconds = 0;
  for (const reference of new Map(references.map((one) => [one.id, one])).values()) {
    if (prepared.length === 2) break;
    const since = performance.now();
    prepared.push(await prepare(reference));
    seconds = (performance.now() - since) / 1000;
  }
  return { prepared, seconds };
}

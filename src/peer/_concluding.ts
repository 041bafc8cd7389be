/** What comes after the last round: the networks are tested, the model is kept, and the report written. */
import { objectives } from "../pretraining/objectives/registry.ts";
import { type KeepingFacts, keepModel, keptMethod } from "./_keeping.ts";
import type { Membership } from "./_membership.ts";
import type { Run } from "./_run.ts";
import { segment } from "./_segmenting.ts";
import { siteFacts, withNames, writeSiteReport } from "./_site_report.ts";
import type { CaseCounts, Method } from "./events.ts";
import { type FineTuningPart, fineTuningReport } from "./fine_tuning_part.ts";
import type { History } from "./history.ts";
import type { SiteReport } from "./report/schema.ts";
import type { SiteCases } from "./site_data.ts";
import { type KeptResults, type RunFacts, writeFinished } from "./state/finished.ts";
import { setAsideStale } from "./state/results.ts";

/** What a run has come to when its last round ends. */
export interface TrainedRun {
  /** What the site fine-tunes, in its order; none where it does not. */
  methods: readonly Method[];
  part: FineTuningPart;
  cases: CaseCounts;
  site: SiteCases;
  membership: Membership;
  facts: RunFacts;
  /** The folder of the encoder, where there is one. */
  encoder?: string;
  /** Of all lives until now. */
  history: () => History;
  /** What a model says of the run, after so many steps of fine-tuning. */
  keeping: (steps: number) => KeepingFacts;
  /** The most memory that the process had so far, in bytes. */
  peakRssBytes: () => number;
  /** As a task: "node --config site.json"; absent where nobody knows. */
  startedBy?: string;
}

/** What is left of a run. */
export interface Concluded {
  report: SiteReport;
  results: KeptResults;
}

/**
 * Tests what was trained, fine-tuning it before where that was not done together, and writes all results; last, that the
 * run is finished.
 *
 * @throws {UserError} if one cannot be written.
 */
export async function conclude(run: Run, trained: TrainedRun): Promise<Concluded> {
  const { configuration, emit, trainer } = run;
  const { methods, encoder, facts } = trained;
  const test = configuration.data.split?.test ?? [];
  const stale = await setAsideStale(configuration.outputDirectory, { test, methods });
  stale.forEach((message) => emit({ type: "warning", message }));
  const results = await segment(run, methods);
  const method = keptMethod(methods);
  const model = method && await keepModel(
    trained.keeping(results[method].losses.length),
    await trainer.network(method),
    { method, ...results[method] },
  );
  const report = await reportOf(run, trained, results);
  const kept = { ...(model && { model }), ...(encoder && { encoder }) };
  const page = await writeSiteReport(configuration, report, kept);
  const places = { report: page, ...kept };
  await writeFinished(configuration.stateDirectory, { ...facts, isCut: run.cut.length > 0, results: places });
  return { report, results: places };
}

async function reportOf(
  { configuration, trainer, policy, updates, mesh, cut }: Run,
  { methods, part, cases, site, membership, startedBy, ...trained }: TrainedRun,
  results: Awaited<ReturnType<typeof segment>>,
): Promise<SiteReport> {
  const history = trained.history();
  return {
    name: configuration.name,
    peerId: mesh.peerId,
    engine: await trainer.engine(),
    cases,
    objective: objectives.named(configuration.pretrain.objective).title,
    ...siteFacts(configuration, site),
    ...(startedBy !== undefined && { command: `deno task ${startedBy}` }),
    privacy: policy.spent(),
    weightsPrivacy: updates.spent(),
    plannedRounds: configuration.schedule.rounds,
    ...history,
    members: withNames(history.members, membership.charter?.chain.newest.members ?? []),
    peakRssBytes: trained.peakRssBytes(),
    ...(cut.length > 0 && { cut }),
    fineTuningPart: fineTuningReport(configuration.fineTune, { part, cases, methods }),
    fineTune: { pretrained: results.pretrained.losses, scratch: results.scratch.losses },
    dice: [...results.pretrained.dice, ...results.scratch.dice],
    previews: methods.length > 0 ? await trainer.previews() : [],
  };
}

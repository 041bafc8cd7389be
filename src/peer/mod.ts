/**
 * The peer room: one site's run from its configuration to its report, and the report of a whole run.
 *
 * @example
 * ```ts
 * import { loadIdentity, writePhantomCohort } from "../../mod.ts";
 * import { readConfiguration, runPeer } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * await writePhantomCohort(`${directory}/data`, { sites: 1, casesPerSite: 4 });
 * const { peerId } = await loadIdentity(`${directory}/state`);
 * const settings = {
 *   name: "hospital-a",
 *   stateDirectory: "state",
 *   outputDirectory: "results",
 *   engine: { name: "wasm", threads: 1 },
 *   data: { directory: "data", spacing: [8, 8, 8] },
 *   network: { baseFilters: 2, levels: 2, patch: [8, 8, 8], pool: [[2, 2, 2]] },
 *   schedule: { rounds: 1, stepsPerRound: 2, exchanges: 1 },
 *   pretrain: { negatives: 32, queue: 64, release: 16 },
 *   fineTune: { steps: 2 },
 *   mesh: { consortium: "heart-2026", members: [peerId], listen: ["/ip4/127.0.0.1/tcp/0"], mdns: false },
 * };
 * await Deno.writeTextFile(`${directory}/site.json`, JSON.stringify(settings));
 *
 * const configuration = await readConfiguration(`${directory}/site.json`);
 * const report = await runPeer(configuration, { emit: (event) => console.log(event.type) });
 * console.log(report.dice);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
export type { AppliedToUpdate } from "./policy/update_policy.ts";
export { type AuditLine, AuditLog, type AuditLogOptions, type AuditOpened } from "./audit/audit_log.ts";
export { verifyAuditLog } from "./audit/reading.ts";
export type { AuditBreak } from "./audit/reading.ts";
export {
  type Extension,
  extensionUrl,
  loadExtensions,
  type LoadExtensionsOptions,
  loadNamedExtensions,
  type NamedExtensionsOptions,
} from "./extensions.ts";
export { parseConfiguration, type PeerConfiguration, readConfiguration } from "./configuration.ts";
export type {
  CaseCounts,
  EngineDescription,
  Method,
  PeerEvent,
  PeerEventBody,
  Phase,
  RepresentationHealth,
} from "./events.ts";
export { type PlanningConfiguration, readAnyConfiguration } from "./planning_configuration.ts";
export { runPeer, type RunPeerOptions } from "./peer.ts";
export type { MemberStanding, Standing } from "./standing.ts";
export type { Anew } from "./state/anew.ts";
export { type AppliedPolicy, type Permitted, ReleasePolicy } from "./policy/release_policy.ts";
export { aggregate } from "./report/aggregate.ts";
export { renderReport } from "./report/html.ts";
export { reportToJson, siteFromJson, siteToJson } from "./report/json.ts";
export type {
  CaseDice,
  FineTuneRound,
  MemberReport,
  MemberState,
  MethodScore,
  Preview,
  RunInfo,
  RunReport,
  SiteParticipation,
  SiteReport,
  SiteRound,
  SiteSpread,
} from "./report/schema.ts";
export type { CaseNames, PrivacyReport, SiteDataset, UpdatePrivacyReport, Versions } from "./report/site_facts.ts";
export type { FineTuningPart, FineTuningReport } from "./fine_tuning_part.ts";
export { summary } from "./report/summary.ts";
export type * from "../settings/types.ts";
// types of other rooms that this one speaks of
export type { FeatureSet, RoundFeatures } from "../core/features.ts";
export type { Triple } from "../core/triple.ts";
export type { TableOptions } from "../display/tables/write.ts";
export type { AuditHead } from "../mesh/anchors/audit_head.ts";
export type { AuditRecord, Flow, TrafficKind } from "../mesh/protocols/traffic.ts";
export type {
  PretrainAugmentationConfig,
  PretrainAugmentationGeometryConfig,
  PretrainAugmentationIntensityConfig,
  PretrainConfig,
  PretrainProjectionsConfig,
} from "../pretraining/pretrain_config.ts";
export type { Health } from "../pretraining/health.ts";

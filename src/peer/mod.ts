/**
 * The peer room: one site's run from its configuration to its report, and the report of a whole run.
 *
 * @example
 * ```ts
 * import { readConfiguration, runPeer } from "./mod.ts";
 *
 * const configuration = await readConfiguration("site.json");
 * const report = await runPeer(configuration, { emit: (event) => console.log(event.type) });
 * console.log(report.dice);
 * ```
 *
 * @module
 */
export { type AuditLine, AuditLog, verifyAuditLog } from "./audit_log.ts";
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
export {
  type MethodPlan,
  type MethodPlanOptions,
  type NetworkPlan,
  type NetworkPlanOptions,
  planMethod,
  planNetwork,
} from "./network_plan.ts";
export { runPeer, type RunPeerOptions } from "./peer.ts";
export { type AppliedPolicy, type Permitted, ReleasePolicy } from "./policy/release_policy.ts";
export type { Policy } from "../settings/policy.ts";
export { aggregate } from "./report/aggregate.ts";
export { renderReport } from "./report/html.ts";
export { reportToJson, siteFromJson, siteToJson } from "./report/json.ts";
export type {
  CaseDice,
  FineTuneRound,
  MemberReport,
  MethodScore,
  Preview,
  RunInfo,
  RunReport,
  SiteParticipation,
  SiteReport,
  SiteRound,
  SiteSpread,
} from "./report/schema.ts";
export { summary } from "./report/summary.ts";
export type * from "../settings/types.ts";

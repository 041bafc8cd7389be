/**
 * From the sites' reports to the figures of the mesh; pure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { aggregate } from "./aggregate.ts";
 *
 * const report = aggregate([], { // each site's report comes from siteFromJson
 *   title: "No site yet",
 *   command: "deno task demo --seed 7",
 *   startedAt: "2026-01-02T03:04:05Z",
 *   seconds: 1,
 *   version: { syncytium: "0.1.0", deno: "2.9.6", tfjs: "4.22.0" },
 *   seed: 7,
 *   dataset: { name: "phantom", labels: { 1: "myocardium" }, phantom: true },
 * });
 * assertEquals(report.dice.pretrained.perClass["myocardium"], { mean: null, sd: null, sites: 0 });
 * ```
 *
 * @module
 */
import { scoreSite, type SiteScore, spreadOverSites } from "../../display/site_scores.ts";
import { meanOf, type Spread } from "../../display/statistics.ts";
import type { Method } from "../events.ts";
import { participationOf } from "./participation.ts";
import type { MethodScore, RunInfo, RunReport, SiteReport, SiteSpread } from "./schema.ts";
import type { TrafficKind } from "../../mesh/protocols/traffic.ts";

/** What test cases are measured by. */
export type Figure = "dice" | "hd95";

/**
 * One site's figures under `method`: the mean over its test cases for each label, then over the labels; those of HD95
 * that are infinite are in none.
 */
export function siteScore(
  site: Pick<SiteReport, "dice">,
  method: Method,
  labels: readonly string[],
  figure: Figure = "dice",
): SiteScore {
  const cases = site.dice.filter((entry) => entry.method === method);
  return scoreSite(cases.map(({ perClass, hd95 = {} }) => figure === "dice" ? perClass : hd95), labels);
}

/** Label names in the order of their values. */
export function labelNames(dataset: RunInfo["dataset"]): string[] {
  return Object.entries(dataset.labels).sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => name);
}

/** A spread over sites as reports keep it. */
const written = ({ mean, sd, count }: Spread): SiteSpread => ({ mean, sd, sites: count });

function scoreOver(scores: readonly SiteScore[], labels: readonly string[]): MethodScore {
  const { overall, perClass } = spreadOverSites(scores, labels);
  return {
    ...written(overall),
    perClass: Object.fromEntries(Object.entries(perClass).map(([label, spread]) => [label, written(spread)])),
  };
}

/** Whether a site's test cases have HD95; reports of before do not. */
export function hasDistances({ dice }: Pick<SiteReport, "dice">): boolean {
  return dice.some(({ hd95 }) => hd95 !== undefined);
}

function minus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

function consensusByRound(sites: readonly SiteReport[]): RunReport["consensusDistance"] {
  const seen = new Map<number, (number | undefined)[]>();
  for (const { rounds } of sites) {
    for (const { round, consensus } of rounds) seen.set(round, [...(seen.get(round) ?? []), consensus]);
  }
  return [...seen].sort(([a], [b]) => a - b).flatMap(([round, values]) => {
    const value = meanOf(values);
    return value === null ? [] : [{ round, value }];
  });
}

/** One figure of both methods over the sites, and their difference within each. */
function compare(sites: readonly SiteReport[], labels: readonly string[], figure: Figure): RunReport["dice"] {
  const scratch = sites.map((site) => siteScore(site, "scratch", labels, figure));
  const pretrained = sites.map((site) => siteScore(site, "pretrained", labels, figure));
  const difference = pretrained.map((score, i): SiteScore => ({
    mean: minus(score.mean, scratch[i].mean),
    perClass: Object.fromEntries(
      labels.map((label) => [label, minus(score.perClass[label], scratch[i].perClass[label])]),
    ),
  }));
  return {
    scratch: scoreOver(scratch, labels),
    pretrained: scoreOver(pretrained, labels),
    difference: scoreOver(difference, labels),
  };
}

/**
 * The report of the mesh. Dice is averaged over cases within a site, over labels for the overall figure, and then over
 * sites, so that each site counts the same however many cases it holds; the spread is the deviation over sites.
 */
export function aggregate(sites: readonly SiteReport[], info: RunInfo): RunReport {
  const labels = labelNames(info.dataset);
  const sent = (kind: TrafficKind) => sites.reduce((sum, { bytes }) => sum + bytes[kind].sent, 0);
  return {
    ...info,
    peers: sites.length,
    rounds: Math.max(0, ...sites.flatMap(({ rounds }) => rounds.map(({ round }) => round))),
    peakRssBytes: sites.reduce((sum, { peakRssBytes }) => sum + peakRssBytes, 0),
    bytes: { weights: sent("weights"), embeddings: sent("embeddings"), control: sent("control") },
    engine: Object.fromEntries(sites.map(({ name, engine }) => [name, engine])),
    objective: [...new Set(sites.map(({ objective = "FCL" }) => objective))].join(", ") || "FCL",
    dice: compare(sites, labels, "dice"),
    ...(sites.some(hasDistances) && { hd95: compare(sites, labels, "hd95") }),
    consensusDistance: consensusByRound(sites),
    participation: participationOf(sites, info),
    sites: [...sites],
  };
}

/**
 * From the sites' reports to the figures of the mesh; pure.
 *
 * @example
 * ```ts
 * const report = aggregate(sites, { title, command, startedAt, seconds, version, seed, dataset });
 * console.log(report.dice.pretrained.mean, report.dice.pretrained.perClass["myocardium"].sd);
 * ```
 *
 * @module
 */
import type { Method } from "../events.ts";
import { participationOf } from "./participation.ts";
import type { MethodScore, RunInfo, RunReport, SiteReport, Spread, TrafficKind } from "./schema.ts";

/** Dice of one method at one site. */
export interface SiteScore {
  /** Mean over the classes of {@linkcode SiteScore.perClass}, without those that are null. */
  mean: number | null;
  /** By label name: mean over the test cases, without those where the class is empty. */
  perClass: Record<string, number | null>;
}

/** The mean of the finite values; null where there is none. */
export function meanOf(values: readonly (number | null | undefined)[]): number | null {
  const finite = values.filter((value): value is number => Number.isFinite(value));
  return finite.length === 0 ? null : finite.reduce((sum, value) => sum + value, 0) / finite.length;
}

/** Mean and sample standard deviation (n - 1) of the finite values; the deviation takes at least two. */
export function spreadOf(values: readonly (number | null | undefined)[]): Spread {
  const finite = values.filter((value): value is number => Number.isFinite(value));
  const mean = meanOf(finite);
  if (mean === null || finite.length < 2) return { mean, sd: null, sites: finite.length };
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (finite.length - 1)), sites: finite.length };
}

/** One site's Dice under `method`: the mean over its test cases for each label, then over the labels. */
export function siteScore(site: SiteReport, method: Method, labels: readonly string[]): SiteScore {
  const cases = site.dice.filter((entry) => entry.method === method);
  const perClass = Object.fromEntries(
    labels.map((label) => [label, meanOf(cases.map((entry) => entry.perClass[label]))]),
  );
  return { mean: meanOf(Object.values(perClass)), perClass };
}

/** Label names in the order of their values. */
export function labelNames(dataset: RunInfo["dataset"]): string[] {
  return Object.entries(dataset.labels).sort(([a], [b]) => Number(a) - Number(b)).map(([, name]) => name);
}

function scoreOver(scores: readonly SiteScore[], labels: readonly string[]): MethodScore {
  return {
    ...spreadOf(scores.map(({ mean }) => mean)),
    perClass: Object.fromEntries(
      labels.map((label) => [label, spreadOf(scores.map(({ perClass }) => perClass[label]))]),
    ),
  };
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

/**
 * The report of the mesh. Dice is averaged over cases within a site, over labels for the overall figure, and then over
 * sites, so that each site counts the same however many cases it holds; the spread is the deviation over sites.
 */
export function aggregate(sites: readonly SiteReport[], info: RunInfo): RunReport {
  const labels = labelNames(info.dataset);
  const scratch = sites.map((site) => siteScore(site, "scratch", labels));
  const pretrained = sites.map((site) => siteScore(site, "pretrained", labels));
  const difference = pretrained.map((score, i): SiteScore => ({
    mean: minus(score.mean, scratch[i].mean),
    perClass: Object.fromEntries(
      labels.map((label) => [label, minus(score.perClass[label], scratch[i].perClass[label])]),
    ),
  }));
  const sent = (kind: TrafficKind) => sites.reduce((sum, { bytes }) => sum + bytes[kind].sent, 0);
  return {
    ...info,
    peers: sites.length,
    rounds: Math.max(0, ...sites.flatMap(({ rounds }) => rounds.map(({ round }) => round))),
    peakRssBytes: sites.reduce((sum, { peakRssBytes }) => sum + peakRssBytes, 0),
    bytes: { weights: sent("weights"), embeddings: sent("embeddings"), control: sent("control") },
    engine: Object.fromEntries(sites.map(({ name, engine }) => [name, engine])),
    objective: [...new Set(sites.map(({ objective = "FCL" }) => objective))].join(", ") || "FCL",
    dice: {
      scratch: scoreOver(scratch, labels),
      pretrained: scoreOver(pretrained, labels),
      difference: scoreOver(difference, labels),
    },
    consensusDistance: consensusByRound(sites),
    participation: participationOf(sites, info.missing),
    sites: [...sites],
  };
}

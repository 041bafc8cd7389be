/**
 * Reports as JSON: each peer writes its own, the composition root reads them back and writes the mesh's.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import { UserError } from "../../core/errors.ts";
import { objectives } from "../../pretraining/objectives/registry.ts";
import type { Method } from "../events.ts";
import type { CaseDice, Preview, RunReport, SiteReport } from "./schema.ts";

const count = v.pipe(v.number(), v.minValue(0));
// JSON has no NaN: JSON.stringify writes null for it.
const maybeNaN = v.pipe(v.nullable(v.number()), v.transform((value) => value ?? NaN));
const flow = v.object({ sent: count, received: count });

/** What earlier files call the method, and what came of it, that is pre-trained: whatever the objective. */
const FORMER = "fcl";
const renamed = v.pipe(
  v.looseObject({}),
  v.transform(({ [FORMER]: former, ...rest }) => former === undefined ? rest : { pretrained: former, ...rest }),
);

const pixels = v.pipe(v.string(), v.base64(), v.transform((text): Uint8Array => decodeBase64(text)));
const preview = v.pipe(
  renamed,
  v.object({
    case: v.string(),
    plane: v.literal("axial"),
    slice: count,
    width: v.pipe(count, v.integer()),
    height: v.pipe(count, v.integer()),
    pixelAspect: count,
    image: pixels,
    truth: v.nullable(pixels),
    pretrained: v.nullable(pixels),
    scratch: v.nullable(pixels),
  }),
  v.check(
    ({ width, height, image, truth, pretrained, scratch }) =>
      [image, truth, pretrained, scratch].every((data) => data === null || data.length === width * height),
    "each picture must hold width * height values",
  ),
);

const method = v.pipe(
  v.picklist(["scratch", "pretrained", FORMER]),
  v.transform((name): Method => name === FORMER ? "pretrained" : name),
);
const round = v.object({
  round: v.pipe(count, v.integer()),
  seconds: count,
  loss: v.nullable(v.number()),
  health: v.nullable(v.object({
    meanCosine: maybeNaN,
    effectiveRank: maybeNaN,
    neighbourAccuracy: maybeNaN,
    chance: maybeNaN,
    collapsed: v.boolean(),
  })),
  partners: v.array(v.string()),
  alone: v.optional(v.string()),
  consensus: v.pipe(v.nullish(v.number()), v.transform((value) => value ?? undefined)),
  released: v.optional(v.pipe(count, v.integer())),
});

const { health: _, released: __, ...fineTuneEntries } = round.entries;
const fineTuneRound = v.object({ ...fineTuneEntries, method });

const member = v.object({
  peerId: v.string(),
  name: v.optional(v.string()),
  round: v.pipe(count, v.integer()),
  mass: v.nullable(count),
  exchanges: v.pipe(count, v.integer()),
  lastSeen: v.nullable(v.pipe(v.string(), v.isoTimestamp())),
  present: v.boolean(),
  behind: v.nullable(count),
  state: v.optional(v.picklist(["never", "away", "refused", "silent", "here", "heard", "ended", "lost"])),
  reason: v.optional(v.string()),
  paused: v.optional(v.string()),
  unreached: v.optional(v.array(v.object({ address: v.string(), reason: v.string() }))),
});

/** What a peer keeps of a run over restarts. */
const history = v.object({
  seconds: count,
  bytes: v.object({ weights: flow, embeddings: flow, control: flow }),
  rounds: v.array(round),
  fineTuneRounds: v.optional(v.array(fineTuneRound), []),
  members: v.array(member),
  startedAt: v.optional(v.pipe(v.string(), v.isoTimestamp())),
});

const keptHistory = v.object({
  ...history.entries,
  untold: v.optional(v.object({ round: v.pipe(count, v.integer()), method: v.optional(method) })),
});

const names = v.array(v.string());

/** A site's policy that adds noise, and what it has spent. */
const spending = {
  ...{ epsilon: count, delta: count, spentEpsilon: count, totalEpsilon: v.nullable(count) },
  releases: v.pipe(count, v.integer()),
};

/** JSON has no Infinity either: it is written as text. */
const maybeInfinite = v.union([count, v.pipe(v.literal("Infinity"), v.transform(() => Infinity))]);

const site = v.object({
  ...history.entries,
  fineTuneRounds: v.optional(v.array(fineTuneRound)),
  objective: v.optional(v.string()),
  plannedRounds: v.pipe(count, v.integer()),
  name: v.string(),
  peerId: v.string(),
  engine: v.object({
    name: v.string(),
    threads: count,
    detail: v.string(),
    gflops: v.number(),
    lost: v.optional(v.array(v.object({ name: v.string(), reason: v.string() }))),
  }),
  cases: v.object({ training: count, labelled: count, probe: count, test: count }),
  caseNames: v.optional(v.object({ training: names, labelled: names, probe: names, test: names })),
  dataset: v.optional(v.object({
    name: v.string(),
    directory: v.optional(v.string()),
    labels: v.record(v.pipe(v.string(), v.digits()), v.string()),
    phantom: v.boolean(),
  })),
  command: v.optional(v.string()),
  seed: v.optional(v.number()),
  version: v.optional(v.object({ syncytium: v.string(), deno: v.string(), tfjs: v.string() })),
  settings: v.optional(v.record(v.string(), v.union([v.string(), v.number()]))),
  privacy: v.optional(v.nullable(v.object(spending))),
  weightsPrivacy: v.optional(v.nullable(v.object({ ...spending, clip: count }))),
  peakRssBytes: count,
  fineTune: v.pipe(renamed, v.object({ pretrained: v.array(maybeNaN), scratch: v.array(maybeNaN) })),
  cut: v.optional(v.array(v.string())),
  fineTuningPart: v.optional(v.object({
    part: v.picklist(["labels", "others", "none"]),
    methods: v.array(v.picklist(["scratch", "pretrained"])),
    mass: v.nullable(count),
    unlabelled: v.pipe(count, v.integer()),
  })),
  dice: v.array(v.object({
    case: v.string(),
    method,
    perClass: v.record(v.string(), v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1)))),
    hd95: v.optional(v.record(v.string(), v.nullable(maybeInfinite))),
  })),
  previews: v.array(preview),
});

function portable({ image, truth, pretrained, scratch, ...rest }: Preview): unknown {
  const text = (data: Uint8Array | null) => data === null ? null : encodeBase64(data);
  return { ...rest, image: text(image), truth: text(truth), pretrained: text(pretrained), scratch: text(scratch) };
}

/** Distances with text in the place of infinite ones. */
function portableDice({ hd95, ...rest }: CaseDice): unknown {
  if (hd95 === undefined) return rest;
  const written = Object.entries(hd95).map(([name, value]) => [name, value === Infinity ? "Infinity" : value]);
  return { ...rest, hd95: Object.fromEntries(written) };
}

/** One site's report as JSON, its pictures in base64. */
export function siteToJson(report: SiteReport): string {
  const { dice, previews } = report;
  return JSON.stringify({ ...report, dice: dice.map(portableDice), previews: previews.map(portable) }, null, 1);
}

/**
 * The inverse of {@linkcode siteToJson}; unknown fields are dropped.
 *
 * @param where The file or peer that `text` came from, for the error.
 * @throws {UserError} naming the first field that is missing or wrong.
 */
export function siteFromJson(text: string, where: string): SiteReport {
  return parse(site, text, { doing: "reading a site's report", where });
}

/**
 * What a peer's earlier lives left of its report. @throws {UserError} naming the first field that is missing or wrong.
 */
export function historyFromJson(text: string, where: string): v.InferOutput<typeof keptHistory> {
  return parse(keptHistory, text, { doing: "reading the history", where });
}

function parse<T extends v.GenericSchema>(
  schema: T,
  text: string,
  { doing, where }: { doing: string; where: string },
): v.InferOutput<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${doing}: the file must be JSON`, { where, cause });
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  throw new UserError(`${doing}: it must be as a peer wrote it; ${issue.message}`, {
    where: field ? `${where}: ${field}` : where,
  });
}

/** What reports call the objective fcl and its presets. */
const FCL_TITLES: ReadonlySet<string> = new Set(
  ["fcl", "fcl-paper", "fcl-masked", "fcl-3d"].map((name) => objectives.named(name).title),
);

/**
 * The mesh's report as JSON: every figure of the page, without the pictures. Where every site pre-trained with FCL,
 * `dice.fcl` has the figures of `dice.pretrained`.
 */
export function reportToJson(report: RunReport): string {
  const sites = report.sites.map(({ previews: _, dice, dataset, ...rest }) => {
    if (dataset === undefined) return { ...rest, dice: dice.map(portableDice) };
    const { directory: __, ...kept } = dataset; // where it lies is the site's own business
    return { ...rest, dice: dice.map(portableDice), dataset: kept };
  });
  const { scratch, pretrained, ...others } = report.dice;
  const isFcl = report.sites.every(({ objective = "FCL" }) => FCL_TITLES.has(objective));
  const dice = { scratch, pretrained, ...(isFcl && { fcl: pretrained }), ...others };
  return JSON.stringify({ ...report, dice, sites }, null, 2) + "\n";
}

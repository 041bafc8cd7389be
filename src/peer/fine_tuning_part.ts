/**
 * What a site's part is where networks are fine-tuned, and what it counts for in their average.
 *
 * A site without labels can take part where sites fine-tune together and learn from unlabelled volumes: it learns what
 * the averaged network says of its own. As long as nobody has trained that network its labels are noise, so such a site
 * joins after some rounds, from what the others have come to, as a peer does that comes late.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fineTuningMass, joinsAfter } from "./fine_tuning_part.ts";
 *
 * const fineTune = { unlabelled: { mass: 0.01, joinAfter: 0.3 }, rounds: 10 };
 * assertEquals(fineTuningMass({ training: 20, labelled: 0 }, fineTune), 0.2);
 * assertEquals(joinsAfter(fineTune), 3);
 * ```
 *
 * @module
 */
import type { FineTuneSettings } from "../settings/types.ts";
import type { CaseCounts, Method } from "./events.ts";

/** By its own labels, by what the others' network says of its volumes, or not at all. */
export type FineTuningPart = "labels" | "others" | "none";

/** What a site's part depends on. */
export interface PartFacts {
  /** How many cases it has. */
  readonly cases: Pick<CaseCounts, "training" | "labelled">;
  /** Structures that its dataset, or its configuration, names. */
  readonly structures: number;
}

/** What decides whether sites without labels take part. */
export type PartSettings = Pick<FineTuneSettings, "mode" | "unlabelled">;

/** Whether sites without labels take part at all. */
export function admitsUnlabelled({ mode, unlabelled }: PartSettings): boolean {
  return mode === "federated" && Boolean(unlabelled);
}

/** What part a site takes. */
export function fineTuningPart(
  settings: PartSettings,
  { cases: { training, labelled }, structures }: PartFacts,
): FineTuningPart {
  if (labelled > 0) return "labels";
  return admitsUnlabelled(settings) && training > 0 && structures > 0 ? "others" : "none";
}

/** What of the settings a mass depends on. */
export interface MassSettings {
  /** What a volume without labels counts for; absent or null: such volumes are not learnt from. */
  readonly unlabelled?: { readonly mass: number } | null;
}

/**
 * What a site counts for in the average of fine-tuned networks: its labelled cases, and a share for each other training
 * volume that it learns from.
 */
export function fineTuningMass(
  { training, labelled }: Pick<CaseCounts, "training" | "labelled">,
  { unlabelled }: MassSettings,
): number {
  return unlabelled ? labelled + unlabelled.mass * (training - labelled) : labelled;
}

/** What of the settings says when sites without labels join. */
export interface JoiningSettings {
  /** The share of the rounds that is done before; absent or null: they never join. */
  readonly unlabelled?: { readonly joinAfter: number } | null;
  /** Of the whole fine-tuning. */
  readonly rounds: number;
}

/** Rounds that those with labels do before sites without join them: from 1 to all. */
export function joinsAfter({ unlabelled, rounds }: JoiningSettings): number {
  return unlabelled ? Math.min(rounds, Math.max(1, Math.round(unlabelled.joinAfter * rounds))) : rounds;
}

/** What a report says of a site's part. */
export interface FineTuningReport {
  /** By its own labels, by what the other sites' network said of its volumes, or none. */
  part: FineTuningPart;
  /** What was fine-tuned. */
  methods: Method[];
  /** What the site counted for in the average; null where it fine-tuned by itself, or not at all. */
  mass: number | null;
  /** Training cases without labels that it learnt from. */
  unlabelled: number;
}

/** A site's part, for its report. */
export function fineTuningReport(
  settings: PartSettings & MassSettings,
  { part, cases, methods }: { part: FineTuningPart; cases: CaseCounts; methods: readonly Method[] },
): FineTuningReport {
  const learns = part !== "none" && Boolean(settings.unlabelled);
  const together = part !== "none" && settings.mode === "federated";
  return {
    part,
    methods: [...methods],
    mass: together ? fineTuningMass(cases, settings) : null,
    unlabelled: learns ? cases.training - cases.labelled : 0,
  };
}

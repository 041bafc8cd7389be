/**
 * The study's results as Markdown: attack success against Dice.
 *
 * @module
 */
import { meanOf, spreadOf } from "../../src/display/statistics.ts";
import { formatDifference } from "../../src/display/formats/difference.ts";
import { formatInterval } from "../../src/display/formats/interval.ts";
import { formatNumber } from "../../src/display/formats/number.ts";
import { formatSpread } from "../../src/display/formats/spread.ts";
import { NONE } from "../../src/display/formats/none.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { madeBy, type Making, seedsOf } from "../_study_page.ts";
import { areaUnderCurve, balancedAccuracy, bootstrap, truePositives } from "./_detection.ts";
import type { InversionFigures, Likeness } from "./_inversion.ts";
import type { MembershipScores } from "./_membership.ts";
import { EXTENT } from "./_neighbourhoods.ts";
import { type Budget, type Condition, conditions, isSame, type Result, SITES } from "./_study.ts";

/** The share of non-members that may be taken for members. */
const FALSE_POSITIVES = 0.1;

const ATTACKS: readonly MembershipScores["attack"][] = ["views, threshold", "views, classifier", "released features"];

/** What a page tells beside the results. */
export interface TableOptions extends Making {
  budget: Budget;
  dataset: string;
}

/**
 * The share of the mean patch's squared error that a reconstruction takes away: 0 tells nothing beyond position, 1 all.
 */
export function explained({ mean }: Pick<InversionFigures, "mean">, { error }: Likeness): number {
  return 1 - error / mean.error;
}

/** The figures of one attack over the seeds. */
function attackOf(results: readonly Result[], name: MembershipScores["attack"]): MembershipScores[] {
  return results.flatMap(({ membership }) => membership.filter(({ attack }) => attack === name));
}

const areaCell = (results: readonly Result[], name: MembershipScores["attack"]) => {
  const runs = attackOf(results, name);
  return runs.length === 0 ? NONE : formatInterval(bootstrap(runs, areaUnderCurve));
};

/** The most that a decoder explains, over decoders and projections: the mean over the seeds. */
function bestInversion(results: readonly Result[]): string {
  const best = results.flatMap(({ inversion }) =>
    inversion.length === 0
      ? []
      : [Math.max(...inversion.flatMap((f) => [explained(f, f.ridge), explained(f, f.network)]))]
  );
  return best.length === 0 ? NONE : formatSpread(spreadOf(best));
}

function summaryRow(condition: Condition, own: readonly Result[], results: readonly Result[]): string[] {
  const isBaseline = condition.name === conditions[0].name;
  const differences = own.flatMap(({ dice, seed }) => {
    const before = results.find((result) => isSame(result, { condition: conditions[0], seed }))?.dice;
    return dice.map((value, site) => before === undefined ? null : value - before[site]);
  });
  return [
    condition.name,
    own[0].deviation > 0 ? formatNumber(own[0].deviation, 2) : NONE,
    formatNumber(meanOf(own.map(({ spentEpsilon }) => spentEpsilon)), 3),
    formatSpread(spreadOf(own.flatMap(({ dice }) => dice))),
    isBaseline ? NONE : formatSpread(spreadOf(differences), formatDifference),
    formatNumber(meanOf(own.flatMap(({ neighbours }) => neighbours)), 3),
    bestInversion(own),
    areaCell(own, "views, threshold"),
    areaCell(own, "released features"),
  ];
}

function inversionRows({ name }: Condition, own: readonly Result[]): string[][] {
  const projections = own[0].inversion.map(({ projection }) => projection);
  return projections.map((projection) => {
    const figures = own.flatMap(({ inversion }) => inversion.filter((figure) => figure.projection === projection));
    const mean = (pick: (figure: InversionFigures) => number) => formatNumber(meanOf(figures.map(pick)), 3);
    return [
      `${name}; ${projection}`,
      String(figures.reduce((sum, { rows }) => sum + rows, 0)),
      ...(["mean", "place", "ridge", "network", "shuffled"] as const).map((key) =>
        mean((figure) => figure[key].correlation)
      ),
      mean(({ mean }) => mean.error),
      ...(["place", "ridge", "network"] as const).map((key) => mean((figure) => explained(figure, figure[key]))),
      mean(({ place, placeAndRidge }) => 1 - placeAndRidge.error / place.error),
      mean(({ mean }) => mean.similarity),
      mean(({ network }) => network.similarity),
    ];
  });
}

function membershipRows({ name }: Condition, own: readonly Result[]): string[][] {
  return ATTACKS.flatMap((attack) => {
    const runs = attackOf(own, attack);
    if (runs.length === 0) return [];
    const count = (pick: "members" | "nonMembers") => runs.reduce((sum, run) => sum + run[pick].length, 0);
    return [[
      `${name}; ${attack}`,
      `${count("members")}, ${count("nonMembers")}`,
      formatInterval(bootstrap(runs, areaUnderCurve)),
      formatInterval(bootstrap(runs, (run) => balancedAccuracy(run, run.threshold))),
      formatInterval(bootstrap(runs, (run) => truePositives(run, FALSE_POSITIVES))),
    ]];
  });
}

/** The whole page, apart from what it means. */
export function render(results: readonly Result[], { budget, dataset, ...making }: TableOptions): string {
  const seeds = seedsOf(results);
  const groups = conditions.map((condition) => ({
    condition,
    own: seeds.flatMap((seed) => results.find((result) => isSame(result, { condition, seed })) ?? []),
  })).filter(({ own }) => own.length > 0);
  const { rounds, steps, fineTune, labelled, attackBatches, attackSteps, views } = budget;
  const volumes = results.filter(({ condition }) => condition.volumes === undefined).flatMap(({ volumes }) => volumes);
  return [
    `# What a curious member learns: ${dataset}`,
    "",
    ...madeBy(results, making),
    "",
    `${SITES} sites pre-train with FCL for ${rounds} rounds of ${steps} steps (trainers in turns in one process, equal weights,`,
    `features through each site's own \`ReleasePolicy\`), ${Math.min(...volumes)} to ${
      Math.max(...volumes)
    } volumes a site unless the row`,
    `says otherwise; then each fine-tunes on ${labelled} labelled case, ${fineTune} steps. Site 1 is the curious member, the others`,
    "its victims. It has what every member has: the averaged weights with the heads, volumes of its own, and what the others",
    "released in the last round. It is taken to know the noise of their policy, and adds the same to its own features.",
    "",
    "## Protection against cost",
    "",
    "Deviation of the noise on each of an embedding's 32 values (embeddings have norm 1), epsilon that a site's account says is",
    "spent at the end (delta 1e-5), Dice on the sites' test cases (mean ± sd over sites and seeds; differences paired with the",
    "first row by site and seed), share of volumes' embeddings whose neighbours name their cell; inversion: share of the mean",
    "patch's squared error that the best decoder takes away (mean ± sd over seeds); membership: area under the ROC curve, with",
    "95 % intervals from a bootstrap over volumes.",
    "",
    markdownTable({
      header: [
        ...["", "noise", "epsilon", "Dice", "difference", "neighbours", "inversion"],
        ...["membership by the encoder", "membership by features"],
      ],
      rows: groups.map(({ condition, own }) => summaryRow(condition, own, results)),
    }),
    "",
    "## Inversion",
    "",
    `Each released feature is turned back to the ${2 * EXTENT} x ${2 * EXTENT} x ${
      2 * EXTENT
    } voxels around its place in the victim's volume, as`,
    `${EXTENT} x ${EXTENT} x ${EXTENT} values (half the volume's resolution), by ridge regression and by a network of one hidden layer (${attackSteps}`,
    `steps), both fitted on ${attackBatches} batches of the attacker's own volumes. Compared: the mean patch of the feature's partition`,
    "(what position alone tells), and the network's reconstructions held against other features' places of the same partition",
    "(shuffled). Correlation over the values of a patch, mean over features; explained: 1 − squared error / squared error of the",
    "mean patch (volumes have a standard deviation of 1). Exact place: the mean of the attacker's own patches nearest to the true",
    "place, which the attacker does not know; beyond it: the share of its squared error that ridge regression on the embedding",
    "takes away, which is about the volume and not about where in it. SSIM with the patch as one window.",
    "",
    markdownTable({
      header: [
        ...["", "features", "correlation: mean patch", "exact place", "ridge", "network", "shuffled"],
        ...["squared error: mean patch", "explained: exact place", "ridge", "network", "beyond exact place"],
        ...["SSIM: mean patch", "network"],
      ],
      rows: groups.flatMap(({ condition, own }) => inversionRows(condition, own)),
    }),
    "",
    "## Membership",
    "",
    `Whether a victim's volume was trained on. By views (EncoderMI, arXiv 2108.11023): similarity of ${views} augmented views of a`,
    "volume to the averaged encoder, its mean against a threshold, or quantiles in a linear classifier. By released features:",
    "how close a volume's embeddings come to what its site released, against the attacker's own volumes. Thresholds and",
    "classifier come from the attacker's own volumes. Means over seeds with 95 % intervals from a bootstrap over volumes.",
    "",
    markdownTable({
      header: [
        "",
        "members, others",
        "area under ROC",
        "balanced accuracy",
        `true positives at ${100 * FALSE_POSITIVES} % false`,
      ],
      rows: groups.flatMap(({ condition, own }) => membershipRows(condition, own)),
    }),
    "",
  ].join("\n");
}

/**
 * The study's results as Markdown.
 *
 * @module
 */
import { meanOf, spreadOf } from "../../src/display/statistics.ts";
import { formatDifference } from "../../src/display/formats/difference.ts";
import { formatNumber } from "../../src/display/formats/number.ts";
import { formatSpread } from "../../src/display/formats/spread.ts";
import { NONE } from "../../src/display/formats/none.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { madeBy, type Making, seedsOf } from "../_study_page.ts";
import { BASELINE, type Budget, type Condition, isAttack, isSame, LIARS, type Result, SITES } from "./_study.ts";

/** How far from the run without an attack the Dice may be. */
const BOUND = 0.02;

/** What a table tells beside the results. */
export interface TableOptions extends Making {
  budget: Budget;
  /** The rows, in order. */
  conditions: readonly Condition[];
  /** @default that some lie */
  title?: string;
}

/** What a row is called. */
function titleOf({ rule: name, behaviour, judging = false }: Condition): string {
  const rule = judging ? `${name}, as by default` : name;
  const titles: Readonly<Record<Condition["behaviour"], string>> = {
    honest: `${rule}; the two train as the others`,
    absent: `${rule}; the two are away`,
    untrained: "nobody is pre-trained",
    "sign-flip": `${rule}; the two send −mean`,
    noise: `${rule}; the two send noise`,
    "little-is-enough": `${rule}; the two send a little less than the mean`,
    heavy: `${rule}; the two send a little less than the mean, and claim 10⁹ cases`,
  };
  return titles[behaviour];
}

function row(condition: Condition, results: readonly Result[], seeds: readonly number[]): string[] | undefined {
  const of = (condition: Condition, seed: number) => results.find((result) => isSame(result, { ...condition, seed }));
  const own = seeds.flatMap((seed) => of(condition, seed) ?? []);
  if (own.length === 0) return undefined;
  const bySite = own.flatMap(({ seed, dice }) =>
    dice.map((value, site) => {
      const before = of(BASELINE, seed)?.dice[site];
      return before === undefined ? null : value - before;
    })
  );
  const difference = spreadOf(bySite);
  const bySeed = own.map(({ dice, seed }) => {
    const before = meanOf(of(BASELINE, seed)?.dice ?? []);
    const mean = meanOf(dice);
    return mean === null || before === null ? NONE : formatDifference(mean - before);
  });
  const isBaseline = isSame({ ...condition, seed: 0 }, { ...BASELINE, seed: 0 });
  const within = difference.mean !== null && difference.mean >= -BOUND ? "yes" : "no";
  const total = (pick: "liars" | "honest") => own.reduce((sum, { refused }) => sum + refused[pick], 0);
  return [
    titleOf(condition),
    formatSpread(spreadOf(own.flatMap(({ dice }) => dice))),
    isBaseline ? NONE : formatSpread(difference, formatDifference),
    isBaseline ? NONE : bySeed.join(", "),
    isAttack(condition) || (!isBaseline && condition.behaviour === "honest") ? within : NONE,
    `${total("liars")}, ${total("honest")}`,
    formatNumber(meanOf(own.map(({ consensus }) => consensus)), 2),
  ];
}

/** The whole page. */
export function render(results: readonly Result[], { budget, conditions, title, ...making }: TableOptions): string {
  const seeds = seedsOf(results);
  const rows = conditions.flatMap((condition) => {
    const cells = row(condition, results, seeds);
    return cells ? [cells] : [];
  });
  const { rounds, steps, fineTune, labelled, casesPerSite } = budget;
  const header = ["", "Dice", "difference", "by seed", `lost at most ${BOUND}`, "refused: liars', honest", "distance"];
  return [
    `# ${title ?? `${LIARS} liars among ${SITES} sites, in real training`}`,
    "",
    ...madeBy(results, making),
    "",
    `Phantoms of ${SITES} sites with ${casesPerSite} cases each. ${rounds} rounds of ${steps} steps of pre-training; then each`,
    `honest site trains a decoder on ${labelled} labelled cases, ${fineTune} steps, with the encoder left as pre-training made`,
    "it, so that Dice says what the encoder is worth. The trainers are real and take turns on one engine; rules, screening and",
    "attacks are those of `src/mesh/averaging`; all meet all in every round, in virtual time and without a network. Liars know the",
    "honest vectors of the round, and send minus their mean, or noise of ten times the root mean square of a weight, or, where a",
    "row says so, the mean less 1.5 standard deviations of every value; as by default: what is sent is first held against one's own",
    `and what all announce (src/mesh/averaging/judging). They release no features. Dice of the same ${
      SITES - LIARS
    } honest sites in every row, mean ± sd over sites and seeds; differences are paired`,
    "by site and seed with the first row; vectors that the rule refused, over all rounds, seeds and sites; distance between the",
    "honest peers' weights at the end. The rows without an attack say how much a run differs from another, and what there is to lose.",
    "",
    markdownTable({ header, rows }),
    "",
  ].join("\n");
}

/**
 * The results of the study with real processes as Markdown.
 *
 * @module
 */
import { formatDifference } from "../../src/display/formats/difference.ts";
import { NONE } from "../../src/display/formats/none.ts";
import { formatNumber } from "../../src/display/formats/number.ts";
import { formatSpread } from "../../src/display/formats/spread.ts";
import { meanOf, type Spread, spreadOf } from "../../src/display/statistics.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { madeBy, type Making, seedsOf } from "../_study_page.ts";
import {
  ALL_SITES,
  isLying,
  isSameLie,
  type LieBudget,
  type LieCondition,
  lieConditions,
  type LieResult,
  UNDISTURBED,
  VOLUMES,
} from "./_lie_study.ts";
import { LIES } from "./_lies.ts";

/** How far from the undisturbed run the Dice may be. */
const BOUND = 0.02;

/** So many standard errors less it must still be within it. */
const SURE = 2;

const [FIRST, SECOND] = UNDISTURBED;

function titleOf({ doing }: LieCondition): string {
  if (doing === "absent") return "it is away";
  if (doing === "absent-again") return "it is away, in a second run";
  if (!isLying(doing)) return "it trains as the others";
  return `${doing}: it ${LIES[doing].title}`;
}

/** Dice less that of the undisturbed runs, by site and seed; of the second one of these less that of the first. */
function differencesOf({ doing }: LieCondition, results: readonly LieResult[]): Spread {
  const before = doing === SECOND.doing ? [FIRST] : UNDISTURBED;
  return spreadOf(
    results.filter((result) => result.doing === doing).flatMap(({ seed, sites }) => {
      const undisturbed = results.filter((result) => before.some((one) => isSameLie(result, { ...one, seed })));
      return sites.map(({ dice }, i) => {
        const own = meanOf(undisturbed.map(({ sites }) => sites[i].dice));
        return dice === null || own === null ? null : dice - own;
      });
    }),
  );
}

/** Whether the difference is within the bound for certain enough. */
function isShown({ mean, sd, count }: Spread): boolean {
  return mean !== null && sd !== null && mean - SURE * errorOf({ sd, count })! >= -BOUND;
}

/** The standard error of a mean. */
function errorOf({ sd, count }: Pick<Spread, "sd" | "count">): number | null {
  return sd === null ? null : sd / Math.sqrt(count);
}

function row(condition: LieCondition, results: readonly LieResult[], rounds: number): string[] | undefined {
  const own = results.filter(({ doing }) => doing === condition.doing);
  if (own.length === 0) return undefined;
  const sites = own.flatMap(({ sites }) => sites);
  const isFirst = condition.doing === FIRST.doing;
  const difference = differencesOf(condition, results);
  const isLie = isLying(condition.doing);
  const isWithin = sites.every(({ dice }) => dice !== null) && isShown(difference);
  const of = (count: number) => `${count} of ${sites.length}`;
  return [
    titleOf(condition),
    formatSpread(spreadOf(sites.map(({ dice }) => dice))),
    isFirst ? NONE : formatSpread(difference, formatDifference),
    isFirst ? NONE : formatNumber(errorOf(difference), 2),
    isLie ? isWithin ? "yes" : "no" : NONE,
    formatNumber(meanOf(sites.map(({ rank }) => rank)), 3),
    of(sites.filter(({ code, rounds: done }) => code === 0 && done === rounds).length),
    isLie ? of(sites.filter(({ named }) => named > 0).length) : NONE,
    isLie ? of(sites.filter(({ paused }) => paused).length) : NONE,
  ];
}

/** The whole page. */
export function renderLies(
  results: readonly LieResult[],
  { budget, ...making }: Making & { budget: LieBudget },
): string {
  const { rounds, steps, fineTune, labelled, casesPerSite, encoderRate } = budget;
  const tuned = encoderRate === 0
    ? [
      `each trains a decoder on ${labelled} labelled cases, ${fineTune} steps, with the encoder left as pre-training made it, so that`,
      "Dice says what the encoder is worth.",
    ]
    : [`each fine-tunes on ${labelled} labelled cases as sites do by default, the encoder too, ${fineTune} steps.`];
  const rows = lieConditions.flatMap((condition) => {
    const cells = row(condition, results, rounds);
    return cells ? [cells] : [];
  });
  const header = [
    ...["the fourth member", "Dice", "difference", "standard error", `shown to lose at most ${BOUND}`],
    ...["effective rank", "ended well", "named it", "paused it"],
  ];
  return [
    `# One member that lies among ${ALL_SITES}, as real processes`,
    "",
    ...madeBy(results, making),
    "",
    `Phantoms of ${ALL_SITES} sites with ${casesPerSite} cases each; every site is a process of its own over loopback, with the`,
    `default settings but for ${rounds} rounds of ${steps} steps of ${VOLUMES} volumes; then`,
    ...tuned,
    "The fourth member is `hostile_member.ts`: it has keys and data like the others, is there first, and tells one lie of",
    "`_lies.ts` to the end. All figures are of the three honest sites, mean ± sd over sites and seeds",
    `(${
      seedsOf(results).length
    }); differences are paired by site and seed with the mean of the two undisturbed runs, and the second of`,
    "these with the first: real processes meet as their times fall, so no run is the same twice. The standard error is of sites",
    `and seeds as if each were on its own. Shown: the difference less ${SURE} standard errors is within the bound. Ended well:`,
    "exit code 0 and all rounds. Named it: a warning with the member's name. Paused it: the site's report says that the member",
    "was left alone for a while, and why.",
    "",
    markdownTable({ header, rows }),
    "",
  ].join("\n");
}

/**
 * The results of the study with real processes as Markdown.
 *
 * @module
 */
import { formatDifference } from "../../src/display/formats/difference.ts";
import { NONE } from "../../src/display/formats/none.ts";
import { formatNumber } from "../../src/display/formats/number.ts";
import { formatSpread } from "../../src/display/formats/spread.ts";
import { meanOf, spreadOf } from "../../src/display/statistics.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { madeBy, type Making, seedsOf } from "../_study_page.ts";
import {
  ALL_SITES,
  isLying,
  isSameLie,
  type LieCondition,
  lieConditions,
  type LieResult,
  UNDISTURBED,
  VOLUMES,
} from "./_lie_study.ts";
import { LIES } from "./_lies.ts";
import type { Budget } from "./_study.ts";

/** How far from the undisturbed run the Dice may be. */
const BOUND = 0.02;

function titleOf({ doing }: LieCondition): string {
  if (doing === "absent") return "it is away";
  if (doing === "absent-again") return "it is away, in a second run";
  if (!isLying(doing)) return "it trains as the others";
  return `${doing}: it ${LIES[doing].title}`;
}

function row(condition: LieCondition, results: readonly LieResult[], rounds: number): string[] | undefined {
  const own = results.filter(({ doing }) => doing === condition.doing);
  if (own.length === 0) return undefined;
  const sites = own.flatMap(({ sites }) => sites);
  const difference = spreadOf(own.flatMap(({ seed, sites }) => {
    const before = results.find((result) => isSameLie(result, { ...UNDISTURBED, seed }));
    return sites.map(({ dice }, i) => {
      const undisturbed = before?.sites[i].dice ?? null;
      return dice === null || undisturbed === null ? null : dice - undisturbed;
    });
  }));
  const isLie = isLying(condition.doing);
  const isWithin = sites.every(({ dice }) => dice !== null) && difference.mean !== null && difference.mean >= -BOUND;
  const of = (count: number) => `${count} of ${sites.length}`;
  return [
    titleOf(condition),
    formatSpread(spreadOf(sites.map(({ dice }) => dice))),
    condition.doing === UNDISTURBED.doing ? NONE : formatSpread(difference, formatDifference),
    isLie ? isWithin ? "yes" : "no" : NONE,
    formatNumber(meanOf(sites.map(({ rank }) => rank)), 3),
    of(sites.filter(({ code, rounds: done }) => code === 0 && done === rounds).length),
    isLie ? of(sites.filter(({ named }) => named > 0).length) : NONE,
    isLie ? of(sites.filter(({ paused }) => paused).length) : NONE,
  ];
}

/** The whole page. */
export function renderLies(results: readonly LieResult[], { budget, ...making }: Making & { budget: Budget }): string {
  const { rounds, steps, fineTune, labelled, casesPerSite } = budget;
  const rows = lieConditions.flatMap((condition) => {
    const cells = row(condition, results, rounds);
    return cells ? [cells] : [];
  });
  const header = [
    ...["the fourth member", "Dice", "difference", `lost at most ${BOUND}`, "effective rank"],
    ...["ended well", "named it", "paused it"],
  ];
  return [
    `# One member that lies among ${ALL_SITES}, as real processes`,
    "",
    ...madeBy(results, making),
    "",
    `Phantoms of ${ALL_SITES} sites with ${casesPerSite} cases each; every site is a process of its own over loopback, with the`,
    `default settings but for ${rounds} rounds of ${steps} steps of ${VOLUMES} volumes; then each trains a decoder on ${labelled} labelled cases, ${fineTune} steps, with`,
    "the encoder left as pre-training made it, so that Dice says what the encoder is worth. The fourth member is",
    "`hostile_member.ts`: it has keys and data like the others, is there first, and tells one lie of `_lies.ts` to the end. All",
    `figures are of the three honest sites, mean ± sd over sites and seeds (${
      seedsOf(results).length
    }); differences are paired by site and`,
    "seed with the first row. Ended well: exit code 0 and all rounds. Named it: a warning with the member's name. Paused it: the",
    "site's report says that the member was left alone for a while, and why. Real processes meet as their times fall, so no run",
    "is the same twice: the second and third row say by how much a run differs from another where nobody lies.",
    "",
    markdownTable({ header, rows }),
    "",
  ].join("\n");
}

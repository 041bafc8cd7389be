/**
 * The results as Markdown.
 *
 * @module
 */
import { formatSpread } from "../../src/display/formats/spread.ts";
import { spreadOf } from "../../src/display/statistics.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { madeBy, type Making, seedsOf } from "../_study_page.ts";
import { type HardshipName, hardshipOf, HARDSHIPS } from "./_hardships.ts";
import { type HardshipResult, isWhole } from "./_study.ts";
import { CASES_PER_SITE, SITES } from "./_trial.ts";

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function rows(name: HardshipName, results: readonly HardshipResult[]): string[][] {
  const own = results.filter(({ hardship }) => hardship === name);
  const lengths = [...new Set(own.map(({ lasting }) => lasting))].sort((a, b) => a - b);
  return lengths.map((lasting) => {
    const runs = own.filter((result) => result.lasting === lasting);
    const title = hardshipOf(name).title(lasting);
    const sites = runs.flatMap((run) => run.sites.map((site) => ({ ...site, rounds: run.rounds })));
    return [
      name === "nothing" ? title : `${name}: ${title}`,
      runs.map(({ befell }) => befell).join(", "),
      `${runs.filter((run) => !isWhole(run)).length} of ${runs.length}`,
      `${sites.filter(({ code }) => code === 0).length} of ${sites.length}`,
      `${sum(sites.map(({ lives }) => lives))}`,
      runs.map(({ rounds }) => rounds).join(", "),
      `${Math.round(100 * sum(sites.map(({ shared }) => shared)) / sum(sites.map(({ rounds }) => rounds)))} %`,
      formatSpread(spreadOf(sites.map(({ dice }) => dice))),
    ];
  });
}

/** What was lost, a line each. */
function losses(results: readonly HardshipResult[]): string[] {
  return results.filter((result) => !isWhole(result)).flatMap(({ hardship, seed, faults, sites }) => [
    ...faults.map((fault) => `- ${hardship}, seed ${seed}: ${fault}`),
    ...sites.flatMap((site, i) => site.faults.map((fault) => `- ${hardship}, seed ${seed}, site-${i + 1}: ${fault}`)),
  ]);
}

/** The whole page. */
export function renderHardships(results: readonly HardshipResult[], making: Making): string {
  const names = Object.keys(HARDSHIPS) as HardshipName[];
  const lost = results.filter((result) => !isWhole(result)).length;
  const header = [
    ...["what befalls", "it did", "runs lost", "ended with 0", "lives", "rounds", "rounds averaged", "Dice"],
  ];
  const told = losses(results);
  return [
    `# ${lost} of ${results.length} runs lost`,
    "",
    ...madeBy(results, making),
    "",
    `Phantoms of ${SITES} sites with ${CASES_PER_SITE} cases each; every site is a process of its own, with the default settings`,
    `but for a small network, rounds of one step and one exchange, and a few steps of fine-tuning (seeds: ${
      seedsOf(results).length
    }). A run`,
    "is lost where one of its sites does not end with 0; where its audit log is not whole, or does not hold what itself,",
    "its checkpoints and the other sites say of it; where any JSON or any line is torn; where a round is not in the report",
    "once, was not told of, or is otherwise in the curves; where it averaged with somebody to whom, by the audit log, no",
    "weights went; where its Dice is not defined; or where a case, a member or a step of fine-tuning is there twice or not",
    "at all. Rounds that a site has skipped, since it went on from another's state, are accounted for by what it said of it.",
    "It befalls one site, unless it says otherwise; there are as many rounds as surely outlast it on a machine with as much",
    "else to do as it has. Rounds averaged: those, of all sites, in which weights were averaged with somebody. Sites that a",
    "network befalls are on networks of their own (namespaces, nftables), the others on the loopback interface.",
    "",
    markdownTable({ header, rows: names.flatMap((name) => rows(name, results)) }),
    "",
    ...(told.length > 0 ? ["What was lost:", "", ...told, ""] : []),
  ].join("\n");
}

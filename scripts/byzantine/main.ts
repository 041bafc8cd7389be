/**
 * Two liars among eight sites, in real training: `deno task byzantine [--seeds 21,22] [--out DIR] [--parallel N]`; with
 * `--processes`, one liar among four sites that are real processes.
 *
 * Every run is a process of its own, and its line is written as it comes: the same command goes on where it was
 * interrupted. phantoms.md, processes.md, costs.md and believing.md beside this file are such tables; `--fine-tuned` writes
 * fine-tuned.md. With `--lies`, the page of those stands beside their results.
 *
 * @module
 */
import { fromFileUrl, join, resolve } from "@std/path";
import { UsageError } from "../../src/cli/command.ts";
import { choice, defineCommand, list, path, toggle, type Values, withDefault } from "../../src/cli/flags/mod.ts";
import { parallelOnCores, seeds } from "../../src/cli/flags/shared.ts";
import { requireFolder } from "../../src/cli/output_file.ts";
import { requirePermissions } from "../../src/core/permissions.ts";
import { readJsonLines } from "../../src/studies/json_lines.ts";
import { checkSites } from "../../src/studies/peer_sites.ts";
import { phantomsOf } from "../_phantoms.ts";
import { studyToPage } from "../_study_page.ts";
import { configure } from "./_configure.ts";
import {
  ALL_SITES,
  FINE_TUNED_BUDGET,
  isLieResult,
  isLying,
  isSameLie,
  LIE_BUDGET,
  lieConditions,
  type LieResult,
  type LieRun,
  UNDISTURBED,
} from "./_lie_study.ts";
import { renderLies } from "./_lie_table.ts";
import {
  believing,
  BUDGET,
  conditions,
  costs,
  isResult,
  isSame,
  type Result,
  type Run,
  SHORT_BUDGET,
  SITES,
} from "./_study.ts";
import { render } from "./_table.ts";

const pageOf = (name: string) => fromFileUrl(new URL(`${name}.md`, import.meta.url));
const RUN = fromFileUrl(new URL("run.ts", import.meta.url));
const RUN_LIE = fromFileUrl(new URL("run_lie.ts", import.meta.url));

/** Of the pages that are of other things than rules against lies. */
const TITLES = {
  costs: "What robust rules cost where nobody lies",
  believing: "2 liars among 8 sites, with what peers believe by default and without",
};

const lieNames = lieConditions.flatMap(({ doing }) => isLying(doing) ? [doing] : []);

const byzantineFlags = {
  seeds: withDefault(seeds("seeds of phantoms, splits, weights and attacks"), [21, 22]),
  out: withDefault(path("DIR", "where results.jsonl and the phantoms go"), "out/byzantine"),
  believing: toggle("instead, shorter: what is held off by default"),
  costs: toggle("instead, shorter: what robust rules cost where nobody lies"),
  processes: toggle("instead: each lie by one member of four, all of them real processes with default settings"),
  lies: list(choice("LIST", lieNames, "with --processes: these lies only, and the runs without any")),
  fineTuned: toggle("with --processes: Dice after fine-tuning as sites do it, the encoder too, which scatters less"),
  parallel: parallelOnCores,
};

async function study(flags: Values<typeof byzantineFlags>, args: readonly string[]): Promise<void> {
  const { seeds, parallel } = flags;
  const part = flags.costs ? "costs" : flags.believing ? "believing" : undefined;
  const out = resolve(flags.out, part ?? "."), doing = "running the study";
  const budget = part ? SHORT_BUDGET : BUDGET, page = pageOf(part ?? "phantoms");
  const title = part && TITLES[part];
  const chosen = part === "costs" ? costs : part === "believing" ? believing : conditions;
  requirePermissions(doing, ["run"]);
  await requireFolder(out, doing);
  const file = join(out, "results.jsonl");
  await readJsonLines(file, isResult); // before phantoms are made, which take a while
  const runs: Run[] = [];
  for (const seed of seeds) {
    const data = await phantomsOf(seed, { out, sites: SITES, casesPerSite: budget.casesPerSite });
    for (const condition of chosen) {
      const { rule, behaviour, judging } = condition;
      const directory = join(out, `${seed}-${rule}-${behaviour}${judging ? "-judging" : ""}`);
      runs.push({ seed, ...condition, ...budget, data, directory });
    }
  }
  await studyToPage<Run, Result>(runs, {
    ...{ command: ["deno task byzantine", ...args], script: RUN, page, seeds, parallel, isResult, isOf: isSame },
    file,
    check: async (left) => await checkSites((await Array.fromAsync(left, configure)).flat()),
    nameOf: ({ seed, rule, behaviour, judging }) =>
      `seed ${seed}, ${rule}, ${behaviour}${judging ? ", as by default" : ""}`,
    render: (results, making) => render(results, { ...making, budget, conditions: chosen, title }),
  });
}

async function lieStudy(flags: Values<typeof byzantineFlags>, args: readonly string[]): Promise<void> {
  const { seeds, parallel, lies, fineTuned } = flags;
  const chosen = lies ? [...UNDISTURBED, ...lies.map((doing) => ({ doing }))] : lieConditions;
  const name = fineTuned ? "fine-tuned" : "processes", budget = fineTuned ? FINE_TUNED_BUDGET : LIE_BUDGET;
  const out = resolve(flags.out, name), doing = "running the study";
  const page = lies ? join(out, `${name}.md`) : pageOf(name);
  requirePermissions(doing, ["run"]);
  await requireFolder(out, doing);
  const file = join(out, "results.jsonl");
  await readJsonLines(file, isLieResult); // before phantoms are made, which take a while
  const runs: LieRun[] = [];
  for (const seed of seeds) {
    const data = await phantomsOf(seed, { out, sites: ALL_SITES, casesPerSite: budget.casesPerSite });
    const more = { seed, ...budget, data };
    runs.push(...chosen.map(({ doing }) => ({ doing, ...more, directory: join(out, `${seed}-${doing}`) })));
  }
  await studyToPage<LieRun, LieResult>(runs, {
    ...{ command: ["deno task byzantine", ...args], script: RUN_LIE, page, seeds, parallel },
    ...{ file, isResult: isLieResult, isOf: isSameLie, permissions: ["--allow-net", "--allow-run"] },
    nameOf: ({ seed, doing }) => `seed ${seed}, ${doing}`,
    render: (results, making) => renderLies(results, { ...making, budget }),
  });
}

/** The command. */
export const byzantine = defineCommand({
  name: "byzantine",
  does: "what liars do to real training, by rule and lie, as tables",
  notes: ["The same command goes on where it was interrupted."],
  flags: byzantineFlags,
  example: "--seeds 21,22 --parallel 2",
  run: ({ flags, args }) => {
    if (flags.lies && !flags.processes) throw new UsageError("the flag --lies goes with --processes");
    if (flags.fineTuned && !flags.processes) throw new UsageError("the flag --fine-tuned goes with --processes");
    return flags.processes ? lieStudy(flags, args) : study(flags, args);
  },
});

if (import.meta.main) await byzantine.main();

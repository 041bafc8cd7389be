/**
 * What a curious member learns: `deno task attack [--data DIR] [--seeds 31,32] [--out DIR] [--parallel N]` of features
 * and encoder, and with `--updates` of weights.
 *
 * Every run is a process of its own, and its line is written as it comes: the same command goes on where it was
 * interrupted. The page stands beside this file under the dataset's name; what somebody wrote on it from "What it
 * means" on is kept.
 *
 * @module
 */
import { basename, fromFileUrl, join, resolve } from "@std/path";
import { defineCommand, path, toggle, type Values, withDefault } from "../../src/cli/flags/mod.ts";
import { dataset, parallel, seeds } from "../../src/cli/flags/shared.ts";
import { requireFolder } from "../../src/cli/output_file.ts";
import { UserError } from "../../src/core/errors.ts";
import { requirePermissions } from "../../src/core/permissions.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { readJsonLines } from "../../src/studies/json_lines.ts";
import { checkSites } from "../../src/studies/peer_sites.ts";
import { phantomsOf } from "../_phantoms.ts";
import { studyToPage } from "../_study_page.ts";
import { configure } from "./_configure.ts";
import { BUDGET, conditions, isResult, isSame, type Result, type Run, SITES } from "./_study.ts";
import { render } from "./_table.ts";
import { COHORT, isUpdateResult, type UpdateResult, type UpdateRun } from "./_update_study.ts";
import { renderUpdates } from "./_update_table.ts";

const RUN = fromFileUrl(new URL("run.ts", import.meta.url));
const RUN_UPDATES = fromFileUrl(new URL("run_updates.ts", import.meta.url));
const PHANTOMS_PER_SITE = 24;

const attackFlags = {
  data: { ...dataset, shown: "phantoms of each seed" },
  seeds: withDefault(seeds("seeds of splits, weights and attacks"), [31, 32]),
  out: withDefault(path("DIR", "where the results' lines and the phantoms go"), "out/attack"),
  updates: toggle("instead: what a round's weights tell, alone, in secure sums and with noise; of phantoms"),
  parallel: withDefault(parallel, 1),
};

async function study(flags: Values<typeof attackFlags>, args: readonly string[]): Promise<void> {
  const { seeds, parallel } = flags;
  const out = resolve(flags.out), doing = "running the study";
  requirePermissions(doing, ["run"]);
  await requireFolder(out, doing);
  const data = flags.data === undefined ? undefined : resolve(flags.data);
  const dataset = data === undefined ? "phantoms" : basename(data);
  const file = join(out, `${dataset}.jsonl`);
  await readJsonLines(file, isResult); // before phantoms are made, which take a while
  const runs: Run[] = [];
  for (const condition of conditions) {
    for (const seed of seeds) {
      const directory = join(out, `${dataset}-${seed}-${condition.name.replaceAll(/\W+/g, "-")}`);
      const phantoms = { out, sites: SITES, casesPerSite: PHANTOMS_PER_SITE };
      runs.push({ condition, seed, data: data ?? await phantomsOf(seed, phantoms), directory, ...BUDGET });
    }
  }
  await studyToPage<Run, Result>(runs, {
    ...{ command: ["deno task attack", ...args], script: RUN, seeds, parallel, isResult, isOf: isSame },
    file,
    check: async (left) => {
      const sites = await Array.fromAsync(left, async (run) => configure(run, await openDataset(run.data)));
      await checkSites(sites.flat());
    },
    page: fromFileUrl(new URL(`${dataset}.md`, import.meta.url)),
    nameOf: ({ seed, condition }) => `seed ${seed}, ${condition.name}`,
    render: (results, making) => render(results, { ...making, budget: BUDGET, dataset }),
  });
}

async function updateStudy(flags: Values<typeof attackFlags>, args: readonly string[]): Promise<void> {
  const { seeds, parallel } = flags;
  const out = resolve(flags.out, "updates"), doing = "running the study";
  if (flags.data !== undefined) {
    throw new UserError("attacking weights: it is done on phantoms, without --data", { value: flags.data });
  }
  requirePermissions(doing, ["run"]);
  await requireFolder(out, doing);
  const file = join(out, "results.jsonl");
  await readJsonLines(file, isUpdateResult); // before phantoms are made, which take a while
  const runs: UpdateRun[] = [];
  for (const seed of seeds) {
    runs.push({ seed, data: await phantomsOf(seed, { out, ...COHORT }), directory: join(out, `${seed}`) });
  }
  await studyToPage<UpdateRun, UpdateResult>(runs, {
    ...{ command: ["deno task attack", ...args], script: RUN_UPDATES, seeds, parallel, file },
    isResult: isUpdateResult,
    isOf: (result, run) => result.seed === run.seed,
    page: fromFileUrl(new URL("updates.md", import.meta.url)),
    nameOf: ({ seed }) => `seed ${seed}`,
    render: renderUpdates,
  });
}

/** The command. */
export const attack = defineCommand({
  name: "attack",
  does: "what a curious member learns of the other sites, in real training, as a table",
  notes: ["The same command goes on where it was interrupted."],
  flags: attackFlags,
  example: "--data DIR --parallel 2",
  run: ({ flags, args }) => flags.updates ? updateStudy(flags, args) : study(flags, args),
});

if (import.meta.main) await attack.main();

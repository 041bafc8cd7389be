/**
 * Runs that are not lost, whatever befalls them: `deno task hardships [--seeds 31] [--of cut,kills] [--short] [--out DIR]`.
 *
 * Every run is a process of its own that starts four sites as processes of theirs, and its line is written as it comes:
 * the same command goes on where it was interrupted. hardships.md beside this file is such a table. What has to do with
 * the network needs root and network namespaces, what has to do with a disk needs a right to mount one.
 *
 * @module
 */
import { fromFileUrl, join, resolve } from "@std/path";
import { defineCommand, path, text, toggle, type Values, withDefault } from "../../src/cli/flags/mod.ts";
import { parallel, seeds } from "../../src/cli/flags/shared.ts";
import { requireFolder } from "../../src/cli/output_file.ts";
import { UserError } from "../../src/core/errors.ts";
import { requirePermissions } from "../../src/core/permissions.ts";
import { readJsonLines } from "../../src/studies/json_lines.ts";
import { phantomsOf } from "../_phantoms.ts";
import { studyToPage } from "../_study_page.ts";
import { type HardshipName, hardshipOf, HARDSHIPS, isHardship } from "./_hardships.ts";
import { takeAwayLeft, whyNotHere } from "./_machine.ts";
import { type HardshipResult, type HardshipRun, isHardshipResult, isOf } from "./_study.ts";
import { renderHardships } from "./_table.ts";
import { CASES_PER_SITE, SITES } from "./_trial.ts";

const PAGE = fromFileUrl(new URL("hardships.md", import.meta.url));
const RUN = fromFileUrl(new URL("run.ts", import.meta.url));

const ALL = Object.keys(HARDSHIPS) as HardshipName[];

const hardshipsFlags = {
  seeds: withDefault(seeds("seeds of phantoms, splits, weights and what befalls when"), [31]),
  of: withDefault(text("NAMES", `hardships: some of ${ALL.join(", ")}`), ALL.join(",")),
  short: toggle("those that last, for less long"),
  out: withDefault(path("DIR", "where results.jsonl and the phantoms go"), "out/hardships"),
  parallel: withDefault(parallel, 1),
};

function chosen(names: string): HardshipName[] {
  return names.split(",").map((name) => {
    if (isHardship(name)) return name;
    throw new UserError(`running the study: --of must name some of ${ALL.join(", ")}`, { value: name });
  });
}

async function study(flags: Values<typeof hardshipsFlags>, args: readonly string[]): Promise<void> {
  const { seeds, short, parallel } = flags, doing = "running the study";
  requirePermissions(doing, ["run"]);
  const names: HardshipName[] = [];
  for (const { what, failure } of await takeAwayLeft()) {
    const done = failure === undefined ? "taken away" : `cannot be taken away (${failure})`;
    console.log(`left by a run that was killed, ${done}: ${what}`);
  }
  for (const name of chosen(flags.of)) {
    const missing = await whyNotHere(name);
    if (missing === undefined) names.push(name);
    else console.log(`${name} is left out: ${missing}`);
  }
  const out = resolve(flags.out);
  await requireFolder(out, doing);
  const file = join(out, "results.jsonl");
  await readJsonLines(file, isHardshipResult); // before phantoms are made, which take a while
  const runs: HardshipRun[] = [];
  for (const seed of seeds) {
    const data = await phantomsOf(seed, { out, sites: SITES, casesPerSite: CASES_PER_SITE });
    for (const hardship of names) {
      const seconds = hardshipOf(hardship).seconds[short ? "short" : "long"];
      runs.push({ hardship, seed, seconds, data, directory: join(out, `${seed}-${hardship}-${seconds}`) });
    }
  }
  await studyToPage<HardshipRun, HardshipResult>(runs, {
    ...{ command: ["deno task hardships", ...args], script: RUN, page: PAGE, seeds, parallel },
    ...{ file, isResult: isHardshipResult, isOf, permissions: ["--allow-net", "--allow-run"] },
    nameOf: ({ seed, hardship, seconds }) => `seed ${seed}, ${hardship}${seconds > 0 ? ` (${seconds} s)` : ""}`,
    render: renderHardships,
  });
}

/** The command. */
export const hardships = defineCommand({
  name: "hardships",
  does: "whether runs are lost when networks, machines, disks, clocks and processes fail, as a table",
  notes: ["The same command goes on where it was interrupted."],
  flags: hardshipsFlags,
  example: "--seeds 31,32 --of cut,kills --short",
  run: ({ flags, args }) => study(flags, args),
});

if (import.meta.main) await hardships.main();

/**
 * `deno task report FILE|FOLDER… [--out FILE]`: one page over the result files of several sites.
 *
 * @module
 */
import { dirname, extname, resolve } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import { aggregate } from "../peer/report/aggregate.ts";
import { renderReport } from "../peer/report/html.ts";
import { reportToJson } from "../peer/report/json.ts";
import { infoOf } from "../peer/report/run_info.ts";
import { summary } from "../peer/report/summary.ts";
import { disagreements, readSiteReports } from "./_site_reports.ts";
import { UsageError } from "./command.ts";
import { defineCommand, path, rest, text, withDefault } from "./flags/mod.ts";

/** The command. */
export const report = defineCommand({
  name: "report",
  does: "one page over the reports of several sites: Dice and HD95, slices, curves, who took part, what left each",
  notes: [
    "A site's report is results/site.json. It names the site's cases and shows slices of some: look at it before you",
    "give it away. In a folder every site.json counts, up to four folders deep: results, a site's, a demo's.",
  ],
  arguments: { files: rest(path("FILE|FOLDER", "reports of sites, or folders that hold them")) },
  flags: {
    out: withDefault(path("FILE", "the page; the figures are written beside it as .json"), "out/report.html"),
    title: text("TEXT", "the page's heading (default: the site's name, or how many there are)"),
  },
  example: "site-north.json site-south.json --out heart.html",
  async run({ arguments: { files }, flags: { out, title } }) {
    if (extname(out) !== ".html") throw new UsageError(`the flag --out must end with .html, got ${out}`);
    const found = await readSiteReports(files);
    const figures = `${out.slice(0, -extname(out).length)}.json`;
    const input = found.find((one) => resolve(one.path) === resolve(figures));
    if (input) {
      throw new UsageError(`the flag --out must leave the sites' reports as they are, its figures would be ${figures}`);
    }
    for (const remark of disagreements(found)) console.error(`warning: ${remark}`);
    const sites = found.map((one) => one.report);
    const run = aggregate(sites, infoOf(sites, { title }));
    try {
      await Deno.mkdir(dirname(out), { recursive: true });
      await writeAtomically(out, renderReport(run));
      await writeAtomically(figures, reportToJson(run));
    } catch (cause) {
      throw new UserError(`writing the report: ${messageOf(cause)}`, { where: out, cause });
    }
    console.log(`${summary(run)}\nreport       ${out}, ${figures}`);
  },
});

if (import.meta.main) await report.main();

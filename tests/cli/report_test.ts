/** One page over the reports of several sites: which files count, and what is refused. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { disagreements, readSiteReports } from "../../src/cli/_site_reports.ts";
import { report } from "../../src/cli/report.ts";
import { UserError } from "../../src/core/errors.ts";
import { siteToJson } from "../../src/peer/report/json.ts";
import type { SiteReport } from "../../src/peer/report/schema.ts";
import { withFolder } from "../data/_files.ts";
import { facts, measuredSites, site } from "../peer/report/_sample.ts";

/** Two sites that know each other, of today. */
function consortium(): SiteReport[] {
  const sites = measuredSites().map((one) => ({ ...one, ...facts(one.name) }));
  return sites.map((one, i) => {
    const { peerId } = sites[1 - i];
    const seen = { round: 2, mass: 8, exchanges: 1, lastSeen: "2026-01-02T03:04:05.000Z", present: true, behind: 0 };
    return { ...one, members: [{ peerId, ...seen }] };
  });
}

/** Writes them as a demo does, with what else lies there: configurations, and a result from before. */
async function writeDemo(directory: string): Promise<void> {
  for (const one of consortium()) {
    const folder = join(directory, "sites", one.name);
    for (const results of [join(folder, "results"), join(folder, "results", "before-1")]) {
      await Deno.mkdir(results, { recursive: true });
      await Deno.writeTextFile(join(results, "site.json"), siteToJson(one));
    }
    await Deno.writeTextFile(join(folder, "site.json"), '{ "name": "a configuration" }');
  }
}

Deno.test("files and folders of sites become one page with its figures beside it", () =>
  withFolder(async (directory) => {
    await writeDemo(directory);
    const out = join(directory, "all", "report.html");
    await report.run([directory, "--out", out, "--title", "Hearts"]);
    const page = await Deno.readTextFile(out);
    for (const part of ["Hearts", "north", "south", "HD95 from scratch"]) assertStringIncludes(page, part);
    const figures = JSON.parse(await Deno.readTextFile(join(directory, "all", "report.json")));
    assertEquals([figures.peers, figures.seed, figures.dataset.name], [2, 7, "Heart"]);
    assertEquals("directory" in figures.sites[0].dataset, false);
    const names = async (...paths: string[]) => (await readSiteReports(paths)).map(({ report: { name } }) => name);
    assertEquals(await names(directory), ["north", "south"]);
    assertEquals(await names(join(directory, "sites", "south", "results")), ["south"]);
    assertEquals(await names(join(directory, "sites", "north", "results", "site.json")), ["north"]);
  }));

Deno.test("what is no report is refused in one sentence that names it", () =>
  withFolder(async (directory) => {
    await writeDemo(directory);
    const north = join(directory, "sites", "north", "results", "site.json");
    const empty = join(directory, "empty");
    await Deno.mkdir(empty);
    const refused = async (pattern: RegExp, ...paths: string[]) => {
      const { message } = await assertRejects(() => readSiteReports(paths), UserError);
      assertMatch(message, pattern);
    };
    await refused(/must exist \(.*nowhere\.json\)/, join(directory, "nowhere.json"));
    await refused(/must hold a site's report, site\.json.* \(.*empty\)/, empty);
    await refused(/each site must be there once, north is in two files/, north, directory);
    await refused(/sites.north.site\.json/, join(directory, "sites", "north", "site.json"));
    await assertRejects(() => report.run([north, "--out", "page.pdf"]), UserError, "--out must end with .html");
    const own = north.replace(/\.json$/, ".html");
    await assertRejects(() => report.run([north, "--out", own]), UserError, "leave the sites' reports as they are");
  }));

Deno.test("sites that were not in one run are told of by name", () => {
  const [north, south] = consortium().map((report) => ({ path: "site.json", report }));
  assertEquals(disagreements([north, south]), []);
  const member = { ...north.report.members[0], peerId: "elsewhere" };
  const other = { path: "site.json", report: site("east", { objective: "SimCLR", members: [member] }) };
  assertEquals(disagreements([north, south, other]), [
    "no other of these sites has them as a member, so they are of another run: east",
  ]);
  const both = [{ ...north, report: { ...north.report, objective: "FCL" } }, other];
  assertEquals(disagreements(both).at(0), "the sites pre-trained differently: FCL, SimCLR");
});

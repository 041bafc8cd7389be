import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { checkSites, configureSites, type ConfigureSitesOptions } from "../../src/studies/peer_sites.ts";

const splits = ["a", "b"].map((id) => ({ training: [id], labelled: [id], probe: [], test: [] }));

const options = (settings: ConfigureSitesOptions["settings"] = {}): ConfigureSitesOptions => ({
  ...{ data: "/data", directory: "/out/run", levels: 2, seed: 3, rounds: 4, stepsPerRound: 5, settings },
  plan: { spacing: [1, 1, 2], patch: [8, 8, 8], pool: [[1, 2, 2]] },
});

Deno.test("sites are configured as peers are: alike, but for their cases and the folders of their own", () => {
  const sites = configureSites(splits, options({ fineTune: { steps: 6 }, policy: { featuresPerRound: 7 } }));
  assertEquals(sites.map(({ name, stateDirectory }) => [name, stateDirectory]), [
    ["site-1", "/out/run/site-1/state"],
    ["site-2", "/out/run/site-2/state"],
  ]);
  assertEquals(sites.map(({ data: { split } }) => split?.training), [["a"], ["b"]]);
  for (const { seed, schedule, fineTune, policy, network, data } of sites) {
    assertEquals([seed, schedule.rounds, schedule.stepsPerRound, fineTune.steps], [3, 4, 5, 6]);
    assertEquals([policy.featuresPerRound, network.pool, data.spacing], [7, [[1, 2, 2]], [1, 1, 2]]);
  }
});

Deno.test("a setting that no peer takes is refused, by the site's name", () => {
  assertThrows(() => configureSites(splits, options({ fineTune: { steps: 0 } })), UserError, "site-1");
});

Deno.test("the data of all sites are checked: one without anything to test, or with a file at fault, is named", async () => {
  const data = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    await writePhantomCohort(data, { sites: 1, casesPerSite: 4 });
    const split = (changes: object = {}) => ({
      ...{ training: ["phantom_1000"], labelled: ["phantom_1000"], probe: [], test: ["phantom_1001"] },
      ...changes,
    });
    const check = (...own: ReturnType<typeof split>[]) => checkSites(configureSites(own, { ...options(), data }));
    await check(split(), split());
    const rule = `every site of a study needs at least one test case (${data}, site-2)`;
    await assertRejects(() => check(split(), split({ test: [] })), UserError, rule);
    await Deno.writeTextFile(`${data}/imagesTr/phantom_1002.nii.gz`, "no volume");
    await assertRejects(() => check(split(), split({ probe: ["phantom_1002"] })), UserError, "phantom_1002.nii.gz");
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

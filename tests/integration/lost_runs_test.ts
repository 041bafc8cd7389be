/** By night: what befalls real sites, and that none of their runs is lost; `deno task hardships` makes the table of it. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type HardshipName, hardshipOf, HARDSHIPS } from "../../scripts/hardships/_hardships.ts";
import { whyNotHere } from "../../scripts/hardships/_machine.ts";
import { CASES_PER_SITE, SITES, tryOut } from "../../scripts/hardships/_trial.ts";
import { givePhantoms } from "../_phantoms.ts";
import { withDirectory } from "./_consortium.ts";

const IS_NIGHT = Deno.env.get("SYNCYTIUM_NIGHTLY") !== undefined;

/** Another one every night; a failure names it. */
const seed = Math.floor(1e6 * Math.random());

for (const hardship of Object.keys(HARDSHIPS) as HardshipName[]) {
  const { title, seconds: { long: seconds } } = hardshipOf(hardship);
  const missing = IS_NIGHT ? await whyNotHere(hardship) : "deno task nightly runs it";
  const name = `no run is lost by this: ${title(seconds)}`;
  Deno.test({
    name: missing ? `${name} (skipped: ${missing})` : name,
    ignore: missing !== undefined,
    fn: () =>
      withDirectory(async (directory) => {
        const data = join(directory, "phantoms");
        await givePhantoms(data, { sites: SITES, casesPerSite: CASES_PER_SITE });
        const { faults, sites } = await tryOut({ hardship, seed, seconds, data, directory: join(directory, "sites") });
        assertEquals([faults, ...sites.map((site) => site.faults)], [[], ...sites.map(() => [])], `seed ${seed}`);
      }),
  });
}

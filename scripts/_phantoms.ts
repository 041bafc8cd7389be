/**
 * Phantoms for studies.
 *
 * @module
 */
import { join } from "@std/path";
import { writePhantomCohort } from "../src/data/phantom/cohort.ts";

/** The folder in `out` of a seed's phantoms, which are made at their first use. */
export async function phantomsOf(
  seed: number,
  { out, ...size }: { out: string; sites: number; casesPerSite: number },
): Promise<string> {
  const directory = join(out, `phantoms-${seed}`);
  const done = await Deno.stat(join(directory, "dataset.json")).then(() => true, () => false);
  if (!done) await writePhantomCohort(directory, { seed, ...size });
  return directory;
}

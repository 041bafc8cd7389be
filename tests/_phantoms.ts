/** Phantoms that several tests are given: they are drawn once for all tests of a process, which takes seconds. */
import { cp } from "node:fs/promises";
import { type PhantomCohortOptions, writePhantomCohort } from "../src/data/phantom/cohort.ts";

/** What the phantoms are like. */
type Phantoms = Required<Pick<PhantomCohortOptions, "sites" | "casesPerSite">>;

/** Folders of those that are drawn, or are being drawn. */
const drawn = new Map<string, Promise<string>>();

/** Of all of them. */
const folders: string[] = [];

globalThis.addEventListener("unload", () => {
  for (const folder of folders) Deno.removeSync(folder, { recursive: true });
});

async function draw(phantoms: Phantoms): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "syncytium-phantoms-" });
  folders.push(folder);
  await writePhantomCohort(folder, { seed: 1, ...phantoms });
  return folder;
}

/** Writes a cohort of seed 1 to `directory`, which must not be there yet: a copy of the test's own. */
export async function givePhantoms(directory: string, phantoms: Phantoms): Promise<void> {
  const name = `${phantoms.sites} x ${phantoms.casesPerSite}`;
  if (!drawn.has(name)) drawn.set(name, draw(phantoms));
  await cp(await drawn.get(name)!, directory, { recursive: true });
}

/** The viewer's page in a real browser. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { gather } from "../../src/viewer/gather.ts";
import { serveViewer } from "../../src/viewer/serve.ts";
import { browser, visit } from "../_browser.ts";
import { withFolder } from "../data/_files.ts";
import type { Visit } from "./fixtures/viewer_visit.ts";

const SCRIPT = fromFileUrl(import.meta.resolve("./fixtures/viewer_visit.ts"));

/** Two phantoms, and predictions of both: their own labels. */
async function writeCases(directory: string): Promise<{ data: string; predictions: string }> {
  const [data, predictions] = [`${directory}/data`, `${directory}/predicted`];
  await writePhantomCohort(data, { seed: 1, sites: 1, casesPerSite: 2 });
  await Deno.mkdir(predictions);
  for await (const { name } of Deno.readDir(`${data}/labelsTr`)) {
    await Deno.copyFile(`${data}/labelsTr/${name}`, `${predictions}/${name}`);
  }
  return { data, predictions };
}

Deno.test({
  name: "cases are shown with their labels, go by keys, and ask for nothing beyond their server" + browser.reason,
  ignore: browser.missing,
  fn: () =>
    withFolder(async (directory) => {
      const { data, predictions } = await writeCases(directory);
      const show = await gather({ input: data, predictions: [predictions] });
      const ending = new AbortController();
      const { url, finished } = await serveViewer(show, { signal: ending.signal });
      try {
        const { colours, vivid, structures, ticked, places, view, complaints, origins } = await visit<Visit>(
          ...[SCRIPT, url, ...show.cases.map(({ id }) => id)] as [string, ...string[]],
        );
        assertEquals(complaints, []);
        assertEquals(origins, [new URL(url).origin]);
        assert(
          colours.every((count) => count > 100) && vivid[0] > 20 && vivid[1] < vivid[0] / 2,
          `${colours} ${vivid}`,
        );
        assertEquals(structures, [...show.labels.values()]);
        assertEquals([ticked, view], [0, "Axial"]);
        assertNotEquals(places[0], places[1]);
      } finally {
        ending.abort();
        await finished;
      }
    }),
});

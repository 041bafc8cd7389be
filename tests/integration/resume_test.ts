/** A real peer that is killed in its own fine-tuning, and one that is finished and started again. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { readSegmentationModel } from "../../src/models/folder.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeConsortium, WatchedPeer, withDirectory } from "./_consortium.ts";

const STEPS = 6;
const SHARED = {
  schedule: { rounds: 1, stepsPerRound: 2, exchanges: 0 },
  // the moving average is tested, and labels unlabelled volumes from the first step on
  fineTune: { steps: STEPS, baseline: true, tested: "average", unlabelled: { ramp: 0, threshold: 0 } },
};

/** What a site came to: the network that it keeps, and the figures of both. */
async function resultsOf(directory: string) {
  const path = join(directory, "results", "site.json");
  const { dice, fineTune, rounds } = siteFromJson(await Deno.readTextFile(path), path);
  const { vectors } = await readSegmentationModel(join(directory, "results", "model"));
  return { vectors, dice, fineTune, losses: rounds.map(({ loss }) => loss) };
}

Deno.test("killed in fine-tuning, a site comes to the bits of one that was not; finished, it says so and does nothing", () =>
  withDirectory(async (directory) => {
    const [[undisturbed], [killed]] = await Promise.all(
      ["one", "two"].map((name) => makeConsortium(join(directory, name), 1, SHARED)),
    );
    const whole = new WatchedPeer(undisturbed);
    assertEquals((await whole.end()).code, 0, await whole.log());
    const first = new WatchedPeer(killed);
    await first.event("progress", ({ phase }) => phase === "scratch");
    first.signal("SIGKILL");
    await first.end();
    const history = join(killed.directory, "state", "history.json");
    // as if it had been killed between the checkpoint of the round and its end
    await Deno.writeTextFile(
      history,
      JSON.stringify({ ...JSON.parse(await Deno.readTextFile(history)), untold: { round: 1 } }),
    );
    const second = new WatchedPeer(killed);
    assertEquals((await second.end()).code, 0, await second.log());
    const tuned = second.events.flatMap((event) =>
      event.type === "progress" && event.phase === "pretrained" ? [event.step] : []
    );
    assertEquals(tuned, [STEPS]); // where it goes on: it was done
    const again = second.events.flatMap((event) => event.type === "round" ? [{ ...event, time: 0 }] : []);
    assertEquals(again, [{ ...await first.event("round"), time: 0, health: null }]);
    assertEquals(second.events.filter(({ type }) => type === "warning"), []);
    const results = await resultsOf(killed.directory);
    assertEquals(results, await resultsOf(undisturbed.directory));
    assert(results.fineTune.scratch.length === STEPS && results.fineTune.scratch.every(Number.isFinite));

    const page = join(killed.directory, "results", "report.html");
    const written = (await Deno.stat(page)).mtime;
    const third = new WatchedPeer(killed);
    assertEquals((await third.end()).code, 0, await third.log());
    const told = third.events.flatMap((event) => event.type === "note" ? [event.message] : []);
    assertMatch(told.join("\n"), /^this run is finished, since .*: its report is .*report\.html, its model is /);
    assertEquals(third.events.filter(({ type }) => type === "started" || type === "kept"), []);
    assertEquals((await Deno.stat(page)).mtime, written);
  }));

/** A whole peer whose engine loses its device, seen from the outside. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { isUserError } from "../../src/core/errors.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import type { PeerEventBody } from "../../src/peer/events.ts";
import { runPeer } from "../../src/peer/peer.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeSite, withDirectory } from "./_site.ts";

const trainerWorker = new URL("./fixtures/_losing_trainer_worker.ts", import.meta.url);

function collect() {
  const events: PeerEventBody[] = [];
  const of = <T extends PeerEventBody["type"]>(type: T) =>
    events.filter((event): event is Extract<PeerEventBody, { type: T }> => event.type === type);
  return { emit: (event: PeerEventBody) => void events.push(event), of };
}

Deno.test("a peer whose device is lost warns once, comes to its end on the next engine, and reports both", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory);
    const { emit, of } = collect();
    const report = await runPeer(configuration, { emit, trainerWorker });
    assertEquals(of("warning").map(({ message }) => message), [
      "the webgpu engine is lost: the graphics device does not answer any more; " +
      "the wasm engine repeats round 2 from the checkpoint of round 1",
    ]);
    assertEquals(of("started")[0].engine.name, "webgpu");
    assertEquals(of("round").map(({ round }) => round), [1, 2, 3]);
    assertEquals(of("finished").length, 1);
    assertEquals([report.engine.name, report.engine.lost?.[0].name], ["wasm", "webgpu"]);
    const path = join(configuration.outputDirectory, "site.json");
    assertEquals(siteFromJson(await Deno.readTextFile(path), path).engine, report.engine);
  }));

Deno.test("a peer that is told to stop when the device is lost ends with one sentence, its checkpoint in place", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { engine: { onLoss: "stop" } });
    const { emit, of } = collect();
    const error = await assertRejects(() => runPeer(configuration, { emit, trainerWorker }), Error, "started again, ");
    assertEquals(isUserError(error), true);
    assertEquals([of("round").length, of("warning").length, of("finished").length], [1, 0, 0]);
    assertEquals((await readLatestCheckpoint(join(configuration.stateDirectory, "checkpoints")))?.state, { round: 1 });
  }));

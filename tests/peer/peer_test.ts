/** A whole peer seen from the outside: what it survives, and what survives it. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { isUserError } from "../../src/core/errors.ts";
import { meanOf } from "../../src/display/statistics.ts";
import { readLatestCheckpoint } from "../../src/model/checkpoint.ts";
import { readModel, readSegmentationModel } from "../../src/models/folder.ts";
import { AuditLog } from "../../src/peer/audit/audit_log.ts";
import type { PeerEventBody } from "../../src/peer/events.ts";
import { runPeer } from "../../src/peer/peer.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import { makeSite, withDirectory } from "./_site.ts";

/** One engine, so that two runs compute the same. */
const engine = { name: "wasm", threads: 1 };
const trainerWorker = new URL("../../scripts/hardships/fixtures/losing_trainer_worker.ts", import.meta.url);

/** Keeps the events, after `react` has seen them. */
function collect(react: (event: PeerEventBody) => void = () => {}) {
  const events: PeerEventBody[] = [];
  const of = <T extends PeerEventBody["type"]>(type: T) =>
    events.filter((event): event is Extract<PeerEventBody, { type: T }> => event.type === type);
  const emit = (event: PeerEventBody) => {
    events.push(event);
    react(event);
  };
  return { emit, of };
}

/** Does something when a round has ended, before the next begins. */
const after = (done: Record<number, () => void>) => (event: PeerEventBody) => {
  if (event.type === "round") done[event.round]?.();
};

/** Puts a file where the folder of checkpoints was, as if nothing could be written there, and back. */
function blockCheckpoints(stateDirectory: string) {
  const [path, aside] = [join(stateDirectory, "checkpoints"), join(stateDirectory, "aside")];
  return {
    block: () => {
      Deno.renameSync(path, aside);
      Deno.writeTextFileSync(path, "");
    },
    unblock: () => {
      Deno.removeSync(path);
      Deno.renameSync(aside, path);
    },
  };
}

/** The latest checkpoint's round, and its vectors by name. */
async function latest(stateDirectory: string, folder = "checkpoints") {
  const { state, vectors } = (await readLatestCheckpoint(join(stateDirectory, folder)))!;
  return { round: (state as { round: number }).round, vectors: new Map(vectors.map(({ name, data }) => [name, data])) };
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
    const { rounds: _, ...read } = siteFromJson(await Deno.readTextFile(path), path);
    const { rounds, ...written } = report;
    assertEquals(read, written);
    const page = join(configuration.outputDirectory, "report.html");
    const text = await Deno.readTextFile(page);
    assertEquals(report.caseNames?.test.length, report.cases.test);
    for (const name of report.caseNames!.test) assert(text.includes(name), name);
    assert(report.dice.length > 0 && report.dice.every(({ hd95 }) => Object.keys(hd95!).length > 0));
    assertEquals([report.dataset?.phantom, report.privacy], [true, null]);
    assert(rounds.every(({ released }) => released! > 0));
    const kept = { model: join(directory, "results", "model"), encoder: join(directory, "results", "encoder") };
    assertEquals(of("kept").map(({ what, path }) => [what, path]), [["encoder", kept.encoder], ["model", kept.model], [
      "report",
      page,
    ]]);
    const { description: { dice, training }, vectors } = await readSegmentationModel(kept.model);
    assertEquals(training.method, "pretrained");
    const pretrained = report.dice.filter(({ method }) => method === "pretrained");
    assertEquals(dice?.cases, pretrained.length);
    const structures = Object.entries(dice!.structures);
    assertEquals(
      structures.map(([name, { mean }]) => [name, mean]),
      structures.map(([name]) => [name, meanOf(pretrained.map(({ perClass }) => perClass[name]))]),
    );
    const encoder = (await readModel(kept.encoder)).vectors;
    const { vectors: checkpoint } = await latest(configuration.stateDirectory);
    const changed = new Map(vectors.map(({ name, data }) => [name, data]));
    assert(encoder.some(({ name }) => name.startsWith("encoder/")));
    for (const { name, data } of encoder) {
      assertEquals(checkpoint.get(`momentum/${name}`), data); // what fine-tuning begins with
      assertNotEquals(changed.get(name), data); // fine-tuned
    }
  }));

Deno.test("a peer that is told to stop when the device is lost ends with one sentence, its checkpoint in place", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { engine: { onLoss: "stop" } });
    const { emit, of } = collect();
    const error = await assertRejects(() => runPeer(configuration, { emit, trainerWorker }), Error, "started again, ");
    assertEquals(isUserError(error), true);
    assertEquals([of("round").length, of("warning").length, of("finished").length], [1, 0, 0]);
    assertEquals((await latest(configuration.stateDirectory)).round, 1);
  }));

Deno.test("a disk that is full for a round costs a warning; the last checkpoint stays, and the next is written again", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { engine });
    const { stateDirectory } = configuration;
    const { block, unblock } = blockCheckpoints(stateDirectory);
    const { emit, of } = collect(after({ 1: block, 2: unblock }));
    await runPeer(configuration, { emit });
    const [warning, ...more] = of("warning").map(({ message }) => message);
    assertMatch(warning, /^writing a checkpoint: .*; until the next round tries again, the checkpoint of round 1 is /);
    assertEquals([more, of("finished").length, (await latest(stateDirectory)).round], [[], 1, 3]);
  }));

Deno.test("a disk that stays full ends the peer with one sentence, the last checkpoint in place", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, {
      engine,
      schedule: { rounds: 9, stepsPerRound: 1, exchanges: 0 },
    });
    const { stateDirectory } = configuration;
    const { emit, of } = collect(after({ 2: blockCheckpoints(stateDirectory).block }));
    const error = await assertRejects(() => runPeer(configuration, { emit }), Error, "writing a checkpoint: ");
    assertEquals(isUserError(error), true);
    assertEquals([of("round").length, of("warning").length, of("finished").length], [4, 2, 0]);
    assertEquals((await latest(stateDirectory, "aside")).round, 2);
  }));

Deno.test("predictions that cannot be written end the peer with one sentence, its pre-training in place", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { engine });
    const { stateDirectory, outputDirectory } = configuration;
    const { emit, of } = collect(after({ 3: () => Deno.writeTextFileSync(join(outputDirectory, "predictions"), "") }));
    const error = await assertRejects(
      () => runPeer(configuration, { emit }),
      Error,
      "goes on from its last checkpoint",
    );
    assert(isUserError(error) && error.message.includes(join(outputDirectory, "predictions")), error.message);
    assertEquals([of("finished").length, (await latest(stateDirectory)).round], [0, 3]);
  }));

Deno.test("a history and a privacy account that cannot be written cost warnings, and nothing leaves unpaid", () =>
  withDirectory(async (directory) => {
    const policy = { noise: { epsilon: 1, delta: 1e-5 }, totalEpsilon: 100 };
    const configuration = await makeSite(directory, { engine, policy });
    const { stateDirectory } = configuration;
    const account = join(stateDirectory, "privacy.json"), history = join(stateDirectory, "history.json");
    const replace = (path: string) => (Deno.removeSync(path), Deno.mkdirSync(path));
    const { emit, of } = collect(after({ 1: () => [account, history].forEach(replace) }));
    const report = await runPeer(configuration, { emit });
    const starts = of("warning").map(({ message }) => message.split(":")[0]);
    const writing = "writing the history for the report"; // after a round is told of
    assertEquals(starts, [writing, ...[2, 3].flatMap(() => ["releasing features", writing])]);
    assertEquals([of("finished").length, report.rounds.length], [1, 3]);
  }));

Deno.test("a site that trains no features to release, and one whose policy lets none go, train all the same", () =>
  withDirectory(async (directory) => {
    const configuration = await makeSite(directory, { engine, policy: { featuresPerRound: 0 } });
    const { emit, of } = collect();
    const pretrain = { ...configuration.pretrain, release: 0 };
    await runPeer({ ...configuration, pretrain, schedule: { ...configuration.schedule, rounds: 1 } }, { emit });
    assertEquals([of("warning"), of("finished").length], [[], 1]);
    const error = await assertRejects(
      () => runPeer(configuration, { emit }),
      Error,
      '"pretrain.release" was 0 and is ',
    );
    assert(isUserError(error) && error.message.includes("--begin-anew"), error.message);
    const key = await Deno.readTextFile(join(configuration.stateDirectory, "identity.key"));
    await runPeer(configuration, { emit, anew: "training" });
    assertEquals(of("warning").map(({ message }) => message), [
      "policy.featuresPerRound lets no more than 0 features leave in a round",
    ]);
    assertEquals(await Deno.readTextFile(join(configuration.stateDirectory, "identity.key")), key);
  }));

Deno.test("with an outer momentum, a peer that was ended between rounds comes to the same end as one that was not", async () => {
  const run = (stops: boolean) => {
    let end: Awaited<ReturnType<typeof latest>> | undefined;
    return withDirectory(async (directory) => {
      const site = await makeSite(directory, { engine });
      const averaging = { ...site.mesh.averaging, outer: { name: "gossip-nesterov" } };
      const configuration = { ...site, mesh: { ...site.mesh, averaging } };
      const controller = new AbortController();
      const stop = () => controller.abort(new DOMException("enough", "AbortError"));
      if (stops) {
        const { emit } = collect(after({ 2: stop }));
        await assertRejects(() => runPeer(configuration, { emit, signal: controller.signal }), DOMException, "enough");
      }
      const { emit, of } = collect();
      await runPeer(configuration, { emit });
      assertEquals(of("started")[0].resumedFrom, stops ? 2 : undefined);
      end = await latest(configuration.stateDirectory);
    }).then(() => end!);
  };
  const [whole, resumed] = [await run(false), await run(true)];
  assert(whole.vectors.get("state/outer/momentum")!.some((value) => value !== 0));
  assertEquals(resumed, whole);
});

Deno.test("a log that was cut is told at the start, is on record from then on, and checkpoints anchor what follows", () =>
  withDirectory(async (directory) => {
    const schedule = { rounds: 1, stepsPerRound: 1, exchanges: 0 };
    const configuration = await makeSite(directory, { engine, schedule, fineTune: { steps: 1 } });
    const { stateDirectory } = configuration;
    const path = join(stateDirectory, "audit.jsonl");
    const log = new AuditLog(path);
    await log.open();
    const record = { time: 0, kind: "weights", peer: "12D3", bytes: 10, digest: "00" } as const;
    for (let round = 1; round <= 5; round++) await log.append({ ...record, round });
    await log.close();
    const lines = (await Deno.readTextFile(path)).split("\n");
    await Deno.writeTextFile(path, [...lines.slice(0, 2), ""].join("\n"));

    const [first, second] = [collect(), collect()];
    await runPeer(configuration, { emit: first.emit });
    const [warning, ...more] = first.of("warning").map(({ message }) => message);
    assertMatch(warning, /the log must hold 5 records, it holds 2: .*audit\.head\.json holds its record 5/);
    assertEquals(more, []);
    assertMatch((await Deno.readTextFile(path)).split("\n")[2], /"kind":"break","fault":".*5 records.*"expected":\[/);
    const checkpoint = await readLatestCheckpoint(join(stateDirectory, "checkpoints"));
    assertEquals((checkpoint!.state as { audit: { records: number } }).audit.records, 3);

    await runPeer(configuration, { emit: second.emit });
    assertEquals(second.of("warning"), []);
  }));

/** A run that was finished by a version that did not say so. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { writeCheckpoint } from "../../../src/model/checkpoint.ts";
import type { PeerConfiguration } from "../../../src/peer/configuration.ts";
import { siteToJson } from "../../../src/peer/report/json.ts";
import type { SiteReport } from "../../../src/peer/report/schema.ts";
import { finishedEarlier } from "../../../src/peer/state/finished_earlier.ts";
import { trainingSettings } from "../../../src/peer/state/settings.ts";
import { facts, site } from "../report/_sample.ts";
import { siteIn, withDirectory } from "../_site.ts";

const split = { labelled: ["a"], test: ["b", "c"] };
const FEDERATED = { mode: "federated", steps: 3, rounds: 2 };

/** Whether the run in `directory` is finished, under settings in which `changes` replace whole parts. */
async function ask(directory: string, changes: Record<string, unknown> = {}, cases = split) {
  const configuration = siteIn(directory, { fineTune: FEDERATED, ...changes });
  const training = settingsOf(configuration);
  return (await finishedEarlier(configuration, { split: cases, training })) !== undefined;
}

const settingsOf = (configuration: PeerConfiguration) =>
  trainingSettings(configuration, { consortium: "test", labels: new Map([[1, "shell"]]) });

const MOMENT = new Date("2026-03-04T05:06:07Z");
const later = (path: string) => Deno.utime(path, new Date(), new Date(MOMENT.getTime() + 60_000));

/** All that a run of three rounds leaves, but that nothing says that it is finished. */
async function lay(directory: string, changes: Partial<SiteReport> = {}): Promise<void> {
  const configuration = siteIn(directory, { fineTune: FEDERATED });
  const { pretraining, fineTuning } = settingsOf(configuration);
  const vectors = [{ name: "w", shape: [1], data: Float32Array.of(1) }];
  const state = join(directory, "state"), results = join(directory, "results");
  for (
    const [folder, of] of [
      ["checkpoints", { round: 3, settings: pretraining }],
      ["fine-tuning/pretrained", { round: 2, after: 3, settings: fineTuning }],
    ] as const
  ) {
    await writeCheckpoint(join(state, folder), { vectors, state: of });
    for await (const { name } of Deno.readDir(join(state, folder))) {
      await Deno.utime(join(state, folder, name), MOMENT, MOMENT);
    }
  }
  const sample = { ...site("site"), ...facts("site") };
  const report: SiteReport = {
    ...sample,
    plannedRounds: 3,
    rounds: [{ ...sample.rounds[0], round: 3 }],
    cases: { training: 2, labelled: 1, probe: 0, test: 2 },
    caseNames: { training: ["a", "d"], probe: [], ...split },
    fineTuningPart: { part: "labels", methods: ["pretrained"], mass: 1, unlabelled: 0 },
    dice: split.test.map((id) => ({ case: id, method: "pretrained", perClass: { shell: 0.5 } })),
    ...changes,
  };
  for (const folder of ["encoder", "model"]) {
    await Deno.mkdir(join(results, folder), { recursive: true });
    await Deno.writeTextFile(join(results, folder, "model.json"), "{}");
  }
  await Deno.writeTextFile(join(results, "report.html"), "");
  await Deno.writeTextFile(join(results, "site.json"), siteToJson(report));
  await later(join(results, "site.json"));
}

Deno.test("a run that left everything is finished since its report was written, and its results are named", () =>
  withDirectory(async (directory) => {
    await lay(directory);
    const configuration = siteIn(directory, { fineTune: FEDERATED });
    const found = await finishedEarlier(configuration, { split, training: settingsOf(configuration) });
    const results = join(directory, "results");
    assertEquals([found!.finishedAt - MOMENT.getTime(), found!.report.name], [60_000, "site"]);
    assertEquals(found!.results, {
      report: join(results, "report.html"),
      model: join(results, "model"),
      encoder: join(results, "encoder"),
    });
  }));

Deno.test("one that is asked for more, or for something else, is not", () =>
  withDirectory(async (directory) => {
    await lay(directory);
    const schedule = { rounds: 9, stepsPerRound: 2, exchanges: 0 };
    assertEquals(await ask(directory, { schedule }), false);
    assertEquals(await ask(directory, { fineTune: { ...FEDERATED, rounds: 3 } }), false);
    assertEquals(await ask(directory, { fineTune: { ...FEDERATED, learningRate: 0.5 } }), false);
    assertEquals(await ask(directory, { fineTune: { ...FEDERATED, baseline: true } }), false);
    assertEquals(await ask(directory, { fineTune: { steps: 3 } }), false); // by itself: no such checkpoint
    assertEquals(await ask(directory, {}, { ...split, labelled: ["a", "d"] }), false);
    assertEquals(await ask(directory, {}, { ...split, test: ["b"] }), false);
    assertEquals(await ask(directory), true);
  }));

Deno.test("one whose report is of another or an unfinished run is not", () =>
  withDirectory(async (directory) => {
    const reports: [string, Partial<SiteReport>][] = [
      ["another plan", { plannedRounds: 4 }],
      ["fewer rounds", { rounds: [] }],
      ["cut", { cut: ["pre-training after round 1 of 3"] }],
      ["other cases", { caseNames: { training: ["a"], labelled: ["a"], probe: [], test: ["b", "d"] } }],
      ["an older version's", { caseNames: undefined }],
      ["not all tested", { dice: [{ case: "b", method: "pretrained", perClass: {} }] }],
    ];
    for (const [i, [what, changes]] of reports.entries()) {
      const folder = join(directory, String(i));
      await lay(folder, changes);
      assertEquals(await ask(folder), false, what);
    }
  }));

Deno.test("one of which anything is missing, or newer than its report, or that says something itself, is not", () =>
  withDirectory(async (directory) => {
    const spoil: [string, (path: (name: string) => string) => Promise<void>][] = [
      ["no report", (path) => Deno.remove(path("results/site.json"))],
      ["no page", (path) => Deno.remove(path("results/report.html"))],
      ["no model", (path) => Deno.remove(path("results/model"), { recursive: true })],
      ["no encoder", (path) => Deno.remove(path("results/encoder"), { recursive: true })],
      ["no checkpoints", (path) => Deno.remove(path("state/checkpoints"), { recursive: true })],
      ["not fine-tuned", (path) => Deno.remove(path("state/fine-tuning"), { recursive: true })],
      [
        "an older report",
        (path) => Deno.utime(path("results/site.json"), new Date(), new Date(MOMENT.getTime() - 1000)),
      ],
      ["a report that nobody can read", (path) => Deno.writeTextFile(path("results/site.json"), "{")],
      ["it is said", (path) => Deno.writeTextFile(path("state/finished.json"), "{}")],
    ];
    for (const [i, [what, how]] of spoil.entries()) {
      const folder = join(directory, String(i));
      await lay(folder);
      assertEquals(await ask(folder), true);
      await how((name) => join(folder, name));
      assertEquals(await ask(folder), false, what);
    }
  }));

/** A run that is finished, started again. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { siteToJson } from "../../../src/peer/report/json.ts";
import { finishedMessage, readFinished, writeFinished } from "../../../src/peer/state/finished.ts";
import { type Settings, trainingSettings } from "../../../src/peer/state/settings.ts";
import { site } from "../report/_sample.ts";
import { siteIn, withDirectory } from "../_site.ts";

const split = { labelled: ["a"], test: ["b", "c"] };

/** A run in `directory` that is finished; asks whether one of other settings or cases is. */
async function finishedIn(directory: string, isCut = false) {
  const folders = { stateDirectory: join(directory, "state"), outputDirectory: join(directory, "results") };
  for (const folder of Object.values(folders)) await Deno.mkdir(folder);
  const settingsOf = (changes: Record<string, unknown> = {}): Settings =>
    trainingSettings(siteIn(directory, changes), { consortium: "test", labels: new Map([[1, "shell"]]) }).fineTuning;
  const results = { report: join(folders.outputDirectory, "report.html"), model: "results/model" };
  await writeFinished(folders.stateDirectory, { settings: settingsOf(), split, seconds: 60, isCut, results });
  const report = site("north");
  await Deno.writeTextFile(join(folders.outputDirectory, "site.json"), siteToJson(report));
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const read = (changes: Record<string, unknown> = {}, cases = split, seconds?: number) =>
    readFinished(folders, { settings: settingsOf(changes), split: cases, seconds }, { warn });
  return { ...folders, read, warnings, report };
}

Deno.test("a finished run says where its results are and how to begin anew, and gives its report", () =>
  withDirectory(async (directory) => {
    const { read, report, warnings } = await finishedIn(directory);
    const finished = (await read())!;
    assertEquals(finished.report, report);
    assert(Math.abs(finished.finishedAt - Date.now()) < 60_000);
    const message = finishedMessage(finished, { isForgotten: false });
    assertMatch(message, /^this run is finished, since 20.*: its report is .*report\.html, its model is results/);
    assertStringIncludes(message, "start it with --begin-anew, or with --fine-tune-anew");
    // without checkpoints there is nothing pre-trained to go on from
    const forgotten = finishedMessage(finished, { isForgotten: true });
    assertStringIncludes(forgotten, "start it with --begin-anew (keys and audit log stay)");
    assertEquals(await read({}, { labelled: ["a"], test: ["c", "b"] }) !== undefined, true);
    assertEquals(warnings, []);
  }));

Deno.test("one that has more to do is not finished: more rounds, a baseline, other cases, a report that is gone", () =>
  withDirectory(async (directory) => {
    const { read, outputDirectory, warnings } = await finishedIn(directory);
    const schedule = { rounds: 9, stepsPerRound: 2, exchanges: 0 };
    assertEquals(await read({ schedule }), undefined);
    assertEquals(await read({ fineTune: { steps: 3, baseline: true } }), undefined);
    assertEquals(await read({ fineTune: { steps: 3, mode: "federated", rounds: 2 } }), undefined);
    assertEquals(await read({ fineTune: { steps: 4 } }), undefined);
    assertEquals(await read({ seed: 7 }), undefined);
    assertEquals(await read({}, { ...split, labelled: ["a", "d"] }), undefined);
    assertEquals(await read({}, { ...split, test: ["b", "d"] }), undefined);
    assertEquals(await read() !== undefined, true);
    await Deno.remove(join(outputDirectory, "site.json"));
    assertEquals([await read(), warnings], [undefined, []]);
  }));

Deno.test("one whose time was over is finished until it is given more", () =>
  withDirectory(async (directory) => {
    const { read } = await finishedIn(directory, true);
    assertEquals(await read({}, split, 60) !== undefined, true);
    assertEquals([await read({}, split, 61), await read()], [undefined, undefined]);
  }));

Deno.test("what says it and cannot be read is taken for nothing, with a warning", () =>
  withDirectory(async (directory) => {
    const { read, stateDirectory, warnings } = await finishedIn(directory);
    await Deno.writeTextFile(join(stateDirectory, "finished.json"), "{");
    assertEquals(await read(), undefined);
    assertMatch(warnings.join(), /finished\.json cannot be read, and the run goes on/);
  }));

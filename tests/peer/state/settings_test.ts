/** Under which settings a checkpoint goes on. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { parseConfiguration } from "../../../src/peer/configuration.ts";
import { checkSettings, differences, trainingSettings } from "../../../src/peer/state/settings.ts";

const MEMBER = "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF";
type Section = Record<string, unknown>;
type Changes = Partial<Record<"data" | "network" | "mesh" | "schedule" | "pretrain" | "fineTune", Section>> & Section;

function settingsOf(changes: Changes = {}, facts: Partial<Parameters<typeof trainingSettings>[1]> = {}) {
  const { data, network, mesh, ...rest } = changes;
  const value = {
    name: "site",
    data: { directory: "data", spacing: [1, 1, 1], ...data },
    network: { patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]], ...network },
    mesh: { consortium: "heart", members: [MEMBER], ...mesh },
    ...rest,
  };
  const labels = new Map([[1, "shell"], [2, "core"]]);
  return trainingSettings(parseConfiguration(value, "site.json", "/"), { consortium: "heart", labels, ...facts });
}

const named = (...given: Parameters<typeof settingsOf>) =>
  differences(settingsOf().pretraining, settingsOf(...given).pretraining).map(({ name }) => name);

Deno.test("a checkpoint goes on whatever the site computes with, lets go, is called or lies", () => {
  const own: Changes = {
    name: "other",
    engine: { name: "cpu", threads: 3, recompute: true },
    data: { directory: "elsewhere", labelled: 7, ahead: 0 },
    policy: { featuresPerRound: 1 },
    schedule: { patience: 3, exchanges: 2 },
    fineTune: { steps: 70, mode: "federated" },
    mesh: { patience: 9, mdns: false, bootstrap: [`/ip4/127.0.0.1/tcp/1/p2p/${MEMBER}`] },
  };
  assertEquals(named(own), []);
});

for (
  const [name, changes, facts] of [
    ["seed", { seed: 7 }],
    ["network.patch", { network: { patch: [8, 8, 8] } }],
    ["network.norm", { network: { norm: "group" } }],
    ["pretrain.temperature", { pretrain: { temperature: 0.5 } }],
    ["data.spacing", { data: { spacing: null } }],
    ["data.crop", { data: { crop: [90, 90, 60] } }],
    ["data.fieldOfView", { data: { fieldOfView: 400 } }],
    ["data.sliceSpacing", { data: { sliceSpacing: 5 } }],
    ["mesh.averaging.topology", { mesh: { averaging: { topology: "ring" } } }],
    ["mesh.consortium", {}, { consortium: "lung" }],
    ["data.channels", {}, { channels: ["T1", "T2"] }],
    ["data.labels.2", {}, { labels: new Map([[1, "shell"], [2, "rim"]]) }],
    ["data.labels.3", {}, { labels: new Map([[1, "shell"], [2, "core"], [3, "rim"]]) }],
    ["schedule.rounds", { schedule: { rounds: 77 } }],
    ["schedule.stepsPerRound", { schedule: { stepsPerRound: 77 } }],
  ] as [string, Changes, Parameters<typeof settingsOf>[1]?][]
) {
  Deno.test(`another ${name} is told by that name alone, there and back`, () => {
    assertEquals(named(changes, facts), [name]);
    const back = differences(settingsOf(changes, facts).pretraining, settingsOf().pretraining);
    assertEquals(back.map(({ name }) => name), [name]);
  });
}

Deno.test("a training whose decay is written down may be made longer", () => {
  const of = (rounds: number) => settingsOf({ schedule: { rounds }, pretrain: { decaySteps: 50 } }).pretraining;
  assertEquals(differences(of(5), of(9)), []);
  // what the schedule gave before may be written down, too
  const before = settingsOf({ schedule: { rounds: 2, stepsPerRound: 3 } }).pretraining;
  const written = { schedule: { rounds: 9, stepsPerRound: 3 }, pretrain: { decaySteps: 6 } };
  assertEquals(differences(before, settingsOf(written).pretraining), []);
});

Deno.test("a charter is told by its founding version; it may take the place of a list of the same consortium", () => {
  const [list, one, other] = [{}, { founding: "1" }, { founding: "2" }].map((facts) =>
    settingsOf({}, facts).pretraining
  );
  assertEquals(differences(one, other), [{ name: "mesh.charter", before: "1", now: "2" }]);
  assertEquals([differences(list, one), differences(one, list)], [[], []]);
});

Deno.test("labels may come to a site that had none", () => {
  assertEquals(differences(settingsOf({}, { labels: new Map() }).pretraining, settingsOf().pretraining), []);
});

Deno.test("a fine-tuning together goes on under its own settings, too", () => {
  const of = (steps: number) => settingsOf({ fineTune: { mode: "federated", rounds: 2, steps } });
  assertEquals(differences(of(4).pretraining, of(6).pretraining), []);
  assertEquals(differences(of(4).fineTuning, of(6).fineTuning), [{ name: "fineTune.steps", before: "4", now: "6" }]);
});

Deno.test("a refusal names the first setting with both values, the others, and the flag", () => {
  const options = { path: "checkpoint-1", anew: "--begin-anew" };
  const before = settingsOf().pretraining;
  checkSettings(before, before, options);
  const now = settingsOf({ seed: 7, data: { crop: [9, 9, 9] }, network: { levels: 2, pool: [[2, 2, 2]] } }).pretraining;
  const { message } = assertThrows(() => checkSettings(before, now, options), UserError);
  assertStringIncludes(
    message,
    'the checkpoint must come from the same settings, but "data.crop" was none and is [9,9,9]',
  );
  assertStringIncludes(message, 'so differ "seed", "network.levels", "network.pool"');
  assertStringIncludes(message, "begin anew with --begin-anew (checkpoint-1)");
  const longer = settingsOf({ schedule: { rounds: 77 } }).pretraining;
  const hint = assertThrows(() => checkSettings(before, longer, options), UserError).message;
  assertStringIncludes(hint, `"schedule.rounds" was ${before["schedule.rounds"]} and is 77`);
  assertStringIncludes(
    hint,
    `set "pretrain.decaySteps" to ${before["pretrain.decaySteps"]}, which goes on as it began`,
  );
});

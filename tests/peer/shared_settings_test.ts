import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { modelDigest, OF_FINE_TUNING, sharedSettings } from "../../src/peer/shared_settings.ts";
import { fromFileUrl } from "@std/path";
import { parseConfiguration, readConfiguration } from "../../src/peer/configuration.ts";

const FACTS = { layoutDigest: "digest", labels: { 1: "shell", 2: "core" }, cases: { training: 1, labelled: 1 } };
type Changes = Record<string, Record<string, unknown> | undefined>;

function configurationOf({ data, network, mesh, ...changes }: Changes = {}) {
  const configuration = {
    name: "site",
    data: { directory: "data", spacing: null, ...data },
    network: { patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]], ...network },
    ...changes,
    mesh: { consortium: "test", members: ["12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF"], ...mesh },
  };
  return parseConfiguration(configuration, "site.json", "/");
}

const settingsOf = (changes: Changes = {}) => sharedSettings(configurationOf(changes), FACTS);

Deno.test("peers need not agree on what they compute with, nor for how long, nor on what they let go", () => {
  const own = {
    engine: { name: "cpu", threads: 3, onLoss: "stop", recompute: true },
    data: { ahead: 0, directory: "elsewhere" },
    schedule: { patience: 9, exchanges: 1 },
    fineTune: { steps: 7, learningRate: 0.1 },
    policy: { featuresPerRound: 1, noise: { epsilon: 1, delta: 1e-6 }, totalEpsilon: 10 },
  };
  assertEquals(settingsOf(own), settingsOf());
});

for (
  const [name, changes] of [
    ["network.baseFilters", { network: { baseFilters: 16 } }],
    ["pretrain.temperature", { pretrain: { temperature: 0.5 } }],
    ["mesh.averaging.outer.name", { mesh: { averaging: { outer: { name: "gossip-nesterov" } } } }],
    ["data.spacing", { data: { spacing: [1, 1, 1] } }],
    ["data.crop", { data: { crop: [90, 90, 60] } }],
    ["mesh.averaging.topology", { mesh: { averaging: { topology: "ring" } } }],
    ["mesh.averaging.degree", { mesh: { averaging: { degree: 2 } } }],
    ["mesh.averaging.compression", { mesh: { averaging: { compression: "int8" } } }],
    ["mesh.averaging.rule", { mesh: { averaging: { rule: "balance" } } }],
  ] as const
) {
  Deno.test(`peers must agree on ${name}`, () => {
    assertNotEquals(settingsOf(changes)[name], settingsOf()[name]);
  });
}

Deno.test("peers must agree on how they fine-tune; if they do it together, on its settings, the rounds before and the labels", () => {
  const local = settingsOf(), federated = settingsOf({ fineTune: { mode: "federated", steps: 20 } });
  assertEquals([local["fineTune.mode"], federated["fineTune.mode"]], ["local", "federated"]);
  const more = Object.keys(federated).filter((name) => !(name in local));
  for (const name of ["fineTune.rounds", "fineTune.steps", "fineTune.learningRate", "schedule.rounds"]) {
    assert(more.includes(name), `${more}`);
  }
  assertEquals(federated["data.labels.2"], "core");
  assertEquals(Object.keys(local).filter((name) => /^(fineTune|schedule|data.labels)/.test(name)), ["fineTune.mode"]);
});

Deno.test("two sites of another recipe are told which setting of it differs", () => {
  const recipes = { deepSupervision: true, pull: 10, decoderFirst: 0.1, schedule: "cosine", testMirroring: ["x"] };
  const plain = settingsOf({ fineTune: { mode: "federated" } });
  for (const [name, value] of Object.entries(recipes)) {
    const other = settingsOf({ fineTune: { mode: "federated", [name]: value } });
    const differ = Object.keys({ ...plain, ...other }).filter((key) => plain[key] !== other[key]);
    assertEquals(differ, [`fineTune.${name}`]);
  }
});

Deno.test("a site without labelled cases says nothing of labels, and the others do not ask it to", () => {
  const federated = configurationOf({ fineTune: { mode: "federated", steps: 20, unlabelled: null } });
  const [own, other] = [{ cases: { training: 1, labelled: 0 }, labels: { 1: "lesion" } }, {}].map((facts) =>
    sharedSettings(federated, { ...FACTS, ...facts })
  );
  const only = Object.keys(other).filter((name) => !(name in own));
  assertEquals(only, ["data.labels.1", "data.labels.2"]);
  assert(only.every((name) => OF_FINE_TUNING.some((group) => name.startsWith(`${group}.`))));
});

Deno.test("peers must agree on their images' channels, and of one nothing is said, as before there could be several", () => {
  const layoutOf = (channels?: string[]) => sharedSettings(configurationOf({}), { ...FACTS, channels }).layout;
  assertEquals(layoutOf(), FACTS.layoutDigest);
  assertEquals(layoutOf(["T1", "T2"]), "digest of images with the channels T1, T2");
});

Deno.test("a charter's digest covers federated fine-tuning, and nothing of a local one", async () => {
  const digest = (changes: Changes) => modelDigest(configurationOf(changes));
  assertEquals(await digest({ fineTune: { steps: 20 } }), await digest({}));
  const federated = await digest({ fineTune: { mode: "federated", steps: 20 } });
  assertNotEquals(federated, await digest({}));
  assertNotEquals(federated, await digest({ fineTune: { mode: "federated", steps: 30 } }));
});

Deno.test("the example's digest is that of before: a charter made with it still binds", async () => {
  const example = await readConfiguration(fromFileUrl(new URL("../../peers/example.json", import.meta.url)));
  assertEquals(await modelDigest(example), "bc160843f237c6eebc08902a4d678099d506c75f9bc9ea5147938acf80a825ad");
});

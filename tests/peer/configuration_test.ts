import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { parseConfiguration, readConfiguration } from "../../src/peer/configuration.ts";

const EXAMPLE = fromFileUrl(new URL("../../peers/example.json", import.meta.url));

/** The least that a site must say. */
function least() {
  return {
    name: "site",
    data: { directory: "data", spacing: null },
    network: { patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] },
    mesh: { consortium: "test", members: ["12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF"] },
  };
}

/** With this peer, three: for two, random partners are all partners. */
const THREE = [
  "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF",
  "12D3KooWRYDHRSqa6XxxaLzDcRD95oW5hfgJjiFDqGPeorGnmB7c",
];
const NOISE = { epsilon: 1, delta: 1e-5 };
const averaging = (chosen: object) => ({ ...least(), mesh: { ...least().mesh, averaging: chosen } });

const parse = (value: unknown) => parseConfiguration(value, "site.json", "/etc/site");

Deno.test("the example configuration is a good one", async () => {
  const { name, fineTune } = await readConfiguration(EXAMPLE);
  assertEquals([name, fineTune.steps], ["hospital-a", 400]);
});

Deno.test("a file may say where its schema lies, which is no setting", () => {
  assertEquals(parse({ $schema: "./configuration.schema.json", ...least() }), parse(least()));
});

Deno.test("defaults are filled in, paths are taken from the file's folder, the result is frozen", () => {
  const configuration = parse(least());
  assertEquals(configuration.stateDirectory, "/etc/site/state");
  assertEquals(configuration.data.directory, "/etc/site/data");
  assertEquals(configuration.engine, {
    ...{ name: "auto", adapter: "hardware", activations: "float32", onLoss: "fallback", recompute: false },
  });
  assertEquals([configuration.data.ahead, configuration.schedule.patience], [2, 5]);
  assertEquals([configuration.fineTune.mode, configuration.fineTune.rounds], ["local", 10]);
  assertEquals(configuration.mesh.mdns, true);
  assertEquals(configuration.mesh.averaging.outer, { name: "plain" });
  assertEquals(configuration.policy, { featuresPerRound: 2048, noise: null, totalEpsilon: null });
  const { topology, degree, compression, rule } = configuration.mesh.averaging;
  assertEquals([topology, degree, compression, rule], ["epidemic", 1, "none", "mean"]);
  assert(Object.isFrozen(configuration) && Object.isFrozen(configuration.network.pool));
});

Deno.test("an outer optimiser's own rates are filled in, so that a site that writes them agrees with one that does not", () => {
  const { outer } = parse(averaging({ outer: { name: "gossip-nesterov", momentum: 0.9 } })).mesh.averaging;
  assertEquals(outer, { name: "gossip-nesterov", learningRate: 0.7, momentum: 0.9 });
});

Deno.test("sites that fine-tune together average their networks every ten steps, sixty times at most, unless told otherwise", () => {
  const rounds = (fineTune: object) => parse({ ...least(), fineTune }).fineTune.rounds;
  const together = (steps: number) => rounds({ mode: "federated", steps });
  assertEquals([1, 10, 11, 220, 600, 5000].map(together), [1, 1, 2, 22, 60, 60]);
  assertEquals([rounds({ mode: "federated", rounds: 7 }), rounds({ steps: 220 })], [7, 10]);
});

Deno.test("a baseline that is off is as one that is not set: nothing that sites compare tells them apart", () => {
  const tuned = (fineTune: object) => parse({ ...least(), fineTune }).fineTune;
  assertEquals(tuned({ baseline: false }), tuned({}));
  assertEquals([tuned({}).baseline, tuned({ baseline: true }).baseline], [undefined, true]);
});

Deno.test("a crop is for the site's data, and none is asked for", () => {
  assertEquals(parse(least()).data.crop, undefined);
  assertEquals(parse({ ...least(), data: { ...least().data, crop: [90, 90, 60] } }).data.crop, [90, 90, 60]);
});

Deno.test("pre-training has the network's patch, and its rate falls over the whole schedule", () => {
  const { pretrain } = parse({ ...least(), schedule: { rounds: 4, stepsPerRound: 5 } });
  assertEquals([pretrain.patch, pretrain.decaySteps], [[16, 16, 16], 20]);
});

for (
  const [mistake, value, ...parts] of [
    ["no name", { ...least(), name: undefined }, 'field "name"', "missing"],
    ["a name with a slash", { ...least(), name: "a/b" }, 'field "name": a/b', "1 to 64 letters"],
    ["an unknown field", { ...least(), colour: "red" }, 'field "colour"', "not known"],
    ["an unknown engine", { ...least(), engine: { name: "abacus" } }, 'field "engine.name": abacus', '"wasm"'],
    ["an unknown answer to a loss", { ...least(), engine: { onLoss: "cry" } }, 'field "engine.onLoss": cry', '"stop"'],
    ["no patience", { ...least(), schedule: { patience: 0 } }, 'field "schedule.patience": 0', "1 to 10000"],
    ["no data folder", { ...least(), data: { spacing: null } }, 'field "data.directory"', "missing"],
    ["half a spacing", { ...least(), data: { directory: "d", spacing: [1, 1] } }, 'field "data.spacing', ""],
    [
      "half a crop",
      { ...least(), data: { ...least().data, crop: [90, 90] } },
      'field "data.crop',
      "missing",
    ],
    [
      "a crop of nothing",
      { ...least(), data: { ...least().data, crop: [90, 90, 0] } },
      'field "data.crop.2": 0',
      "from 1 to 5000",
    ],
    ["nobody else", { ...least(), mesh: { consortium: "c", members: [] } }, 'field "mesh.members"', "at least one"],
    ["a member that is no peer id", { ...least(), mesh: { consortium: "c", members: ["bob"] } }, "mesh.members", "bob"],
    ["an unknown topology", averaging({ topology: "star" }), 'field "mesh.averaging.topology": star', '"epidemic"'],
    ["a degree of 0", averaging({ degree: 0 }), 'field "mesh.averaging.degree": 0', "1 to 64"],
    [
      "averaging that contradicts itself",
      averaging({ rule: "trimmed-mean" }),
      'field "mesh.averaging"',
      "combining epidemic with trimmed-mean",
      "at least 3 neighbours",
    ],
    [
      "pushes that leave most out",
      averaging({ topology: "one-peer-exponential", compression: "top-k" }),
      "combining one-peer-exponential with top-k",
    ],
    ["a fractional round", { ...least(), schedule: { rounds: 1.5 } }, 'field "schedule.rounds": 1.5', "integer"],
    [
      "a rate that is none",
      { ...least(), fineTune: { learningRate: -1 } },
      'field "fineTune.learningRate": -1',
      "1e-8",
    ],
    [
      "an unknown way to fine-tune",
      { ...least(), fineTune: { mode: "central" } },
      'field "fineTune.mode": central',
      '"local"',
    ],
    [
      "fewer steps of fine-tuning than rounds",
      { ...least(), fineTune: { mode: "federated", steps: 9, rounds: 10 } },
      '"fineTune" must have at least as many steps as rounds',
      "9 steps for 10 rounds",
    ],
    [
      "an outer optimiser that random partners contradict",
      { ...least(), mesh: { consortium: "c", members: THREE, averaging: { outer: { name: "nesterov" } } } },
      'field "mesh.averaging"',
      "combining epidemic with nesterov",
    ],
    [
      "an unknown outer optimiser",
      averaging({ outer: { name: "adam" } }),
      'field "mesh.averaging.outer.name": adam',
      '"gossip-nesterov"',
    ],
    [
      "a rate for plain averaging",
      averaging({ outer: { learningRate: 0.5 } }),
      'field "mesh.averaging.outer"',
      "which has none",
    ],
    ["noise without a budget", { ...least(), policy: { noise: NOISE } }, "policy.totalEpsilon", "how much"],
    [
      "a claim for single volumes",
      { ...least(), policy: { weights: { clip: 1, epsilon: 1, delta: 1e-5, totalEpsilon: 9, protects: "volume" } } },
      "policy.weights.protects",
      "nothing holds for a single volume",
    ],
    [
      "a budget of less than one update",
      { ...least(), policy: { weights: { clip: 1, epsilon: 10, delta: 1e-5, totalEpsilon: 9 } } },
      'field "policy.weights.totalEpsilon": 9',
      "at least one update of epsilon 10",
    ],
    ["a budget without noise", { ...least(), policy: { totalEpsilon: 3 } }, "policy.totalEpsilon", "without noise"],
    [
      "a budget for no release",
      { ...least(), policy: { noise: NOISE, totalEpsilon: 0.5 } },
      'field "policy.totalEpsilon": 0.5',
      "at least one release of epsilon 1",
    ],
    ["too many features", { ...least(), policy: { featuresPerRound: 1e6 } }, "policy.featuresPerRound", "65536"],
    ["a pre-training setting", { ...least(), pretrain: { temperature: 0 } }, "temperature", "0.01 to 10"],
    [
      "a patch that the network cannot reduce",
      { ...least(), network: { patch: [16, 18, 16], pool: [[2, 2, 2], [2, 2, 2]] } },
      'field "network.patch"',
      "[16, 18, 16]",
    ],
    [
      "a patch of pre-training that it cannot reduce",
      { ...least(), pretrain: { patch: [6, 8, 8] } },
      'in "pretrain", field "patch"',
      "[6, 8, 8]",
    ],
    ["too few reductions", { ...least(), network: { patch: [8, 8, 8], pool: [[2, 2, 2]] } }, "pool", "1 for 3 levels"],
  ] as const
) {
  Deno.test(`a configuration with ${mistake} is refused by the field's name`, () => {
    const { message } = assertThrows(() => parse(value), UserError);
    for (const part of ["site.json", ...parts]) assert(message.includes(part), `"${message}" does not say "${part}"`);
  });
}

Deno.test("a file is read that begins with a byte order mark, as Windows' editors write it", async () => {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "site.json");
  await Deno.writeTextFile(path, `\uFEFF${JSON.stringify(least())}`);
  assertEquals((await readConfiguration(path)).name, "site");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a file that is not there or no JSON is named", async () => {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "site.json");
  await assertRejects(() => readConfiguration(path), UserError, path);
  await Deno.writeTextFile(path, "{ name: site }");
  await assertRejects(() => readConfiguration(path), UserError, "it must be JSON");
  await Deno.remove(directory, { recursive: true });
});

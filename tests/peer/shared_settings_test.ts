import { assertEquals, assertNotEquals } from "@std/assert";
import { sharedSettings } from "../../src/peer/_shared_settings.ts";
import { parseConfiguration } from "../../src/peer/configuration.ts";

type Changes = Record<string, Record<string, unknown> | undefined>;

function settingsOf({ data, network, mesh, ...changes }: Changes = {}) {
  const configuration = {
    name: "site",
    data: { directory: "data", spacing: null, ...data },
    network: { patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]], ...network },
    ...changes,
    mesh: { consortium: "test", members: ["12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF"], ...mesh },
  };
  return sharedSettings(parseConfiguration(configuration, "site.json", "/"), "digest");
}

Deno.test("peers need not agree on what they compute with, nor for how long, nor on what they let go", () => {
  const own = {
    engine: { name: "cpu", threads: 3, onLoss: "stop", recompute: true },
    data: { ahead: 0, directory: "elsewhere" },
    schedule: { patience: 9, exchanges: 1 },
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

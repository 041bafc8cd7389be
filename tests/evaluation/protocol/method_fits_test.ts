import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { UserError } from "../../../src/core/errors.ts";
import { pretrainConfigOf, requireMethodFits } from "../../../src/evaluation/protocol/method_fits.ts";
import { methodNamed, parseProtocol } from "../../../src/evaluation/protocol/protocol.ts";

const method = (variant: object) =>
  methodNamed("own", parseProtocol({ methods: { own: variant } }, "p.json"), "p.json");
const fits = (variant: object, sites = 4) =>
  requireMethodFits(method(variant), { sites, patch: [8, 8, 8], where: "p.json" });

Deno.test("pre-training has the network's patch, and its rate falls over the whole schedule", () => {
  const schedule = { rounds: 3, stepsPerRound: 7 };
  const config = pretrainConfigOf(method({ objective: "moco", schedule, pretrain: { volumes: 2 } }), [8, 8, 8]);
  assertEquals([config.objective, config.patch, config.decaySteps, config.volumes], ["moco", [8, 8, 8], 21, 2]);
});

Deno.test("what fits passes, and pre-training is looked at only where there is one", () => {
  fits({ objective: "fcl", leaves: { site: 4, round: 1 } });
  fits({ objective: "fcl", averaging: { rule: "trimmed-mean", topology: "complete" } });
  fits({ pretrain: { temperature: -1 } });
  fits({ objective: "fcl", pretrain: { temperature: -1 }, from: { evaluation: "out", method: "fcl" } });
});

for (
  const [mistake, variant, ...parts] of [
    ["a bad temperature", { objective: "fcl", pretrain: { temperature: -1 } }, 'in "pretrain"', "temperature", "-1"],
    ["links that go one way", { averaging: { topology: "one-peer-exponential" } }, "must be two-way"],
    ["a rule that needs more sites", { averaging: { rule: "trimmed-mean" } }, "epidemic with trimmed-mean"],
    ["a fifth site of four that leaves", { leaves: { site: 5, round: 1 } }, 'field "methods.own.leaves.site": 5'],
  ] as const
) {
  Deno.test(`a method with ${mistake} is refused before anything is run`, () => {
    const { message } = assertThrows(() => fits(variant), UserError);
    for (const part of ["p.json", ...parts]) assert(message.includes(part), `"${message}" does not say "${part}"`);
  });
}

const PROTOCOLS = fromFileUrl(new URL("../../../scripts/evaluate/protocols", import.meta.url));
for (const { name } of Deno.readDirSync(PROTOCOLS)) {
  Deno.test(`the default methods and those of ${name} fit ten sites`, async () => {
    const protocol = parseProtocol(JSON.parse(await Deno.readTextFile(join(PROTOCOLS, name))), name);
    for (const one of ["scratch", "local", "fcl", ...Object.keys(protocol.methods)]) {
      requireMethodFits(methodNamed(one, protocol, name), { sites: 10, patch: [8, 48, 48], where: name });
    }
  });
}

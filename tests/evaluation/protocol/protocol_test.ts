import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { methodNamed, methodNames, parseProtocol } from "../../../src/evaluation/protocol/protocol.ts";

const parse = (value: unknown) => parseProtocol(value, "p.json");
const method = (name: string, value: unknown = {}) => methodNamed(name, parse(value), "p.json");

Deno.test("an empty protocol is the defaults, frozen", () => {
  const { data, split, network, schedule, fineTune, averaging, pretrain, methods } = parse({});
  assertEquals(data, { voxels: 50_000 });
  assertEquals(split, { seed: 1, folds: 4, probe: 2, held: 0, tested: 4 });
  assertEquals(network, { baseFilters: 8, levels: 3, norm: "instance", patchVoxels: 28_800 });
  assertEquals(schedule, { rounds: 20, stepsPerRound: 30, exchanges: 2 });
  assertEquals([fineTune.steps, fineTune.encoderRate, fineTune.rounds], [200, 0.1, 10]);
  assertEquals(averaging, { topology: "epidemic", degree: 1, compression: "none", rule: "mean" });
  assertEquals([pretrain, methods], [{}, {}]);
  assert(Object.isFrozen(data) && Object.isFrozen(parse({ data: { crop: [90, 90, 60] } }).data.crop));
});

Deno.test("a protocol may say where its schema lies, which is no setting", () => {
  assertEquals(parse({ $schema: "./protocol.schema.json" }), parse({}));
});

Deno.test("what of the recipe is not set stands nowhere, so that an evaluation of before goes on", () => {
  const set = (fineTune: object) => Object.keys(JSON.parse(JSON.stringify(parse({ fineTune }).fineTune)));
  const recipe = ["schedule", "rateWarmUp", "decoderFirst", "testMirroring", "pull", "levelDecay"];
  recipe.push("decoderRate", "deepSupervision");
  assertEquals(set({}).filter((name) => recipe.includes(name)), []);
  assert(set({ schedule: "cosine" }).includes("schedule"));
});

Deno.test("a method is scratch, an objective, or one of the protocol's own", () => {
  assertEquals(method("scratch").objective, null);
  assertEquals([method("fcl").objective, method("fcl").mixing, method("fcl").schedule.exchanges], ["fcl", "gossip", 2]);
  const own = { methods: { "more-rounds": { objective: "fcl", schedule: { rounds: 60 } } } };
  assertEquals([method("more-rounds", own).name, method("more-rounds", own).objective], ["more-rounds", "fcl"]);
  const names = methodNames(parse({ methods: { "more-rounds": {}, "fcl": {} } }));
  assertEquals([names[0], names.at(-1), names.filter((name) => name === "fcl").length], ["scratch", "more-rounds", 1]);
});

Deno.test("patches are changed by a set that there is, and mirrored along axes or as labels allow", () => {
  const { fineTune: plain } = parse({});
  assertEquals([plain.augmentation, plain.mirror], ["auto", undefined]); // no mirroring without being asked for
  const { fineTune } = parse({ fineTune: { augmentation: "nnunet", mirror: ["y", "x"] } });
  assertEquals([fineTune.augmentation, fineTune.mirror], ["nnunet", ["y", "x"]]);
  assertEquals(parse({ fineTune: { mirror: "auto" } }).fineTune.mirror, "auto");
  assertThrows(() => parse({ fineTune: { augmentation: "fog" } }), UserError, 'must be one of "auto", "default"');
  assertThrows(() => parse({ fineTune: { mirror: "all" } }), UserError, 'must be "auto" or a list of "z", "y" and "x"');
  assertThrows(() => parse({ fineTune: { mirror: ["left"] } }), UserError, 'must be "auto" or a list');
});

Deno.test("what a method says goes before what the protocol says, field by field", () => {
  const { schedule, pretrain, fineTune, averaging, mixing, policy } = method("slow", {
    schedule: { rounds: 7, stepsPerRound: 5 },
    pretrain: { temperature: 0.2, volumes: 3 },
    fineTune: { steps: 50 },
    averaging: { compression: "int8" },
    methods: {
      slow: {
        objective: "moco",
        mixing: "central",
        schedule: { stepsPerRound: 6 },
        pretrain: { temperature: 0.3 },
        fineTune: { encoderRate: 1 },
        averaging: { degree: 2 },
        policy: { featuresPerRound: 10 },
      },
    },
  });
  assertEquals(schedule, { rounds: 7, stepsPerRound: 6, exchanges: 2 });
  assertEquals(pretrain, { temperature: 0.3, volumes: 3 });
  assertEquals([fineTune.steps, fineTune.encoderRate], [50, 1]);
  assertEquals([averaging.compression, averaging.degree, mixing], ["int8", 2, "central"]);
  assertEquals(policy, { featuresPerRound: 10, noise: null, totalEpsilon: null });
});

Deno.test("an objective's own name may be varied", () => {
  assertEquals(method("fcl", { methods: { fcl: { schedule: { rounds: 3 } } } }).objective, "fcl");
  assertEquals(method("fcl", { methods: { fcl: { schedule: { rounds: 3 } } } }).schedule.rounds, 3);
});

Deno.test("sites that train alone exchange nothing, unless they are told to", () => {
  assertEquals(method("local").schedule.exchanges, 0);
  assertEquals(method("alone", { methods: { alone: { objective: "local" } } }).schedule.exchanges, 0);
  assertEquals(method("local", { methods: { local: { schedule: { exchanges: 1 } } } }).schedule.exchanges, 1);
});

Deno.test("a method that is like another shares its pre-training and differs in fine-tuning", () => {
  const methods = {
    base: { objective: "moco", schedule: { rounds: 3 }, fineTune: { steps: 9, batch: 3 } },
    slower: { like: "base", fineTune: { steps: 8 } },
    bare: { like: "scratch", fineTune: { learningRate: 0.1 } },
  };
  const [base, slower] = [method("base", { methods }), method("slower", { methods })];
  assertEquals(slower, { ...base, name: "slower", fineTune: { ...base.fineTune, steps: 8 } });
  assertEquals([base.pretrainedAs, slower.pretrainedAs], ["base", "base"]);
  assertEquals([method("bare", { methods }).pretrainedAs, method("fcl").pretrainedAs], [null, "fcl"]);
});

Deno.test("noise is taken with a budget that it can be paid from", () => {
  const noise = { epsilon: 1, delta: 1e-5 };
  const { policy } = method("noisy", { methods: { noisy: { objective: "fcl", policy: { noise, totalEpsilon: 5 } } } });
  assertEquals([policy.noise, policy.totalEpsilon], [noise, 5]);
});

for (
  const [mistake, name, value, ...parts] of [
    ["no object", "fcl", 7, "must be an object"],
    ["an unknown field", "fcl", { colour: "red" }, 'field "colour"', "not known"],
    ["an unknown field of a field", "fcl", { fineTune: { speed: 1 } }, 'field "fineTune.speed"', "not known"],
    ["half a round", "fcl", { schedule: { rounds: 1.5 } }, 'field "schedule.rounds": 1.5', "integer from 1"],
    ["a crop of two", "fcl", { data: { crop: [1, 1] } }, 'field "data.crop', "p.json"],
    ["a method's name that is none", "fcl", { methods: { "a/b": {} } }, "a/b"],
    ["an unknown method", "fc", {}, "must be one of scratch, fcl", "fc"],
    ["an unknown objective", "a", { methods: { a: { objective: "b" } } }, 'field "methods.a.objective": b'],
    [
      "a bad number of a method's",
      "a",
      { methods: { a: { fineTune: { steps: 0 } } } },
      'field "methods.a.fineTune.steps": 0',
    ],
    [
      "a method's unknown field",
      "a",
      { methods: { a: { schedule: { epochs: 1 } } } },
      'field "methods.a.schedule.epochs"',
      "not known",
    ],
    ["a bad degree", "a", { methods: { a: { averaging: { degree: 0 } } } }, 'field "methods.a.averaging.degree": 0'],
    [
      "noise without a budget",
      "a",
      { methods: { a: { policy: { noise: { epsilon: 1, delta: 1e-5 } } } } },
      'p.json, method a, field "policy.totalEpsilon"',
    ],
    ["a budget without noise", "a", { methods: { a: { policy: { totalEpsilon: 5 } } } }, "nothing to account for"],
    ["an unknown topology", "fcl", { averaging: { topology: "star" } }, 'field "averaging.topology": star', '"ring"'],
    [
      "an unknown rule of a method's",
      "a",
      { methods: { a: { averaging: { rule: "b" } } } },
      '"methods.a.averaging.rule"',
    ],
    ["a method like itself", "a", { methods: { a: { like: "a" } } }, 'field "methods.a.like": a', "like no other"],
    ["a method like none", "a", { methods: { a: { like: "b" } } }, "must be one of scratch, fcl", "b"],
    [
      "a method that is like another but for its pre-training",
      "a",
      { methods: { a: { like: "fcl", pretrain: { volumes: 3 } } } },
      'field "methods.a.pretrain": {"volumes":3}',
      "fineTune only",
    ],
    [
      "a bad number of a method that is like another",
      "a",
      { methods: { a: { like: "fcl", fineTune: { steps: 0 } } } },
      'field "methods.a.fineTune.steps": 0',
    ],
    ["no place to leave from", "a", { methods: { a: { leaves: { round: 1 } } } }, 'field "methods.a.leaves.site"'],
  ] as const
) {
  Deno.test(`a protocol with ${mistake} is refused by the field's name`, () => {
    const { message } = assertThrows(() => method(name, value), UserError);
    for (const part of ["p.json", ...parts]) assert(message.includes(part), `"${message}" does not say "${part}"`);
  });
}

Deno.test("what a kept pre-training's digest covers is written in the order of before, so that it is found again", () => {
  const { schedule, averaging, policy } = method("fcl", { averaging: { rule: "mean", topology: "ring" } });
  assertEquals(
    JSON.stringify({ schedule, averaging, policy }),
    '{"schedule":{"rounds":20,"stepsPerRound":30,"exchanges":2},' +
      '"averaging":{"topology":"ring","degree":1,"compression":"none","rule":"mean"},' +
      '"policy":{"featuresPerRound":2048,"noise":null,"totalEpsilon":null}}',
  );
});

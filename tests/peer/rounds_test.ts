/** The rounds of a training: what is written of them. */
import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { trainTogether } from "../../src/peer/_rounds.ts";
import type { Run, Training } from "../../src/peer/_run.ts";
import { UpdatePolicy } from "../../src/peer/policy/update_policy.ts";

/** A training of three rounds by a site alone, and what its history says whenever it is written or a round is adopted. */
function alone(hasTime?: () => boolean) {
  const told: string[] = [];
  const run = {
    ...{ configuration: { schedule: { exchanges: 0 } }, total: 3, rounds: [], fineTuneRounds: [], cut: [] as string[] },
    audit: { anchor: () => Promise.resolve(undefined) },
    updates: new UpdatePolicy(null, "unused"),
    mesh: {
      heads: () => new Map(),
      members: () => [],
      announceHead: () => Promise.resolve(),
      consensus: () => NaN,
      averaging: { sitOut: () => {}, serveOptimiser: () => {} },
    },
    emit: ({ type }: { type: string }) => told.push(type),
    saveHistory: (untold?: { round: number }) => {
      const lines = run.rounds.map(({ round, health }) => `${round}${health ? "*" : ""}`);
      told.push(`history ${lines}${untold ? `, ${untold.round} untold` : ""}`);
      return Promise.resolve();
    },
  } as unknown as Run;
  const training = {
    ...{ before: 0, rounds: 3, done: 0, layoutDigest: "net", values: 1, ...(hasTime && { hasTime }) },
    weights: { contribute: () => {}, finish: () => ({ vector: new Float32Array(1) }) },
    train: () => Promise.resolve({ vector: new Float32Array(1), loss: 1, skipped: 0, remarks: [] }),
    adopt: (round: number) => {
      told.push(`adopted ${round}`);
      return Promise.resolve({ health: { collapsed: false }, warnings: [] });
    },
  } as unknown as Training;
  return { run, training, told };
}

Deno.test("the history names a round before its checkpoint is written, so that a kill between the two leaves no gap", async () => {
  const { run, training, told } = alone();
  assertEquals(await trainTogether(run, training), true);
  assertEquals(told.slice(0, 8), [
    ...["history 1, 1 untold", "adopted 1", "round", "history 1*"],
    ...["history 1*,2, 2 untold", "adopted 2", "round", "history 1*,2*"],
  ]);
  assertEquals(run.rounds.length, 3);
});

Deno.test("a training whose time is over ends between two rounds, and says so", async () => {
  const { run, training, told } = alone(() => false);
  assertEquals(await trainTogether(run, training), true);
  assertEquals([run.rounds.length, run.cut, told.at(-1)], [1, ["pre-training after round 1 of 3"], "note"]);
});

Deno.test("a site that is far from the others goes on from a member's weights in the round that it is in, and says so", async () => {
  const { run, training, told } = alone();
  const replaced: unknown[] = [], warnings: string[] = [], contributed: number[] = [];
  const states = [undefined, { vector: Float32Array.of(7), mass: 1, round: 9 }];
  Object.assign(run.mesh, { comeBack: () => Promise.resolve(states.shift()) });
  Object.assign(run, {
    emit: (event: { type: string; message: string }) => event.type === "warning" && warnings.push(event.message),
  });
  Object.assign(training, {
    done: 1,
    weights: {
      ...training.weights,
      contribute: (_: unknown, round: number) => void contributed.push(round),
      replace: (vector: Float32Array, round: number) => void replaced.push([...vector, round]),
    },
  });
  assertEquals(await trainTogether(run, training), true);
  assertEquals([contributed, replaced], [[2], [[7, 3]]]);
  assertEquals(warnings, ["this site's weights were far from those that the others agree on: goes on from theirs"]);
  assertEquals(told.filter((one) => one.startsWith("adopted")), ["adopted 2", "adopted 3"]);
});

Deno.test("a site that goes on from others' weights is in no secure sum before it has trained: of two others it would show each the other's", async () => {
  const steps: Record<string, number[]> = { sums: [], exchanges: [] }, sittings: Record<string, number> = {};
  for (const [kind, sumsOnly] of [["sums", true], ["exchanges", false]] as const) {
    const { run, training } = alone();
    const states = [undefined, { vector: Float32Array.of(7), mass: 1, round: 9 }];
    Object.assign(run.configuration.schedule, { exchanges: 1 });
    Object.assign(run.mesh, { comeBack: () => Promise.resolve(states.shift()) });
    Object.assign(run.mesh.averaging, {
      sumsOnly,
      sitOut: () => void (sittings[kind] = (sittings[kind] ?? 0) + 1),
      step: ({ step }: { step: number }) => {
        steps[kind].push(step);
        return Promise.resolve({ partners: ["a"] });
      },
    });
    Object.assign(training, { done: 1, rounds: 4, weights: { ...training.weights, replace: () => {} } });
    assertEquals(await trainTogether(run, training), true);
  }
  assertEquals([steps, sittings], [{ sums: [1, 3], exchanges: [1, 2, 3] }, { sums: 1 }]);
});

/** A training of three rounds whose third cannot be trained the first `failures` times, after an average with `partners`. */
function poisoned({ failures, partners, silent = false }: { failures: number; partners: string[]; silent?: boolean }) {
  const { run, training, told } = alone();
  const replaced: number[] = [];
  let failed = 0;
  const warnings: string[] = [];
  const spoilt = new UserError("pre-training: 5 steps in a row gave no finite loss and gradients; lower the rate");
  Object.assign(run, {
    partnersOf: (round: number) => round === 2 ? partners : [],
    undoRounds: () => partners,
    emit: (event: { type: string; message: string }) => event.type === "warning" && warnings.push(event.message),
  });
  Object.assign(training, {
    train: (round: number) => {
      told.push(`trained ${round}`);
      const fails = round === 3 && failed++ < failures;
      if (fails && !silent) return Promise.reject(spoilt);
      return Promise.resolve({ vector: new Float32Array(1), loss: fails ? NaN : 1, skipped: 0, remarks: [] });
    },
    rollBack: () => Promise.resolve({ round: 1, vector: new Float32Array(1), warnings: [] }),
    weights: { ...training.weights, replace: (_: Float32Array, round: number) => replaced.push(round) },
  });
  const trained = () => told.filter((one) => one.startsWith("trained")).map((one) => Number(one.split(" ")[1]));
  return { run, training, warnings, replaced, trained };
}

Deno.test("weights with which nothing can be trained are left behind, with the names of those they were averaged with", async () => {
  for (const silent of [false, true]) {
    const spoilt = poisoned({ failures: 1, partners: ["liar", "other"], silent });
    assertEquals(await trainTogether(spoilt.run, spoilt.training), true);
    assertEquals([spoilt.trained(), spoilt.replaced], [[1, 2, 3, 2, 3], [1]]);
    assertEquals(spoilt.warnings, [
      "pre-training, round 3: nothing can be trained with the weights of round 2, which were averaged with liar, " +
      "other: goes back to those of round 1",
    ]);
  }
});

Deno.test("a training that does not go on by itself ends with its diagnosis, and one that goes back in vain, too", async () => {
  const own = poisoned({ failures: 1, partners: [] });
  await assertRejects(() => trainTogether(own.run, own.training), UserError, "no finite loss and gradients");
  assertEquals([own.trained(), own.replaced], [[1, 2, 3], []]);
  const again = poisoned({ failures: 9, partners: ["liar"] });
  await assertRejects(() => trainTogether(again.run, again.training), UserError, "no finite loss and gradients");
  assertEquals(again.replaced, [1, 1, 1]);
});

/** Rounds in which a new peer averaged, of five, and what it warned of, beside others whose heads are `heads`. */
async function averagedIn(
  heads: Record<string, { round: number; layout?: string }>,
  others: string[],
  mixedWith: (round: number) => string[] = () => [],
) {
  const { run, training } = alone();
  const averaged: number[] = [], warnings: string[] = [];
  let fetched = 0;
  Object.assign(run, {
    total: 5,
    configuration: { schedule: { exchanges: 1 } },
    emit: (event: { type: string; message: string }) => event.type === "warning" && warnings.push(event.message),
  });
  Object.assign(run.mesh, {
    heads: () => new Map(Object.entries(heads)),
    members: () => others.map((peer) => ({ peer, admitted: true })),
    averaging: {
      ...run.mesh.averaging,
      fetch: () => Promise.resolve(void fetched++),
      step: ({ step }: { step: number }) => {
        averaged.push(step + 1);
        return Promise.resolve({ partners: mixedWith(step + 1) });
      },
    },
    comeBack: () => Promise.resolve(undefined),
  });
  await trainTogether(run, Object.assign(training, { rounds: 5 }));
  return { averaged, warnings, fetched };
}

Deno.test("one member that announces any round keeps no new peer from averaging, and one that no run has is named", async () => {
  const heads = { liar: { round: 1e9 }, b: { round: 1, layout: "net" }, c: { round: 0 } };
  const { averaged, warnings, fetched } = await averagedIn(heads, ["liar", "b", "c"]);
  assertEquals([averaged, fetched], [[1, 2, 3, 4, 5], 0]);
  assertEquals(warnings, ["liar: it announces round 1000000000 of a run of 5: it is not followed"]);
});

Deno.test("a new peer waits three rounds for one that never says how far it is, and for a state that nobody gives", async () => {
  const silent = await averagedIn({}, ["silent"]);
  assertEquals(silent.averaged, [4, 5]);
  const said = "not every member that is there says how far it is in 3 rounds: averages from its own weights";
  assertEquals(silent.warnings, [said]);
  const ahead = { a: { round: 5, layout: "net" }, b: { round: 5, layout: "net" } };
  const busy = await averagedIn(ahead, ["a", "b"]);
  assertEquals([busy.fetched > 0, busy.averaged.length > 0, busy.averaged[0] >= 4], [true, true, true]);
});

Deno.test("a site that has averaged with somebody is new no more, and takes no state of those who come to be ahead", async () => {
  for (const [partners, takes] of [[["a"], false], [[], true]] as const) {
    const heads = { a: { round: 0, layout: "net" }, b: { round: 0, layout: "net" } };
    const { averaged, fetched } = await averagedIn(heads, ["a", "b"], (round) => {
      if (round === 2) heads.a.round = heads.b.round = 5;
      return round === 1 ? [...partners] : [];
    });
    assertEquals([averaged.slice(0, 2), fetched > 0], [[1, 2], takes]);
  }
});

Deno.test("what a site shares of a round is what its policy leaves of it, and an optimiser without noise stays there", async () => {
  const { run, training } = alone();
  const shared: number[] = [], given: unknown[] = [];
  Object.assign(run, {
    updates: { isOn: true, apply: () => Promise.resolve({ vector: Float32Array.of(7) }) },
  });
  Object.assign(run.mesh.averaging, { serveOptimiser: (give: () => unknown) => given.push(give()) });
  Object.assign(training.weights, { contribute: ([value]: Float32Array) => shared.push(value) });
  const { adopt } = training;
  Object.assign(training, {
    adopt: async (...args: Parameters<typeof adopt>) => ({ ...await adopt(...args), optimiser: new Uint8Array(1) }),
  });
  await trainTogether(run, training);
  assertEquals([shared, given], [[7, 7, 7], [undefined, undefined, undefined]]);
});

Deno.test("a round in which nobody was averaged with says why, in the report and to whoever follows", async () => {
  const { run, training } = alone();
  const steps = [
    { partners: [], skipped: "it was the turn of b to collect: c dropped out" },
    { partners: ["b"] },
    { partners: ["b"], skipped: "c: it is busy" },
  ];
  const told: (string | undefined)[] = [];
  Object.assign(run, {
    configuration: { schedule: { exchanges: 1 } },
    emit: (event: { type: string; alone?: string }) => event.type === "round" && told.push(event.alone),
  });
  Object.assign(run.mesh.averaging, { step: ({ step }: { step: number }) => Promise.resolve(steps[step]) });
  await trainTogether(run, training);
  assertEquals(run.rounds.map(({ alone }) => alone), [steps[0].skipped, undefined, undefined]);
  assertEquals(told, [steps[0].skipped, undefined, undefined]);
});

/** Rounds of 40 that a slow site does and shares, where two others do 15 while it does one. */
async function slowly(others: { admitted: boolean; method?: string }) {
  const { run, training } = alone();
  const { method, admitted } = others;
  const steps: number[] = [], contributed: number[] = [], trained: number[] = [], notes: string[] = [];
  const far = () => Math.min(40, 15 * trained.length);
  Object.assign(run, {
    ...{ total: 40, configuration: { schedule: { exchanges: 1 } } },
    emit: (event: { type: string; message: string }) => event.type === "note" && notes.push(event.message),
  });
  Object.assign(run.mesh, {
    heads: () => new Map(["b", "c"].map((peer) => [peer, { round: far(), layout: "net" }])),
    members: () => ["b", "c"].map((peer) => ({ peer, admitted })),
    comeBack: () => Promise.resolve(undefined),
    averaging: {
      ...run.mesh.averaging,
      fetch: () => Promise.resolve(undefined),
      step: ({ step }: { step: number }) => {
        steps.push(step);
        return Promise.resolve({ partners: ["b"] });
      },
    },
  });
  Object.assign(training, {
    ...{ rounds: 40, done: 1, ...(method && { method }) },
    weights: { ...training.weights, contribute: (_: unknown, round: number) => void contributed.push(round) },
    train: (round: number) => {
      trained.push(round);
      return Promise.resolve({ vector: new Float32Array(1), loss: 1, skipped: 0, remarks: [] });
    },
  });
  await trainTogether(run, training);
  return { trained, contributed, steps, notes };
}

Deno.test("a slow site trains a round, shares it in the round that most others are in, and ends with them", async () => {
  const { trained, contributed, steps, notes } = await slowly({ admitted: true });
  assertEquals([trained, contributed, steps], [[2, 16, 31], [15, 30, 40], [14, 29, 39]]);
  const said = [[2, 15], [16, 30], [31, 40]].map(([done, instead]) =>
    `the others are far ahead: goes on with them, what it trained in round ${done} counts in ${instead}`
  );
  assertEquals(notes, said);
});

Deno.test("a slow site whose others are gone does its rounds, and one that fine-tunes with others all its steps", async () => {
  assertEquals((await slowly({ admitted: false })).trained.length, 39);
  assertEquals((await slowly({ admitted: true, method: "pretrained" })).trained.length, 39);
});

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../src/core/rng.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import type { Cell, Mode } from "../../../src/evaluation/cell.ts";
import {
  fineTuneAlone,
  type FineTunedCell,
  fineTunePooled,
  fineTuneTogether,
  type FineTuningProgress,
} from "../../../src/evaluation/running/fine_tuning.ts";
import { type RoleSettings, rolesOf } from "../../../src/evaluation/plan/roles.ts";
import { type EvaluationSite, prepareSites } from "../../../src/evaluation/running/sites.ts";
import { UNet } from "../../../src/model/unet.ts";
import { countWeights, readWeights } from "../../../src/model/weights.ts";
import { type Phantoms, smallMethod, withPhantoms } from "./_phantoms.ts";

const cellOf = (mode: Mode, labelled = 1): Cell => ({ method: "own", mode, labelled, fold: 0, seed: 7 });

interface Told extends FineTunedCell {
  told: FineTuningProgress[];
}

async function resultOf(training: AsyncGenerator<FineTuningProgress, FineTunedCell>): Promise<Told> {
  const told: FineTuningProgress[] = [];
  let next = await training.next();
  for (; !next.done; next = await training.next()) told.push(next.value);
  return { ...next.value, told };
}

function withSites(test: (sites: EvaluationSite[], phantoms: Phantoms) => Promise<void>) {
  return withPhantoms(async (phantoms) => {
    await startEngine({ engine: "wasm", threads: 1 });
    await test(await prepareSites(phantoms.dataset, phantoms.fold, phantoms.plan), phantoms);
  });
}

const optionsOf = (
  { dataset: scheme, network, patch, plan }: Phantoms,
  variant: Record<string, unknown> = {},
  tested = 2,
  roles: Partial<RoleSettings> = {},
) => ({
  ...{ method: smallMethod(variant), network, patch, scheme, plan },
  roles: rolesOf({ tested, ...roles }, { sites: 2, where: "p.json" }),
});

Deno.test("each tested site trains alone and tests its own cases, class by class, alike every time", () =>
  withSites(async (sites, phantoms) => {
    const options = optionsOf(phantoms);
    const before = tf.memory().numTensors;
    const once = await resultOf(fineTuneAlone(sites, undefined, cellOf("local"), options));
    assertEquals(tf.memory().numTensors, before);
    assertEquals(await resultOf(fineTuneAlone(sites, undefined, cellOf("local"), options)), once);
    assertEquals([once.bytes, once.told], [0, Array.from({ length: 8 }, (_, i) => ({ done: i + 1, of: 8 }))]); // steps
    const expected = sites.flatMap(({ name, test }) =>
      test.flatMap(({ prepared }) =>
        [...options.scheme.labels.values()].map((label) => `${name} ${prepared.id} ${label}`)
      )
    );
    assertEquals(once.rows.map((row) => `${row.site} ${row.case} ${row.class}`), expected);
    for (const { method, mode, labelled, fold, seed, measures: { dice, hd95 } } of once.rows) {
      assertEquals({ method, mode, labelled, fold, seed }, { ...cellOf("local") });
      assert(dice! >= 0 && dice! <= 1 && hd95 !== null); // the headers tell the voxel size
    }
    const first = await resultOf(fineTuneAlone(sites, undefined, cellOf("local"), optionsOf(phantoms, {}, 1)));
    assertEquals(first.rows, once.rows.filter(({ site }) => site === sites[0].name));
    const more = await resultOf(fineTuneAlone(sites, undefined, cellOf("local", 2), options));
    assertNotEquals(more.rows.map(({ measures }) => measures.dice), once.rows.map(({ measures }) => measures.dice));
  }));

Deno.test("a pre-trained encoder is begun with, by the rate and the warm-up that the method gives it", () =>
  withSites(async (sites, phantoms) => {
    const other = new UNet(phantoms.network, new Rng(99));
    const own = (await readWeights(other.variables)).filter(({ name }) => name.startsWith("encoder/"));
    other.dispose();
    const dice = async (variant: Record<string, unknown>, pretrained = sites.map(() => own)) => {
      const options = optionsOf(phantoms, variant, 1);
      const { rows } = await resultOf(fineTuneAlone(sites, pretrained, cellOf("local"), options));
      return rows.map((row) => row.measures.dice);
    };
    const fromScratch = await resultOf(fineTuneAlone(sites, undefined, cellOf("local"), optionsOf(phantoms, {}, 1)));
    const small = await dice({});
    assertNotEquals(small, fromScratch.rows.map((row) => row.measures.dice));
    for (const fineTune of [{ encoderRate: 1 }, { testMirroring: ["x"] }, { pull: 100 }, { levelDecay: 0.1 }]) {
      assertNotEquals(await dice({ fineTune }), small);
    }
    assertEquals(
      await dice({ fineTune: { encoderRate: 1, warmUpSteps: 4 } }),
      await dice({ fineTune: { encoderRate: 0 } }), // frozen to the end
    );
  }));

for (const mode of ["federated", "central"] as const) {
  Deno.test(`${mode}: sites that fine-tune together come to one network`, () =>
    withSites(async (sites, phantoms) => {
      const options = optionsOf(phantoms);
      const alike = sites.map((site) => ({ ...site, test: sites[0].test })); // so that networks can be compared
      const before = tf.memory().numTensors;
      const { rows, bytes, told } = await resultOf(fineTuneTogether(alike, undefined, cellOf(mode), options));
      assertEquals(tf.memory().numTensors, before);
      assertEquals(told, [{ done: 1, of: 2 }, { done: 2, of: 2 }]); // rounds
      const dice = (site: EvaluationSite) =>
        rows.filter((row) => row.site === site.name).map((row) => row.measures.dice);
      assertEquals(dice(alike[0]), dice(alike[1]));
      const alone = await resultOf(fineTuneAlone(alike, undefined, cellOf("local"), options));
      assertNotEquals(
        alone.rows.slice(0, 3).map((row) => row.measures.dice),
        alone.rows.slice(3).map((row) => row.measures.dice),
      );
      const unet = new UNet(phantoms.network, new Rng(1));
      const whole = 4 * countWeights(unet.variables);
      unet.dispose();
      const vectors = 2 * 2 * 2; // rounds, sites, and exchanges or there and back
      assert(bytes >= vectors * whole && bytes < 1.01 * vectors * whole + 1000, `${bytes} of ${vectors * whole}`);
      const again = await resultOf(fineTuneTogether(alike, undefined, cellOf(mode), options));
      assertEquals(again.rows, rows);
    }));
}

Deno.test("pooled: one network learns from all sites' labelled cases, and is tested at each tested site", () =>
  withSites(async (sites, phantoms) => {
    const options = optionsOf(phantoms, { fineTune: { testEvery: 2 } });
    const alike = sites.map((site) => ({ ...site, test: sites[0].test })); // so that networks can be compared
    const before = tf.memory().numTensors;
    const { rows, curve, bytes, told } = await resultOf(fineTunePooled(alike, undefined, cellOf("pooled"), options));
    assertEquals(tf.memory().numTensors, before);
    assertEquals([bytes, told.length, told.at(-1)], [0, 4, { done: 4, of: 4 }]);
    assertEquals([...new Set(curve.map(({ step }) => step))], [2, 4]);
    const dice = (from: typeof rows, { name }: EvaluationSite) =>
      from.filter((row) => row.site === name).map(({ measures }) => measures.dice);
    assertEquals(dice(rows, alike[0]), dice(rows, alike[1]));
    for (const place of [0, 1]) { // each site's case counts: with the other's in its place the network is another
      const changed = alike.map((site, i) => i === place ? { ...site, labelled: alike[1 - place].labelled } : site);
      const other = await resultOf(fineTunePooled(changed, undefined, cellOf("pooled"), options));
      assertNotEquals(dice(other.rows, alike[0]), dice(rows, alike[0]));
    }
  }));

Deno.test("sites that pre-train alone mix as the others do when they fine-tune together", () =>
  withSites(async (sites, phantoms) => {
    const of = async (objective: string) => {
      const options = optionsOf(phantoms, { objective }, 1);
      return await resultOf(fineTuneTogether(sites, undefined, cellOf("federated"), options));
    };
    assertEquals(await of("local"), await of("fcl"));
  }));

Deno.test("steps need not divide into rounds, nor be as many", () =>
  withSites(async (sites, phantoms) => {
    const options = optionsOf(phantoms, { fineTune: { steps: 3, rounds: 4 } }, 1);
    const { rows, told } = await resultOf(fineTuneTogether(sites, undefined, cellOf("federated"), options));
    assertEquals([told.length, rows.length], [4, 3]);
  }));

Deno.test("where one site has labels, it trains alone for all tested cases, and the others make use of its network", () =>
  withSites(async (sites, phantoms) => {
    const options = optionsOf(phantoms, { fineTune: { testEvery: 2 } }, 2, { labelledSites: [2], testedOn: "all" });
    const alone = await resultOf(fineTuneAlone(sites, undefined, cellOf("local"), options));
    assertEquals([new Set(alone.rows.map(({ site }) => site)), alone.told.length], [new Set([sites[1].name]), 4]);
    const cases = sites.flatMap(({ test }) => test.map(({ prepared }) => prepared.id));
    assertEquals([...new Set(alone.rows.map((row) => row.case))], cases);
    const together = await resultOf(fineTuneTogether(sites, undefined, cellOf("federated"), options));
    const dice = ({ rows }: Told) => rows.map(({ measures }) => measures.dice);
    assertEquals(dice(together), dice(alone)); // the only one that trains
    assertEquals([...new Set(together.rows.map(({ site }) => site))], sites.map(({ name }) => name));
    for (const { curve, rows } of [alone, together]) {
      assertEquals([...new Set(curve.map(({ step }) => step))], [2, 4]);
      assertEquals(curve.slice(rows.length).map(({ dice }) => dice), rows.map(({ measures }) => measures.dice));
    }
  }));

Deno.test("a site without labels joins those that have some where unlabelled volumes are learnt from", () =>
  withSites(async (sites, phantoms) => {
    const of = async (unlabelled: object | null, changes: Partial<Cell> = {}) => {
      const roles = { labelledSites: [1] };
      const options = optionsOf(phantoms, { fineTune: { testEvery: 1, unlabelled } }, 2, roles);
      return await resultOf(fineTuneTogether(sites, undefined, { ...cellOf("federated"), ...changes }, options));
    };
    const taught = { threshold: 0, ramp: 0, joinAfter: 0.5 };
    const before = tf.memory().numTensors;
    const joined = await of(taught);
    assertEquals(tf.memory().numTensors, before);
    assertEquals(await of(taught), joined);
    const alone = await of(null);
    const dice = ({ curve }: Told, step: number) => curve.filter((row) => row.step === step).map(({ dice }) => dice);
    assertEquals([alone.bytes, joined.bytes > 0], [0, true]);
    assertEquals([dice(joined, 2).length, dice(joined, 4).length], [6, 6]); // two sites, one case, three structures
    assertNotEquals(dice(joined, 4), dice(alone, 4));
    const late = await of({ ...taught, joinAfter: 1 }); // takes what comes of the others, and gives nothing
    assertEquals(late.bytes, 0);
    assertEquals(dice(late, 4), dice(await of({ ...taught, mass: 1, joinAfter: 1 }), 4));
  }));

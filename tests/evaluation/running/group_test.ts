import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import type { Mode } from "../../../src/evaluation/cell.ts";
import { planCells } from "../../../src/evaluation/plan/cells.ts";
import { rolesOf } from "../../../src/evaluation/plan/roles.ts";
import { type GroupEvent, runGroup } from "../../../src/evaluation/running/group.ts";
import {
  findPretrained,
  keepPretrained,
  pretrainingDirectory,
} from "../../../src/evaluation/running/pretrained_file.ts";
import { type Phantoms, smallMethod, withPhantoms } from "./_phantoms.ts";

const ROLES = rolesOf({ tested: 1 }, { sites: 2, where: "p.json" });

const cellsOf = (method: string, modes: Mode[] = ["local"], labelled = [1]) =>
  planCells({ methods: [method], modes, labelled, folds: 1, seeds: [7] });

/** Everything that a group tells. */
async function run(phantoms: Phantoms, variant: Record<string, unknown> = {}, cells = cellsOf("own")) {
  await startEngine({ engine: "wasm", threads: 1 });
  const methods = new Map([["own", smallMethod(variant)], ["scratch", smallMethod(variant, "scratch")]]);
  return await Array.fromAsync(runGroup(cells, { ...phantoms, methods, roles: ROLES }));
}

const kinds = (events: readonly GroupEvent[]) => [...new Set(events.map(({ kind }) => kind))];
const rowsOf = (events: readonly GroupEvent[]) => events.flatMap((event) => event.kind === "cell" ? event.rows : []);

Deno.test("a group pre-trains once, and runs each of its cells", () =>
  withPhantoms(async (phantoms) => {
    const cells = cellsOf("own", ["local", "federated"], [1, 2]);
    const events = await run(phantoms, {}, cells);
    assertEquals(kinds(events), ["pre-training", "fine-tuning", "cell"]);
    const finished = events.filter((event) => event.kind === "cell");
    assertEquals(finished.map(({ cell }) => cell.id), cells.map(({ id }) => id));
    for (const { cell, rows, cost } of finished) {
      assertEquals(rows.map(({ mode, labelled }) => [mode, labelled]), rows.map(() => [cell.mode, cell.labelled]));
      assertEquals([cost.seconds > 0, cost.bytes > 0], [true, cell.mode === "federated"]);
    }
    const kept = (await findPretrained(pretrainingDirectory(phantoms.out, "own/fold0/seed7")))!;
    assertEquals(kept.record.sites, ["1", "2"]);
    assert(kept.record.seconds > 0 && kept.record.bytes.features > 0);

    const again = await run(phantoms, {}, cells);
    assertEquals(kinds(again), ["fine-tuning", "cell"]); // it was kept
    assertEquals(rowsOf(again), rowsOf(events));
    await run(phantoms, { fineTune: { steps: 2 } }); // of what comes after it, it does not depend
    for (const other of [{ schedule: { rounds: 2 } }, { pretrain: { temperature: 0.3 } }, { mixing: "central" }]) {
      await assertRejects(() => run(phantoms, other), UserError, "must come from the same protocol and data");
    }
    const turned = { ...phantoms, fold: phantoms.fold.toReversed() };
    await assertRejects(() => run(turned), UserError, "must come from the same protocol and data");
  }));

Deno.test("a group that is stopped in its pre-training goes on with it, and keeps nothing but its end", () =>
  withPhantoms(async (phantoms) => {
    await startEngine({ engine: "wasm", threads: 1 });
    const schedule = { rounds: 12, stepsPerRound: 1 };
    const options = { ...phantoms, methods: new Map([["own", smallMethod({ schedule })]]), roles: ROLES };
    for await (const event of runGroup(cellsOf("own"), options)) {
      if (event.kind === "pre-training" && event.round === 11) break;
    }
    const rounds = (await run(phantoms, { schedule })).flatMap((event) =>
      event.kind === "pre-training" ? [event.round] : []
    );
    assertEquals(rounds, [11, 12]);
    const directory = pretrainingDirectory(phantoms.out, "own/fold0/seed7");
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
    assertEquals(names, ["checkpoint-00000001.safetensors"]);
  }));

Deno.test("methods that are alike but for fine-tuning share a pre-training", () =>
  withPhantoms(async (phantoms) => {
    await startEngine({ engine: "wasm", threads: 1 });
    const own = smallMethod(), other = { ...own, name: "other", fineTune: { ...own.fineTune, steps: 1 } };
    const methods = new Map([["own", own], ["other", other]]);
    const pretrainedAs = () => "own";
    const cells = planCells({
      ...{ methods: ["own", "other"], modes: ["local"], labelled: [1], folds: 1, seeds: [7], pretrainedAs },
    });
    const events = await Array.fromAsync(runGroup(cells, { ...phantoms, methods, roles: ROLES }));
    assertEquals(events.filter(({ kind }) => kind === "pre-training").length, 1);
    const [first, second] = events.filter((event) => event.kind === "cell");
    assertEquals([first.cell.method, second.cell.method], ["own", "other"]);
    assertNotEquals(second.rows.map(({ measures }) => measures.dice), first.rows.map(({ measures }) => measures.dice));
  }));

Deno.test("scratch has no pre-training", () =>
  withPhantoms(async (phantoms) => {
    assertEquals(kinds(await run(phantoms, {}, cellsOf("scratch"))), ["fine-tuning", "cell"]);
    assertEquals(await findPretrained(pretrainingDirectory(phantoms.out, "scratch/fold0/seed7")), undefined);
  }));

Deno.test("a transfer takes another evaluation's encoders and pre-trained decoder levels, dealt out in turn, and no head", () =>
  withPhantoms(async (phantoms) => {
    const first = await run(phantoms, { pretrain: { decoderLevel: 0 } });
    const key = "own/fold0/seed7";
    const { weights, record } = (await findPretrained(pretrainingDirectory(phantoms.out, key)))!;
    const head = { name: "decoder/logits/bias", shape: [4], data: new Float32Array(4).fill(9) };
    /** Another evaluation of one site whose weights are those of the first, of which a part is other, and a head. */
    const transferred = async (other: string) => {
      const evaluation = `${phantoms.out}-${other.replaceAll("/", "-")}`;
      const changed = weights[0].map((vector) =>
        vector.name.startsWith(other) ? { ...vector, data: new Float32Array(vector.data.length) } : vector
      );
      const network = { ...record, health: [null], weights: [[...changed, head]] };
      await keepPretrained(pretrainingDirectory(evaluation, key), network, { ...record, sites: ["1"] });
      const events = await run(phantoms, { from: { evaluation, method: "own" } });
      assertEquals(kinds(events), ["fine-tuning", "cell"]);
      return rowsOf(events);
    };
    assertEquals(await transferred("nothing"), rowsOf(first));
    assertNotEquals(await transferred("encoder/"), rowsOf(first));
    assertNotEquals(await transferred("decoder/level0/"), rowsOf(first));
    await assertRejects(
      () => run(phantoms, { from: { evaluation: phantoms.out, method: "other" } }),
      UserError,
      "other/fold0/seed7",
    );
  }));

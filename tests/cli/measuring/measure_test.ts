import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { measureTogether } from "../../../src/cli/measuring/measure.ts";
import type { MeasureTask } from "../../../src/cli/measuring/task.ts";
import { UserError } from "../../../src/core/errors.ts";
import { writePhantomCohort } from "../../../src/data/phantom/cohort.ts";
import { withFolder } from "../../data/_files.ts";

const task = (data: string): MeasureTask => ({
  ...{ data, extensions: [], engine: { engine: "wasm", threads: 1 }, plan: { spacing: [16, 16, 16] } },
  network: { baseFilters: 2, levels: 2, norm: "instance", pool: [[2, 2, 2]] },
  patch: [4, 4, 4],
  ...{ pretrain: {}, fineTune: { only: { steps: 1 } } },
  ...{ training: ["phantom_1000", "phantom_1001"], labelled: "phantom_1000", distances: true },
  ...{ seconds: 0, ahead: 0, recompute: false },
});

Deno.test("processes measure side by side, end by themselves, and a mistake of one is told in its own sentence", () =>
  withFolder(async (directory) => {
    const data = join(directory, "data");
    await writePhantomCohort(data, { sites: 1, casesPerSite: 2 });
    const { engine, start, prepare, test, fineTune } = await measureTogether([task(data), task(data)]);
    assertEquals(engine.slice(0, 4), "wasm");
    assert([start, prepare, test, fineTune.only].every((seconds) => seconds > 0 && seconds < 120));
    const missing = join(directory, "nothing");
    const error = await assertRejects(() => measureTogether([task(data), task(missing)]), UserError);
    assert(error.message.includes(missing), error.message);
  }));

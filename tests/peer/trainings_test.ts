import { assertEquals } from "@std/assert";
import type { Run } from "../../src/peer/_run.ts";
import { fineTuning } from "../../src/peer/_trainings.ts";
import type { Adoption } from "../../src/peer/trainer_api.ts";

Deno.test("a checkpoint of fine-tuning keeps all that one of pre-training does, but no member's optimiser", async () => {
  const adopted: Adoption[] = [];
  const run = {
    configuration: {
      schedule: { rounds: 1 },
      fineTune: { rounds: 2 },
      mesh: { averaging: { outer: { name: "plain" } } },
    },
    mesh: { averaging: { serveOptimiser: () => {} } },
    trainer: {
      openFineTuning: () => Promise.resolve({ warnings: [], vector: Float32Array.of(1), layout: [], round: 0 }),
      adoptFineTuned: (_: number, adoption: Adoption) => Promise.resolve([String(adopted.push(adoption))]),
    },
  } as unknown as Run;
  const training = await fineTuning(run, "pretrained", { training: 2, labelled: 1, probe: 0, test: 0 });
  const kept = {
    ...{ vector: Float32Array.of(2), momentum: Float32Array.of(3), weight: 4 },
    audit: { records: 5, head: "head" } as unknown as Adoption["audit"],
  };
  assertEquals(await training.adopt(1, { ...kept, optimiser: Uint8Array.of(6) }), { health: null, warnings: ["1"] });
  assertEquals(adopted, [kept]);
});

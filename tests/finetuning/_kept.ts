/** Fine-tunings of a small kept network on phantoms, so small that a step takes a moment on any engine. */
import { join } from "@std/path";
import { startEngine } from "../../src/engine/engine.ts";
import { finetune, type Finetuned, type FinetuneEvent, type FinetuneOptions } from "../../src/finetuning/finetune.ts";
import { givePhantoms } from "../_phantoms.ts";
import { facts } from "../models/_model.ts";
import { makeModel } from "../prediction/_model.ts";

/** Writes `model`, a kept network with random weights, and `data`, three phantoms with other labels. */
export async function prepare(directory: string): Promise<{ from: string; data: string }> {
  await startEngine({ engine: "cpu" });
  const from = join(directory, "model"), data = join(directory, "data");
  await makeModel(from, { preparation: facts().preparation });
  await givePhantoms(data, { sites: 1, casesPerSite: 3 });
  return { from, data };
}

/** Fine-tunes in this process: one case is labelled, one is not, one is kept for test. */
export function tune(
  places: Pick<FinetuneOptions, "from" | "data" | "out">,
  changes: Partial<FinetuneOptions> = {},
  events: FinetuneEvent[] = [],
): Promise<Finetuned> {
  return finetune({
    ...places,
    ...{ name: "north", labelled: 1, test: 1, seed: 1, steps: 3, checkpointEvery: 1, ahead: 0 },
    memory: { bytes: 2 ** 32, from: "setting" },
    startEngine: async () => (await startEngine({ engine: "cpu" })).name,
    onEvent: (event) => void events.push(event),
    ...changes,
  });
}

/** A fine-tuning within minutes. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { FinetuneEvent } from "../../src/finetuning/finetune.ts";
import { readSegmentationModel } from "../../src/models/folder.ts";
import { withDirectory } from "../peer/_site.ts";
import { prepare, tune } from "./_kept.ts";

const AT_ONCE = 1e-6;

Deno.test("minutes that are over cut the steps that are given, or plan fewer; what is trained is kept and tested", () =>
  withDirectory(async (directory) => {
    const places = await prepare(directory);
    for (
      const [steps, warnings] of [[3, ["the 0.000001 min are over: it ends after step 1 of 3"]], [
        undefined,
        [],
      ]] as const
    ) {
      const events: FinetuneEvent[] = [], out = join(directory, `${steps}`);
      const { model, dice } = await tune({ ...places, out }, { minutes: AT_ONCE, steps }, events);
      const planned = events.flatMap((event) => event.type === "planned" ? [event.steps] : []);
      const told = events.flatMap((event) => event.type === "warning" ? [event.message] : []);
      assertEquals([planned, told.filter((message) => message.includes("over")), dice?.cases], [
        [steps ?? 1],
        warnings,
        1,
      ]);
      assertEquals((await readSegmentationModel(model)).description.training.fineTuning?.steps, 1);
      assertEquals((await tune({ ...places, out }, { minutes: AT_ONCE, steps })).wasFinished, true);
    }
  }));

import { assertRejects } from "@std/assert";
import { openEvaluation } from "../../scripts/evaluate/_evaluation.ts";
import { UserError } from "../../src/core/errors.ts";
import { counting, withFolder } from "../data/_files.ts";

Deno.test("headers are checked before sites are made by what volumes hold", () =>
  withFolder(async (dataset) => {
    const names = Array.from({ length: 20 }, (_, index) => `case${index}.nii`);
    for (const folder of ["images", "labels"]) {
      await Deno.mkdir(`${dataset}/${folder}`);
      for (const name of names) await Deno.writeFile(`${dataset}/${folder}/${name}`, counting([2, 3, 4]));
    }
    const last = `${dataset}/labels/${names.at(-1)}`;
    await Deno.writeFile(last, counting([2, 3, 5])); // the first labels hold values that nothing names, too
    const training = names.map((name) => ({ image: `images/${name}`, label: `labels/${name}` }));
    await Deno.writeTextFile(
      `${dataset}/dataset.json`,
      JSON.stringify({ labels: { 0: "background", 1: "a" }, training }),
    );
    const opening = openEvaluation({
      ...{ dataset, protocol: "default", methods: ["scratch"], development: false, out: `${dataset}/out` },
      sites: { division: "label-volume", count: 2, alpha: 0.5 },
      engine: {},
    });
    await assertRejects(() => opening, UserError, `(${last}: 2x3x5)`);
  }));

import { assertEquals, assertRejects } from "@std/assert";
import { openEvaluation } from "../../../scripts/evaluate/_evaluation.ts";
import { splitCommand } from "../../../scripts/evaluate/yardstick/split.ts";
import { UsageError } from "../../../src/cli/command.ts";
import { counting, withFolder } from "../../data/_files.ts";

/** Four subjects at each of two sites; `channels` of them by name. */
async function writeDataset(directory: string, channels: readonly string[]): Promise<void> {
  const cases = Array.from({ length: 8 }, (_, index) => `case${index}`);
  for (const folder of ["imagesTr", "labelsTr"]) await Deno.mkdir(`${directory}/${folder}`);
  for (const id of cases) {
    for (const channel of channels.keys()) {
      await Deno.writeFile(`${directory}/imagesTr/${id}_000${channel}.nii`, counting([4, 4, 4]));
    }
    await Deno.writeFile(`${directory}/labelsTr/${id}.nii`, counting([4, 4, 4]));
  }
  await Deno.writeTextFile(
    `${directory}/dataset.json`,
    JSON.stringify({
      channel_names: Object.fromEntries(channels.entries()),
      labels: { background: 0, a: 1 },
      numTraining: cases.length,
      file_ending: ".nii",
    }),
  );
  const sites = cases.map((id, index) => `${id}\t${index % 2 + 1}\n`).join("");
  await Deno.writeTextFile(`${directory}/sites.tsv`, `case\tsite\n${sites}`);
}

const PROTOCOL = { data: {}, split: { folds: 2, probe: 0, tested: 1 }, network: { levels: 2, patchVoxels: 64 } };

Deno.test("others are told of the cases and the grid that an evaluation has", () =>
  withFolder(async (dataset) => {
    await writeDataset(dataset, ["MR"]);
    const protocol = `${dataset}/protocol.json`, out = `${dataset}/split.json`;
    await Deno.writeTextFile(protocol, JSON.stringify(PROTOCOL));
    await splitCommand.run(["--dataset", dataset, "--protocol", protocol, "--fold", "2", "--out", out]);
    const told = JSON.parse(await Deno.readTextFile(out));
    const request = { dataset, protocol, methods: ["scratch"], development: false, engine: {}, out };
    const { folds, plan, patch } = await openEvaluation(request);
    const { probe: _, ...site } = folds[1][0];
    assertEquals([told.sites, told.plan, told.patch], [[site], plan, [...patch]]);
    assertEquals(Object.keys(told.cases).sort(), [...site.training, ...site.test].sort());
    for (const [id, files] of Object.entries(told.cases)) {
      const [image, label] = [`imagesTr/${id}_0000.nii`, `labelsTr/${id}.nii`].map((file) => `${dataset}/${file}`);
      assertEquals(files, { image, label });
    }
    const missing = ["--dataset", dataset, "--protocol", protocol, "--fold", "3", "--out", out];
    await assertRejects(() => splitCommand.run(missing), UsageError, "--fold must be at most the protocol's 2, got 3");
  }));

Deno.test("data of several channels are refused, of which others would see one", () =>
  withFolder(async (dataset) => {
    await writeDataset(dataset, ["T1", "T2"]);
    const protocol = `${dataset}/protocol.json`, out = `${dataset}/split.json`;
    await Deno.writeTextFile(protocol, JSON.stringify(PROTOCOL));
    const split = splitCommand.run(["--dataset", dataset, "--protocol", protocol, "--out", out]);
    await assertRejects(() => split, UsageError, "--dataset must be of one channel, got 2");
  }));

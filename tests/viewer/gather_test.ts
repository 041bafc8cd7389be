/** What is shown, by what a command line names, and what is refused. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { type Asked, gather } from "../../src/viewer/gather.ts";
import type { ShownCase } from "../../src/viewer/show.ts";
import { withFolder } from "../data/_files.ts";
import { writeResults, writeVolume } from "./_files.ts";

const shownOf = ({ id, overlays }: ShownCase) => [id, ...overlays.map(({ name }) => name)];

async function refused(asked: Asked, pattern: RegExp) {
  const { message } = await assertRejects(() => gather(asked), UserError);
  assertMatch(message, pattern);
}

Deno.test("an image with its truth and predictions: called by their files, or by their folders", () =>
  withFolder(async (directory) => {
    const input = await writeVolume(`${directory}/scan.nii`, { value: 200 });
    const truth = await writeVolume(`${directory}/label.nii`);
    const predictions = [
      await writeVolume(`${directory}/pretrained/scan.nii`),
      await writeVolume(`${directory}/scratch/scan.nii`),
    ];
    const one = await gather({ input, truth, predictions, labels: ["shell", "core"] });
    assertEquals(one.cases.map(shownOf), [["scan", "truth", "pretrained", "scratch"]]);
    assertEquals([...one.labels], [[1, "shell"], [2, "core"]]);
    const two = await gather({ input, predictions: [truth] });
    assertEquals([two.cases.map(shownOf), two.title], [[["scan", "label"]], "scan.nii"]);
  }));

Deno.test("a file that is missing, no volume, elsewhere in space or of another shape is refused by name", () =>
  withFolder(async (directory) => {
    const input = await writeVolume(`${directory}/scan.nii`);
    const truth = (file: string) => ({ input, truth: `${directory}/${file}` });
    await writeVolume(`${directory}/shifted.nii`, { x: 40 });
    await writeVolume(`${directory}/larger.nii`, { dims: [6, 5, 9] });
    await Deno.writeTextFile(`${directory}/text.nii`, "a letter, not a volume, long enough to be looked at twice");
    await refused({ input: `${directory}/nowhere.nii` }, /it must exist \(.*nowhere\.nii\)/);
    await refused(truth("nowhere.nii"), /it must exist \(.*nowhere\.nii\)/);
    await refused(truth("shifted.nii"), /must lie where its image's do.*shifted\.nii: up to 40 mm away/);
    await refused(truth("larger.nii"), /shape of its image, 6x5x4 \(.*larger\.nii: 6x5x9\)/);
    await refused(truth("text.nii"), /NIfTI-1 or NIfTI-2.*text\.nii/);
    await refused({ input, predictions: [directory] }, /over one image lies a file/);
  }));

Deno.test("a data set is a list of cases, with folders of predictions over them", () =>
  withFolder(async (directory) => {
    const { data, results } = await writeResults(directory);
    const plain = await gather({ input: data });
    assertEquals(plain.cases.map(shownOf), [["a", "truth"], ["b", "truth"]]);
    assertEquals([plain.title, [...plain.labels.values()]], ["Hearts", ["shell", "core"]]);
    await Deno.remove(`${results}/predictions/scratch/b.nii`);
    const folders = ["pretrained", "scratch"].map((method) => `${results}/predictions/${method}`);
    const over = await gather({ input: data, predictions: folders });
    assertEquals(over.cases.map(shownOf), [["a", "truth", "pretrained", "scratch"], ["b", "truth", "pretrained"]]);
    await writeVolume(`${directory}/others/c.nii`);
    await refused({ input: data, predictions: [`${directory}/others`] }, /called as the cases \(.*others: no a\.nii/);
    await refused({ input: data, truth: `${data}/labelsTr/a.nii` }, /lies a folder, not a file/);
  }));

Deno.test("results are a list by the data that the site's report names, or that are named", () =>
  withFolder(async (directory) => {
    const { data, results } = await writeResults(directory);
    const all = [["a", "truth", "pretrained", "scratch"], ["b", "truth", "pretrained", "scratch"]];
    assertEquals((await gather({ input: results })).cases.map(shownOf), all);
    const second = `${directory}/second`;
    await writeVolume(`${second}/a.nii`);
    const over = await gather({ input: results, truth: second, predictions: [second] });
    assertEquals(over.cases.map(shownOf), [
      ["a", "truth", "pretrained", "scratch", "second"],
      ["b", "pretrained", "scratch"],
    ]);
    assertEquals(over.cases[0].overlays[0].path, `${second}/a.nii`);
    await refused({ input: results, truth: `${directory}/nowhere` }, /it must exist \(.*nowhere\)/);
    await refused({ input: results, predictions: [`${data}/labelsTr/a.nii`] }, /lies a folder, not a file/);
    await Deno.remove(`${results}/site.json`);
    await refused({ input: results }, /--data must name the data set/);
    assertEquals((await gather({ input: results, data })).cases.map(shownOf), all);
    await Deno.mkdir(`${directory}/demo/sites/north`, { recursive: true });
    await Deno.rename(results, `${directory}/demo/sites/north/results`);
    const demo = await gather({ input: `${directory}/demo`, data });
    assertEquals(demo.cases.map(({ id }) => id), ["north · a", "north · b"]);
  }));

Deno.test("in a list, what does not lie on its image is left out and told, and the rest is shown", () =>
  withFolder(async (directory) => {
    const { results, data } = await writeResults(directory);
    await writeVolume(`${results}/predictions/scratch/a.nii`, { x: 40 });
    await writeVolume(`${results}/predictions/scratch/unknown.nii`);
    const { cases: [first], skipped } = await gather({ input: results });
    assertEquals(shownOf(first), ["a", "truth", "pretrained"]);
    assertMatch(first.remarks[0], /^scratch is not shown: .*40 mm away/);
    assertEquals(skipped, [`unknown is not shown: ${data} has no such case`]);
    await Deno.writeTextFile(`${data}/imagesTr/a.nii`, "no volume");
    const damaged = await gather({ input: results });
    assertEquals(damaged.cases.map(({ id }) => id), ["b"]);
    assertMatch(damaged.skipped[1], /^a is not shown: .*NIfTI/);
  }));

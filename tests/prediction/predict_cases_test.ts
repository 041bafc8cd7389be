import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { readAllElements } from "../../src/data/dicom/parser.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { toRas } from "../../src/data/orient.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { findInputs } from "../../src/prediction/inputs.ts";
import { type CaseOutcome, findDone, type OutputOptions, predictCases } from "../../src/prediction/predict_cases.ts";
import { Predictor, type PredictorOptions } from "../../src/prediction/predictor.ts";
import { prepareOutput } from "../../src/prediction/requirements.ts";
import { writeSeries } from "../data/dicom/_write.ts";
import { withDirectory } from "../peer/_site.ts";
import { ball, makeModel, writeBall, writeTurned } from "./_model.ts";

interface Asked extends Omit<OutputOptions, "output">, PredictorOptions {
  statistics?: boolean;
  seed?: number;
}

/** Predicts all volumes of `directory`/in with the model of a seed. */
async function predicted(directory: string, { seed, mirror, parts, ...asked }: Asked = {}): Promise<CaseOutcome[]> {
  await startEngine({ engine: "cpu" });
  const predictor = new Predictor(await makeModel(join(directory, `model-${seed ?? 1}`), { seed }), { mirror, parts });
  try {
    const { cases, folders } = await findInputs(join(directory, "in"), ["image"]);
    const options = { ...asked, predictor, output: join(directory, "out") };
    await prepareOutput(options.output, folders);
    const done = await findDone(cases, predictor, options);
    return await Array.fromAsync(predictCases(cases, { ...options, done }));
  } finally {
    predictor.dispose();
  }
}

const states = (outcomes: readonly CaseOutcome[]) => outcomes.map(({ id, state }) => `${id} ${state}`);

const statisticsOf = (outcome: CaseOutcome) => outcome.state === "failed" ? [] : outcome.statistics;

function withInput(test: (directory: string) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    await Deno.mkdir(join(directory, "in"));
    await test(directory);
  });
}

async function names(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(join(directory, "out")))).map(({ name }) => name).sort();
}

Deno.test("the same volume, its axes stored in another order, gives the same mask in its own geometry", () =>
  withInput(async (directory) => {
    const [stored, turned] = ["a", "b"].map((name) => join(directory, "in", `${name}.nii.gz`));
    await writeBall(stored);
    await writeTurned(stored, turned);
    assertEquals(states(await predicted(directory)), ["a done", "b done"]);
    const [a, b] = await Promise.all(["a", "b"].map((id) => readVolume(join(directory, "out", `${id}.nii.gz`))));
    const [imageA, imageB] = [await readVolume(stored), await readVolume(turned)];
    assertEquals([a.dims, a.affine, b.dims, b.affine], [imageA.dims, imageA.affine, imageB.dims, imageB.affine]);
    assertEquals(a.orientation, "AIL");
    assertEquals(toRas(a).data, b.data);
    assert(new Set(b.data).size > 1, "there is something to compare");
    assert([...b.data].every((value) => [0, 1, 4].includes(value)));
  }));

Deno.test("what is done is passed over, what came since is predicted, and all is predicted again where that is asked", () =>
  withInput(async (directory) => {
    await writeBall(join(directory, "in", "a.nii"));
    assertEquals(states(await predicted(directory)), ["a done"]);
    const before = await Deno.readFile(join(directory, "out", "a.nii.gz"));
    await writeBall(join(directory, "in", "b.nii"), 2);
    assertEquals(states(await predicted(directory)), ["a passed", "b done"]);
    assertEquals(states(await predicted(directory, { again: true })), ["a done", "b done"]);
    assertEquals(await Deno.readFile(join(directory, "out", "a.nii.gz")), before);
    assertEquals(await names(directory), ["a.nii.gz", "b.nii.gz", "predictions.json"]);
  }));

Deno.test("a folder is not mixed of two models or two ways, and a file that nobody knows of is not overwritten", () =>
  withInput(async (directory) => {
    await writeBall(join(directory, "in", "a.nii"));
    await predicted(directory);
    await assertRejects(() => predicted(directory, { seed: 2 }), UserError, "it was predicted by another model");
    await assertRejects(() => predicted(directory, { mirror: true }), UserError, "or in another way");
    assertEquals(states(await predicted(directory, { seed: 2, again: true })), ["a done"]);
    assertEquals(states(await predicted(directory, { seed: 2 })), ["a passed"]);
    await Deno.remove(join(directory, "out", "predictions.json"));
    await assertRejects(() => predicted(directory, { seed: 2 }), UserError, "no record says how it was made");
  }));

Deno.test("a bad file in the middle is told with its fault, and the others are predicted", () =>
  withInput(async (directory) => {
    await writeBall(join(directory, "in", "a.nii.gz"));
    const whole = await Deno.readFile(join(directory, "in", "a.nii.gz"));
    await Deno.writeFile(join(directory, "in", "b.nii.gz"), whole.subarray(0, whole.length / 2));
    await writeBall(join(directory, "in", "c.nii.gz"), 3);
    const outcomes = await predicted(directory);
    assertEquals(states(outcomes), ["a done", "b failed", "c done"]);
    assertMatch(outcomes[1].state === "failed" ? outcomes[1].fault : "", /b\.nii\.gz/);
    assertEquals(await names(directory), ["a.nii.gz", "c.nii.gz", "predictions.json"]);
  }));

Deno.test("a prediction that cannot be written ends the run with a sentence, and nothing is left of it", () =>
  withInput(async (directory) => {
    for (const id of ["a", "b"]) await writeBall(join(directory, "in", `${id}.nii`));
    await Deno.mkdir(join(directory, "out", "probabilities", "b_1.nii.gz", "taken"), { recursive: true });
    const error = await assertRejects(() => predicted(directory, { probabilities: true }), UserError);
    assertMatch(
      error.message,
      /^predicting: its predictions must .*it is a folder, not a file.*; called again, it goes on .*b_1\.nii\.gz\)$/,
    );
    assertEquals(await names(directory), ["a.nii.gz", "predictions.json", "probabilities"]);
    await Deno.remove(join(directory, "out", "probabilities", "b_1.nii.gz"), { recursive: true });
    assertEquals(states(await predicted(directory, { probabilities: true })), ["a passed", "b done"]);
  }));

Deno.test("probabilities lie on the file's grid, and the most probable structure is the predicted one", () =>
  withInput(async (directory) => {
    await writeBall(join(directory, "in", "a.nii"));
    await predicted(directory, { parts: "all" });
    // asked for later, they are made later
    assertEquals(states(await predicted(directory, { parts: "all", probabilities: true })), ["a done"]);
    const folder = join(directory, "out", "probabilities");
    const mask = await readVolume(join(directory, "out", "a.nii.gz"));
    const [one, four] = await Promise.all([1, 4].map((value) => readVolume(join(folder, `a_${value}.nii.gz`))));
    assertEquals([one.dims, one.affine], [mask.dims, mask.affine]);
    mask.data.forEach((value, i) => {
      const shares = new Map([[0, 1 - one.data[i] - four.data[i]], [1, one.data[i]], [4, four.data[i]]]);
      assert(Math.max(...shares.values()) - shares.get(value)! < 1e-4, `${i}`);
      assert(Math.min(...shares.values()) > -1e-4);
    });
  }));

Deno.test("statistics are the same of a case that is predicted and of one that is done", () =>
  withInput(async (directory) => {
    await writeBall(join(directory, "in", "a.nii"));
    const [first] = await predicted(directory, { statistics: true });
    const [second] = await predicted(directory, { statistics: true });
    assertEquals(states([first, second]), ["a done", "a passed"]);
    const figures = statisticsOf(first);
    assertEquals(statisticsOf(second), figures);
    const image = await readVolume(join(directory, "in", "a.nii"));
    const mask = await readVolume(join(directory, "out", "a.nii.gz"));
    for (const [index, value] of [1, 4].entries()) {
      const values = image.data.filter((_, i) => mask.data[i] === value);
      const { voxels, millilitres, means: [mean] } = figures[index];
      assertEquals([voxels, millilitres], [values.length, values.length * 7.5 / 1000]); // 2 x 2.5 x 1.5 mm
      const wanted = values.reduce((sum, value) => sum + value, 0) / values.length;
      assert(values.length === 0 ? mean === null : Math.abs(mean! - wanted) < 1e-3);
    }
  }));

Deno.test("a DICOM series is predicted as its volume is, and gets a segmentation object that refers to its slices", () =>
  withInput(async (directory) => {
    const { data } = ball();
    await writeSeries(join(directory, "in"), 8, (z) => ({
      "0020,0052": "1.2.9",
      "0028,0010": [10],
      "0028,0011": [9],
      "0028,0030": "2.5\\2",
      "0020,0032": `0\\0\\${1.5 * z}`,
      "7fe0,0010": [...data.subarray(z * 90, z * 90 + 90)],
    }));
    assertEquals(states(await predicted(directory)), ["s4_t2_ax done"]);
    assertEquals(await names(directory), ["predictions.json", "s4_t2_ax.dcm", "s4_t2_ax.nii.gz"]);
    const [labels, image] = await Promise.all(
      ["out/s4_t2_ax.nii.gz", "in/0.dcm"].map((path) => readVolume(join(directory, path))),
    );
    assertEquals([labels.dims, labels.affine, labels.spacing], [image.dims, image.affine, image.spacing]);
    assertEquals(states(await predicted(directory)), ["s4_t2_ax passed"]);
    const elements = await readAllElements(join(directory, "out/s4_t2_ax.dcm"));
    assertEquals(elements.string("x00080060"), "SEG");
    assertEquals(elements.elements.x00620002.items?.map(({ dataSet }) => dataSet?.string("x00620005")), [
      "kidney",
      "tumour",
    ]);
  }));

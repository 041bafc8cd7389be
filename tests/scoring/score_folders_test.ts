/** Folders of label maps against each other. */
import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { scoreFolders, type ScoreFoldersOptions } from "../../src/scoring/score_folders.ts";
import { withFolder } from "../data/_files.ts";
import { writeFolders, writeMap } from "./_files.ts";

type Folders = Pick<ScoreFoldersOptions, "reference" | "prediction">;

/** Two folders in one of the test's own. */
const withFolders = (test: (folders: Folders, directory: string) => Promise<void>) =>
  withFolder(async (directory) => await test(await writeFolders(directory), directory));

async function scoresOf(folders: Folders, options: Partial<ScoreFoldersOptions> = {}) {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const { rows, faults, cases } = await scoreFolders({ ...folders, tolerance: 2, warn, ...options });
  return { rows, faults, cases, warnings, of: (id: string) => rows.filter((row) => row.case === id) };
}

const writeJson = (path: string, value: unknown) => Deno.writeTextFile(path, JSON.stringify(value));

Deno.test("every class of every case has its figures, by the voxel size of the reference, in its order of voxels", () =>
  withFolders(async (folders, directory) => {
    await writeJson(join(directory, "dataset.json"), { labels: { background: 0, liver: 1, spleen: 2 } });
    const { rows, faults, warnings, of } = await scoresOf(folders, { tolerance: 10 });
    assertEquals([rows.length, faults, warnings], [6, [], []]);
    const [liver, spleen] = of("a");
    assertEquals([liver.class, spleen.class], ["liver", "spleen"]);
    assertEquals([liver.dice, liver.iou, liver.surfaceDice, liver.volumeDifference], [2 / 3, 1 / 2, 1, -1]);
    assertEquals([spleen.dice, spleen.surfaceDice, spleen.volumeDifference], [2 / 3, 5 / 6, 2]);
    assertAlmostEquals(liver.hd95!, 9.5);
    assertAlmostEquals(spleen.assd!, 30 / 6);
    const made = of("b")[1]; // its reference has none, its prediction a voxel
    assertEquals([made.dice, made.hd95, made.surfaceDice, made.volumeDifference], [0, Infinity, 0, 1]);
    const nothing = { dice: null, iou: null, hd95: null, assd: null, surfaceDice: null, volumeDifference: null };
    assertEquals(of("c"), [
      { case: "c", class: "liver", dice: 1, iou: 1, hd95: 0, assd: 0, surfaceDice: 1, volumeDifference: 0 },
      { case: "c", class: "spleen", ...nothing },
    ]);
  }));

Deno.test("classes are called as the user says, else as dataset.json or model.json beside the files, else by value", () =>
  withFolders(async (folders, directory) => {
    const classes = async (options?: Partial<ScoreFoldersOptions>) =>
      (await scoresOf(folders, options)).of("a").map((row) => row.class);
    assertEquals(await classes(), ["1", "2"]);
    await writeJson(join(folders.prediction, "model.json"), { labels: { 1: "spleen", 2: "liver" } });
    assertEquals(await classes(), ["spleen", "liver"]);
    await writeJson(join(directory, "dataset.json"), { labels: { 0: "background", 1: "liver", 2: "spleen" } });
    assertEquals(await classes(), ["liver", "spleen"]);
    assertStringIncludes(
      (await scoresOf(folders)).warnings.join(),
      "name labels differently, the first counts: 1 is liver and spleen",
    );
    assertEquals(await classes({ labels: ["2=gut", "1=colon"] }), ["colon", "gut"]);
    assertEquals((await scoresOf({ ...folders, reference: directory })).rows.length, 6); // a dataset holds labelsTr
  }));

Deno.test("a case at fault is told with its files, and the others are scored", () =>
  withFolders(async ({ reference, prediction }) => {
    const bad: [id: string, values: number[], options: Parameters<typeof writeMap>[2], problem: string][] = [
      [
        "size",
        [0, 0, 0, 0, 0, 0, 0, 1],
        { dims: [2, 4, 1] },
        "a prediction must have the shape of its reference, 4x2x1 (",
      ],
      [
        "place",
        [0, 0, 0, 0, 0, 0, 0, 1],
        { origin: [50, 0, 0] },
        "must lie where its reference's do, within half a voxel (",
      ],
      ["label", [0, 0, 0, 0, 0, 0, 0, 7], {}, "every label must be one that a reference names: 0, 1, 2 ("],
      ["half", [0, 0, 0, 0, 0, 0, 0, 1.5], {}, "1.5 at voxel 3, 1, 0)"],
    ];
    for (const [id, values, options] of bad) {
      await writeMap(join(reference, `${id}.nii.gz`), [0, 0, 0, 0, 0, 0, 0, 1]);
      await writeMap(join(prediction, `${id}.nii.gz`), values, options);
    }
    await writeMap(join(reference, "image.nii.gz"), [0, 0, 0, 0, 0, 0, 0, -1000.5]);
    await writeMap(join(prediction, "image.nii.gz"), [0, 0, 0, 0, 0, 0, 0, 1]);
    await Deno.writeTextFile(join(reference, "torn.nii.gz"), "no volume");
    await writeMap(join(prediction, "torn.nii.gz"), [0, 0, 0, 0, 0, 0, 0, 1]);
    await writeMap(join(prediction, "more.nii.gz"), [0, 0, 0, 0, 0, 0, 0, 1]);
    const { faults, cases, rows } = await scoresOf({ reference, prediction });
    const problems = Object.fromEntries(faults.map((fault) => [fault.case, fault.problem]));
    for (const [id, , , problem] of bad) {
      assertStringIncludes(problems[id], problem);
      assertStringIncludes(problems[id], `${id}.nii.gz`);
    }
    assertStringIncludes(problems.image, "a label map must hold whole numbers from 0 to 255 (");
    assertStringIncludes(problems.torn, "torn.nii.gz");
    assertEquals(problems.more, "it has no reference");
    assertEquals([faults.map((fault) => fault.case), cases], [
      ["half", "image", "label", "more", "place", "size", "torn"],
      10,
    ]);
    assertEquals(new Set(rows.map((row) => row.case)), new Set(["a", "b", "c"]));
  }));

Deno.test("what concerns all cases is refused at once, in a sentence", () =>
  withFolders(async (folders, directory) => {
    const refused = async (options: Partial<ScoreFoldersOptions>, rule: string) => {
      const error = await assertRejects(() => scoresOf(folders, options), UserError);
      assertStringIncludes(error.message, rule);
    };
    await refused({ reference: join(directory, "none") }, "the folder of the references must exist (");
    await refused({ prediction: join(folders.reference, "a.nii.gz") }, "the folder of the predictions must exist (");
    await Deno.mkdir(join(directory, "empty"));
    await refused({ prediction: join(directory, "empty") }, "must hold label maps (.nii, .nii.gz, .mha, .nrrd) (");
    await Deno.writeTextFile(join(directory, "empty", "a.mgz"), "");
    await refused({ prediction: join(directory, "empty") }, "it holds FreeSurfer's MGH: convert it by mri_convert");
    await writeMap(join(directory, "both", "scratch", "a.nii"), [1, 1, 0, 0, 0, 0, 0, 0]);
    await refused({ prediction: join(directory, "both") }, "; name one of its folders: scratch (");
    await writeMap(join(directory, "other", "z.nii"), [1, 1, 0, 0, 0, 0, 0, 0]);
    await refused({ prediction: join(directory, "other") }, "no name is in both (a.nii.gz, … in ");
    await refused({ labels: ["1=liver", "1=spleen"] }, "each value must be named once (the flag --labels: 1=spleen)");
    await refused({ labels: ["1=liver", "2=liver"] }, "a name of its own (the flag --labels");
    await writeMap(join(directory, "nothing", "a.nii.gz"), [0, 0, 0, 0, 0, 0, 0, 0]);
    await refused({ reference: join(directory, "nothing") }, "at least one reference must hold a label other than 0");
    await Deno.writeTextFile(join(directory, "dataset.json"), "{");
    await refused({}, "dataset.json must be JSON");
  }));

import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { checkCases } from "../../../src/data/checks/check_cases.ts";
import { datasetFormats, openDataset } from "../../../src/data/datasets/registry.ts";
import { sharedData, withFolder } from "../_files.ts";
import { lay, MSD, NNUNET, PAIRS } from "./_lay.ts";

Deno.test("a Decathlon dataset is opened from its dataset.json", async () => {
  await withFolder(async (directory) => {
    await lay(directory, { ...PAIRS, "dataset.json": MSD });
    const dataset = await openDataset(directory + "/");
    assertEquals([dataset.name, dataset.format, dataset.directory], ["Test", "msd", directory]);
    assertEquals([...dataset.labels], [[1, "head"], [2, "tail"]]);
    assertEquals(dataset.cases[1], {
      id: "b",
      subject: "b",
      image: `${directory}/imagesTr/b.nii`,
      label: `${directory}/labelsTr/b.nii`,
    });
    await checkCases(dataset.cases);
  });
});

Deno.test("an nnU-Net dataset is opened from its folders", async () => {
  await withFolder(async (directory) => {
    await lay(directory, { "imagesTr/a_b_0000.nii": [2, 2, 2], "labelsTr/a_b.nii": [2, 2, 2], "dataset.json": NNUNET });
    const dataset = await openDataset(directory);
    assertEquals([dataset.format, [...dataset.labels]], ["nnunet", [[1, "head"], [2, "tail"]]]);
    assertEquals(dataset.cases, [{
      id: "a_b",
      subject: "a_b",
      image: `${directory}/imagesTr/a_b_0000.nii`,
      label: `${directory}/labelsTr/a_b.nii`,
    }]);
  });
});

Deno.test("a plain folder is opened without labels, in the order of names, hidden and other files left out", async () => {
  await withFolder(async (directory) => {
    await lay(directory, {
      "b.nii": [2, 2, 2],
      "a.nii": [2, 2, 2],
      ".c.nii": [2, 2, 2],
      "notes.txt": "hello",
      "sub/d.nii": [2, 2, 2],
    });
    const dataset = await openDataset(directory);
    assertEquals([dataset.format, dataset.labels.size, dataset.cases.map(({ id }) => id)], ["folder", 0, ["a", "b"]]);
  });
});

Deno.test("subjects and sites come from the tables beside it", async () => {
  await withFolder(async (directory) => {
    await lay(directory, {
      ...PAIRS,
      "dataset.json": MSD,
      "subjects.tsv": "case\tsubject\na\t7\n",
      "sites.tsv": "case\tpatient\tphase\tsite\r\na\t7\tED\tnorth\r\nb\t8\tES\tsouth\r\n",
    });
    const { cases } = await openDataset(directory);
    assertEquals(cases.map(({ subject, site }) => [subject, site]), [["7", "north"], ["8", "south"]]);
  });
});

/** What lies, the files laid over a good dataset (undefined: removed), and what the one sentence must say. */
const LIES: [string, Record<string, unknown>, string][] = [
  ["an image that is not there", { "imagesTr/b.nii": undefined }, "a file that dataset.json names must exist ("],
  ["a label that is not there", { "labelsTr/b.nii": undefined }, "labelsTr/b.nii)"],
  [
    "a wrong numTraining",
    { "dataset.json": { ...MSD, numTraining: 3 } },
    "numTraining must be the number of training cases, 2",
  ],
  ["a case listed twice", { "dataset.json": { ...MSD, training: [MSD.training[0], MSD.training[0]] } }, "listed once"],
  [
    "an entry without an image",
    { "dataset.json": { ...MSD, training: [MSD.training[0], { label: "x" }] } },
    "field training[1]",
  ],
  ["an entry that is text", { "dataset.json": { ...MSD, training: ["a", "b"] } }, "field training[0]"],
  [
    "a path that leads out",
    { "dataset.json": { ...MSD, numTraining: 1, training: [{ image: "../a.nii" }] } },
    "must stay inside",
  ],
  ["no labels", { "dataset.json": { ...MSD, labels: undefined } }, "labels must be an object"],
  [
    "only background",
    { "dataset.json": { ...MSD, labels: { "0": "background" } } },
    "at least one label beside the background",
  ],
  ["a label value that is no number", { "dataset.json": { ...MSD, labels: { head: "one" } } }, "from 0 to 255"],
  [
    "two labels of one name",
    { "dataset.json": { ...MSD, labels: { "1": "x", "2": "x" } } },
    "a value and a name of its own",
  ],
  ["broken JSON", { "dataset.json": "{ training: [" }, "dataset.json must be JSON"],
  ["JSON of another kind", { "dataset.json": "[1]" }, "must hold one object"],
  ["a description of nothing known", { "dataset.json": { name: "x" } }, "must list `training`"],
  ["no case", { "dataset.json": { ...MSD, numTraining: 0, training: [] } }, "at least one case"],
  ["a table without cases", { "subjects.tsv": "id\tsubject\na\t1\n" }, "must name a column `case`"],
  ["a short row", { "subjects.tsv": "case\tsubject\na\n" }, "subjects.tsv:2: a"],
  [
    "tables that disagree",
    { "subjects.tsv": "case\tsubject\na\t1\n", "sites.tsv": "case\tpatient\tsite\na\t2\tx\n" },
    "agree on the subject of a",
  ],
];

for (const [name, files, sentence] of LIES) {
  Deno.test(`${name}: one sentence`, async () => {
    await withFolder(async (directory) => {
      await lay(directory, { ...PAIRS, "dataset.json": MSD, ...files });
      await assertRejects(() => openDataset(directory), UserError, sentence);
    });
  });
}

const NNUNET_LIES: [string, Record<string, unknown>, string][] = [
  [
    "a label without its image",
    { "labelsTr/z.nii": [2, 2, 2] },
    "a label file must belong to an image CASE_0000.nii (",
  ],
  ["a second channel", { "imagesTr/a_0001.nii": [2, 2, 2] }, "must be CASE_0000.nii"],
  [
    "a channel that a case lacks",
    { "dataset.json": { ...NNUNET, channel_names: { "0": "T1", "1": "T2" } } },
    "every case must have all channels (T1, T2), and case a has no file of channel 1, T2 (",
  ],
  [
    "channels that are not numbered from 0",
    { "dataset.json": { ...NNUNET, channel_names: { "1": "T1", "2": "T2" } } },
    "channels must be numbered from 0 (",
  ],
  [
    "an ending that is no volume's",
    { "dataset.json": { ...NNUNET, file_ending: ".png" } },
    "must be one of .nii.gz, .nii, .mha",
  ],
  [
    "a label that is a list",
    { "dataset.json": { ...NNUNET, labels: { background: 0, whole: [1, 2] } } },
    "regions, which are lists of label values, are not read",
  ],
  ["an ignored label below others", { "dataset.json": { ...NNUNET, labels: { head: 2, ignore: 1 } } }, "highest value"],
  ["a background that is no 0", { "dataset.json": { ...NNUNET, labels: { background: 1, head: 2 } } }, "the value 0"],
  [
    "an ending of another format",
    { "dataset.json": { ...NNUNET, file_ending: ".mgz" } },
    "FreeSurfer's MGH is not read: ",
  ],
  ["imagesTr without images", { "imagesTr/a_0000.nii": undefined }, "must hold images CASE_0000.nii ("],
  [
    "imagesTr with DICOM files",
    { "imagesTr/a_0000.nii": undefined, "imagesTr/a.dcm": "x", "imagesTr/b.dcm": "x" },
    "it holds DICOM (a.dcm and 1 more), which is not read: make volumes of its series by deno task convert",
  ],
  ["a wrong numTraining as text", { "dataset.json": { ...NNUNET, numTraining: "2" } }, 'dataset.json: "2")'],
];

for (const [name, files, sentence] of NNUNET_LIES) {
  Deno.test(`nnU-Net: ${name}: one sentence`, async () => {
    await withFolder(async (directory) => {
      await lay(directory, {
        "imagesTr/a_0000.nii": [2, 2, 2],
        "labelsTr/a.nii": [2, 2, 2],
        "dataset.json": NNUNET,
        ...files,
      });
      await assertRejects(() => openDataset(directory), UserError, sentence);
    });
  });
}

Deno.test("a folder that is empty, missing, or a file is refused", async () => {
  await withFolder(async (directory) => {
    await assertRejects(() => openDataset(directory), UserError, "a dataset.json or at least one volume");
    await assertRejects(() => openDataset(`${directory}/none`), UserError, "must exist");
    await Deno.writeTextFile(`${directory}/file`, "");
    await assertRejects(() => openDataset(`${directory}/file`), UserError, "a folder is needed");
  });
});

Deno.test("the registry names every format once", () => {
  assertEquals(datasetFormats.names, ["nnunet-v1", "msd", "nnunet", "bids", "patient-folders", "folder"]);
});

Deno.test("a format that a program registers is asked before the built-in ones", async () => {
  await withFolder(async (directory) => {
    await lay(directory, { "a.nii": [2, 2, 2] });
    const cases = [{ id: "only", subject: "s", image: `${directory}/a.nii` }];
    const takeAway = datasetFormats.register({
      name: "one-file",
      matches: (_directory, description) => Promise.resolve(description === undefined),
      open: (directory) => Promise.resolve({ name: "one", directory, format: "one-file", labels: new Map(), cases }),
    });
    assertEquals((await openDataset(directory)).format, "one-file");
    takeAway();
    assertEquals((await openDataset(directory)).format, "folder");
  });
});

for (const [folder, cases, subjects, sites] of [["hippocampus", 200, 130, 1], ["acdc", 160, 80, 10]] as const) {
  const shared = sharedData(folder);
  Deno.test({
    name: `${folder} is opened with its subjects and sites${shared.reason}`,
    ignore: shared.missing,
    fn: async () => {
      const dataset = await openDataset(shared.path);
      await checkCases(dataset.cases);
      assertEquals(dataset.cases.length, cases);
      assertEquals(new Set(dataset.cases.map(({ subject }) => subject)).size, subjects);
      assertEquals(new Set(dataset.cases.map(({ site }) => site)).size, sites);
    },
  });
}

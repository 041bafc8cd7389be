/** How people write what the layouts say: other versions, other capitals, other Unicode forms, folders of patients. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { openDataset } from "../../../src/data/datasets/registry.ts";
import { withFolder } from "../_files.ts";
import { lay, MSD, NNUNET, PAIRS, volumes } from "./_lay.ts";

/** What is opened of these files. */
async function opened(files: Record<string, unknown>) {
  let found: { format: string; ids: string[]; subjects: string[]; labelled: number; notes: readonly string[] };
  let scheme: unknown[] = [];
  await withFolder(async (directory) => {
    await lay(directory, files);
    const { format, cases, labels, ignore, notes = [] } = await openDataset(directory);
    scheme = [[...labels], ignore];
    found = {
      format,
      ids: cases.map(({ id }) => id),
      subjects: cases.map(({ subject }) => subject),
      labelled: cases.filter(({ label }) => label !== undefined).length,
      notes,
    };
    for (const { image, label } of cases) for (const path of label ? [image, label] : [image]) await Deno.stat(path);
  });
  return { ...found!, scheme };
}

const LABELS = [[[1, "head"], [2, "tail"]], undefined];
const FILES_V1 = volumes("imagesTr/a_0000.nii", "labelsTr/a.nii", "imagesTr/b_0000.nii", "labelsTr/b.nii");

Deno.test("nnU-Net v1 lists CASE.nii where the file is CASE_0000.nii", async () => {
  const { format, ids, labelled, scheme } = await opened({
    ...FILES_V1,
    "dataset.json": { ...MSD, modality: { 0: "CT" } },
  });
  assertEquals([format, ids, labelled, scheme], ["nnunet-v1", ["a", "b"], 2, LABELS]);
});

Deno.test("nnU-Net v1 may list a file as it is called", async () => {
  const files = volumes("imagesTr/a_0000.nii", "labelsTr/a.nii", "imagesTr/b.nii", "labelsTr/b.nii");
  assertEquals((await opened({ ...files, "dataset.json": MSD })).ids, ["a", "b"]);
});

Deno.test("nnU-Net's field dataset lists the files of each case, wherever they lie in the folder", async () => {
  const dataset = {
    one: { images: ["x/1.nii"], label: "x/1_label.nii" },
    two: { images: ["./x/2.nii"], label: "x/2_label.nii" },
  };
  const files = volumes("x/1.nii", "x/1_label.nii", "x/2.nii", "x/2_label.nii");
  const { format, ids, labelled } = await opened({ ...files, "dataset.json": { ...NNUNET, numTraining: 2, dataset } });
  assertEquals([format, ids, labelled], ["nnunet", ["one", "two"], 2]);
});

Deno.test("nnU-Net v2 may still have the empty list of another layout", async () => {
  const files = volumes("imagesTr/a_0000.nii", "labelsTr/a.nii");
  assertEquals((await opened({ ...files, "dataset.json": { ...NNUNET, training: [] } })).format, "nnunet");
});

Deno.test("numbers may be text, labels may be by name where values are usual, and ignore is no structure", async () => {
  const labels = { background: "0", head: "1", tail: "2", ignore: "3" };
  const files = volumes("imagesTr/a_0000.nii", "labelsTr/a.nii");
  const nnunet = await opened({ ...files, "dataset.json": { ...NNUNET, labels, numTraining: "1" } });
  assertEquals(nnunet.scheme, [[[1, "head"], [2, "tail"]], 3]);
  assertEquals(
    (await opened({ ...PAIRS, "dataset.json": { ...MSD, labels, numTraining: "2" } })).scheme,
    nnunet.scheme,
  );
});

Deno.test("the ending may be given without its point, or be that of all images", async () => {
  const files = volumes("imagesTr/a_0000.nii", "labelsTr/a.nii");
  for (const file_ending of ["nii", ".NII", undefined]) {
    assertEquals((await opened({ ...files, "dataset.json": { ...NNUNET, file_ending } })).labelled, 1);
  }
});

Deno.test("an image without a label file is a case without a label, and told", async () => {
  const files = volumes("imagesTr/a_0000.nii", "labelsTr/a.nii", "imagesTr/b_0000.nii");
  const { ids, labelled, notes } = await opened({ ...files, "dataset.json": NNUNET });
  assertEquals([ids, labelled, notes], [["a", "b"], 1, ["1 case has no label file: b"]]);
});

Deno.test("endings and names may be in capitals", async () => {
  const json = { ...NNUNET, numTraining: 2 };
  const files = volumes("imagesTr/a_0000.NII", "labelsTr/a.nii", "imagesTr/B_0000.nii", "labelsTr/b.NII");
  assertEquals((await opened({ ...files, "dataset.json": json })).ids, ["B", "a"]);
  const renamed = volumes("imagestr/A.NII", "labelsTr/a.nii", "imagestr/b.nii", "labelsTr/b.nii");
  assertEquals((await opened({ ...renamed, "dataset.json": MSD })).labelled, 2);
});

Deno.test("a name is found in the other Unicode form, and is one id in both", async () => {
  const [composed, decomposed] = ["Mü", "Mu\u0308"];
  for (const [written, stored] of [[composed, decomposed], [decomposed, composed]]) {
    const files = volumes(`imagesTr/${stored}.nii`, `labelsTr/${stored}.nii`);
    const training = [{ image: `./imagesTr/${written}.nii`, label: `./labelsTr/${written}.nii` }];
    const description = { ...MSD, numTraining: 1, training };
    const { ids, subjects } = await opened({
      ...files,
      "dataset.json": description,
      "subjects.tsv": `case\tsubject\n${written}\tMüller\n`,
    });
    assertEquals([ids, subjects], [[composed], ["Müller"]]);
  }
});

Deno.test("files of one name in a folder a patient have ids of their own, and the folder is the person", async () => {
  const files = volumes("p0/image.nii", "p0/label.nii", "p1/image.nii", "p1/label.nii");
  const training = ["p0", "p1"].map((p) => ({ image: `./${p}/image.nii`, label: `./${p}/label.nii` }));
  const { ids, subjects } = await opened({ ...files, "dataset.json": { ...MSD, training } });
  assertEquals([ids, subjects], [["p0_image", "p1_image"], ["p0", "p1"]]);
});

Deno.test("where several names lie in several folders each, a table says whether folders or names are persons", async () => {
  const names = ["t1/p1.nii", "t1/p2.nii", "t2/p1.nii", "t2/p2.nii"];
  const training = names.map((image) => ({ image }));
  const files = { ...volumes(...names), "dataset.json": { ...MSD, numTraining: 4, training } };
  await assertRejects(() => opened(files), UserError, "subjects.tsv must say whether folders or names are persons");
  const table = names.map((name) => `${name}\t${name.slice(3, 5)}\n`).join("");
  const { subjects } = await opened({ ...files, "subjects.tsv": `case\tsubject\n${table}` });
  assertEquals(subjects, ["p1", "p2", "p1", "p2"]);
  const bids = names.map((name) => name.replace("p", "sub-"));
  const listed = { ...MSD, numTraining: 4, training: bids.map((image) => ({ image })) };
  assertEquals((await opened({ ...volumes(...bids), "dataset.json": listed })).subjects.length, 4);
});

Deno.test("a file a patient's folder is called after belongs to that person", async () => {
  const names = ["p1/p1_ed", "p1/p1_es", "p10/p10_ed"];
  const training = names.map((name) => ({ image: `./all/${name}.nii` }));
  const { ids, subjects } = await opened({
    ...volumes(...names.map((name) => `all/${name}.nii`)),
    "dataset.json": { ...MSD, numTraining: 3, training },
  });
  assertEquals([ids, subjects], [["p1_ed", "p1_es", "p10_ed"], ["p1", "p1", "p10"]]);
  const others = ["1/10_a", "1/11_a", "2/20_a"]; // 10 goes on from 1, and is not called after it
  assertEquals(
    (await opened({
      ...volumes(...others.map((name) => `${name}.nii`)),
      "dataset.json": { ...MSD, numTraining: 3, training: others.map((name) => ({ image: `${name}.nii` })) },
    })).subjects,
    ["10_a", "11_a", "20_a"],
  );
});

Deno.test("persons that folders tell of are told, unless a table says whose the cases are", async () => {
  const files = volumes("a/x_1.nii", "b/x_1.nii");
  const training = ["a", "b"].map((folder) => ({ image: `${folder}/x_1.nii`, label: null }));
  const all = { ...files, "dataset.json": { ...MSD, labels: undefined, training } };
  const { notes, labelled, scheme } = await opened(all);
  assertEquals(notes, ["2 persons are told by folders or names (a, b); subjects.tsv can say otherwise"]);
  assertEquals([labelled, scheme], [0, [[], undefined]]);
  const { notes: none, subjects } = await opened({ ...all, "subjects.tsv": "case\tsubject\na/x_1\tP\nb/x_1\tP\n" });
  assertEquals([none, subjects], [[], ["P", "P"]]);
});

Deno.test("volumes of other formats beside those that are read are told", async () => {
  const { ids, notes } = await opened({ ...volumes("a.nii"), "b.mgz": "x", "c.MGH": "x", "a.png": "x" });
  assertEquals([ids, notes.length], [["a"], 1]);
  assertStringIncludes(notes[0], "b.mgz and 1 more in FreeSurfer's MGH, which is not read: convert it by mri_convert");
});

Deno.test("a whole path is read where it leads into the folder", async () => {
  await withFolder(async (directory) => {
    const training = [{ image: `${directory}/imagesTr/a.nii` }];
    await lay(directory, { ...PAIRS, "dataset.json": { ...MSD, numTraining: 1, training } });
    assertEquals((await openDataset(directory)).cases[0].image, `${directory}/imagesTr/a.nii`);
  });
});

Deno.test("folders of patients need no dataset.json for pre-training; hidden files and others are left out", async () => {
  const files = volumes("p0/t1.nii", "p0/t2.nii", "p1/t1.nii", "p1/._t1.nii", ".trash/t1.nii");
  const { format, ids, subjects } = await opened({ ...files, "p1/Thumbs.db": "x", "desktop.ini": "x" });
  assertEquals(format, "patient-folders");
  assertEquals([ids, subjects], [["p0_t1", "p0_t2", "p1_t1"], ["p0", "p0", "p1"]]);
});

Deno.test("sub- at the beginning of a name is the person, as in BIDS", async () => {
  const { subjects } = await opened(volumes("sub-1_ses-1.nii", "sub-1_ses-2.nii", "sub-2.nii"));
  assertEquals(subjects, ["sub-1", "sub-1", "sub-2"]);
});

/** What lies in a folder, and what the one sentence must say. */
const REFUSED: [string, Record<string, unknown>, string][] = [
  [
    "a second channel of nnU-Net v1",
    { ...FILES_V1, ...volumes("imagesTr/b_0001.nii"), "dataset.json": MSD },
    "the field modality must name every channel, and it names 1 (",
  ],
  [
    "two channels in the field dataset",
    { ...volumes("a.nii", "b.nii"), "dataset.json": { ...NNUNET, dataset: { x: { images: ["a.nii", "b.nii"] } } } },
    "one image, in the list images",
  ],
  [
    "one image in two cases of the field dataset",
    {
      ...volumes("a.nii"),
      "dataset.json": { ...NNUNET, numTraining: 2, dataset: { x: { images: ["a.nii"] }, y: { images: ["a.nii"] } } },
    },
    "an image of its own",
  ],
  [
    "an id that is no file's name",
    { ...volumes("a.nii"), "dataset.json": { ...NNUNET, dataset: { "x/y": { images: ["a.nii"] } } } },
    "must serve as the name of a file",
  ],
  [
    "two names that differ by their Unicode form",
    volumes("Mü.nii", "Mu\u0308.nii"),
    "no two names may differ by their Unicode form",
  ],
  [
    "two names that fit in capitals",
    {
      ...volumes("imagesTr/A.nii", "imagesTr/a.NII"),
      "dataset.json": { ...MSD, numTraining: 1, training: [{ image: "imagesTr/a.nii" }] },
    },
    "must fit one name, whatever the capitals",
  ],
  [
    "one label file for two persons",
    {
      ...PAIRS,
      "dataset.json": { ...MSD, training: [MSD.training[0], { ...MSD.training[1], label: MSD.training[0].label }] },
    },
    "a file must be of one person",
  ],
  [
    "a listed file of another format",
    { "a.mnc": "x", "dataset.json": { ...MSD, numTraining: 1, training: [{ image: "a.mnc" }] } },
    "MINC is not read: convert it by mnc2nii",
  ],
  [
    "a listed file that macOS wrote",
    { ...PAIRS, "dataset.json": { ...MSD, numTraining: 1, training: [{ image: "imagesTr/._a.nii" }] } },
    "what macOS notes beside NAME",
  ],
  ["a description whose ending a system hid", { "dataset.json.txt": "{}", ...PAIRS }, "must be called dataset.json"],
  ["a folder of DICOM series", { "s1/IM1.dcm": "x", "s1/IM2.dcm": "x" }, "it holds DICOM (s1/IM1.dcm and 1 more)"],
  ["DICOM without an ending", { "IM1": `${" ".repeat(128)}DICM` }, "it holds DICOM (IM1)"],
  ["a folder of FreeSurfer's volumes", { "a.mgz": "x" }, "convert it by mri_convert"],
  ["an archive", { "Task04.tar": "x" }, "it holds an archive (Task04.tar), which is not read: unpack it first"],
  ["a dataset in a folder of its own", { ...PAIRS, "in/dataset.json": MSD }, "imagesTr a dataset.json must name"],
  ["datasets one beside the other", { "x/dataset.json": MSD, "y/a.nii": [2, 2, 2] }, "x is a dataset of its own"],
  ["images and labels without a description", volumes("a.nii", "a_seg.nii"), "with a dataset.json only"],
  ["a label in each patient's folder", volumes("p/image.nii", "p/label.nii"), "with a dataset.json only"],
  ["a label whose image has a further word", volumes("p/p_flair.nii", "p/p_seg.nii"), "with a dataset.json only"],
  ["folders of sites with folders of patients", volumes("A/p/t1.nii", "B/q/t1.nii"), "; A/p/t1.nii lies deeper"],
  ["folders in patients' folders", volumes("p/t1.nii", "q/day1/t1.nii"), "in PATIENT/ and no deeper"],
];

for (const [what, files, sentence] of REFUSED) {
  Deno.test(`${what}: one sentence`, async () => {
    await withFolder(async (directory) => {
      await lay(directory, files);
      await assertRejects(() => openDataset(directory), UserError, sentence);
    });
  });
}

Deno.test("a link to a file that was not fetched is said to lead nowhere", async () => {
  await withFolder(async (directory) => {
    await lay(directory, { ...PAIRS, "dataset.json": MSD });
    await Deno.remove(`${directory}/imagesTr/b.nii`);
    await Deno.symlink("../nowhere", `${directory}/imagesTr/b.nii`);
    await assertRejects(() => openDataset(directory), UserError, "a link must lead to a file");
  });
});
